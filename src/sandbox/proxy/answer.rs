//! Answers of our own, and those of the engine on their way back.

use bytes::Bytes;
use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::header::{CONNECTION, CONTENT_LENGTH, CONTENT_TYPE, HeaderName, TRANSFER_ENCODING, UPGRADE};
use hyper::{Response, StatusCode};

/// An answer to a client in a cage.
pub(super) type Answer = Response<BoxBody<Bytes, hyper::Error>>;

/// Headers that belong to one connection.
const OF_CONNECTION: [HeaderName; 3] = [CONNECTION, UPGRADE, TRANSFER_ENCODING];

/// An answer with a message, in the form of Docker's API.
pub(super) fn message(status: StatusCode, text: &str) -> Answer {
    json(status, serde_json::json!({"message": text}).to_string().into())
}

/// An answer with JSON.
pub(super) fn json(status: StatusCode, body: Bytes) -> Answer {
    let mut answer = Response::new(Full::new(body).map_err(|never| match never {}).boxed());
    *answer.status_mut() = status;
    answer.headers_mut().insert(CONTENT_TYPE, hyper::header::HeaderValue::from_static("application/json"));
    answer
}

/// The engine's answer, as it comes.
pub(super) fn passed_on(from: Response<Incoming>) -> Answer {
    let (mut head, body) = from.into_parts();
    OF_CONNECTION.iter().for_each(|header| drop(head.headers.remove(header)));
    Response::from_parts(head, body.boxed())
}

/// The engine's answer that its connection is a stream now.
pub(super) fn switched(from: &Response<Incoming>) -> Answer {
    let mut answer = Response::new(Full::new(Bytes::new()).map_err(|never| match never {}).boxed());
    *answer.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
    let headers = from.headers().iter().filter(|(name, _)| *name != CONTENT_LENGTH && *name != TRANSFER_ENCODING);
    answer.headers_mut().extend(headers.map(|(name, value)| (name.clone(), value.clone())));
    answer
}
