//! Calls to the real engine, each on a connection of its own and written anew.

use crate::engine::Address;
use bytes::Bytes;
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::body::Incoming;
use hyper::header::{CONNECTION, CONTENT_TYPE, HOST, UPGRADE};
use hyper::{Method, Request, Response};
use hyper_util::rt::TokioIo;
use std::error::Error;

/// What goes wrong on the way to the engine.
pub(super) type Trouble = Box<dyn Error + Send + Sync>;

/// The most bytes of a body, either way, that is read here.
pub(super) const MOST_BODY: usize = 1 << 20;

/// Asks the engine.
pub(super) async fn ask(
    engine: &Address,
    method: Method,
    path: &str,
    body: Option<Bytes>,
    stream: bool,
) -> Result<Response<Incoming>, Trouble> {
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(engine.dial().await?)).await?;
    tokio::spawn(connection.with_upgrades());
    let mut request = Request::builder().method(method).uri(path).header(HOST, "engine");
    if stream {
        request = request.header(CONNECTION, "Upgrade").header(UPGRADE, "tcp");
    }
    if body.is_some() {
        request = request.header(CONTENT_TYPE, "application/json");
    }
    Ok(sender.send_request(request.body(Full::new(body.unwrap_or_default()))?).await?)
}

/// The whole of a short body.
pub(super) async fn whole(body: Incoming) -> Result<Bytes, Trouble> {
    Ok(Limited::new(body, MOST_BODY).collect().await?.to_bytes())
}

/// Ends and removes a container.
pub(super) async fn remove(engine: &Address, container: &str) -> Result<(), Trouble> {
    let answer = ask(engine, Method::DELETE, &format!("/containers/{container}?force=1&v=1"), None, false).await?;
    // 404: it is gone; 409: it is going.
    if answer.status().is_success() || matches!(answer.status().as_u16(), 404 | 409) {
        return Ok(());
    }
    Err(format!("container {container} cannot be removed: {}", String::from_utf8_lossy(&whole(answer.into_body()).await?)).into())
}

/// Whether the engine has a container no more.
pub(super) async fn is_gone(engine: &Address, container: &str) -> bool {
    let asked = ask(engine, Method::GET, &format!("/containers/{container}/json"), None, false).await;
    asked.is_ok_and(|answer| answer.status().as_u16() == 404)
}
