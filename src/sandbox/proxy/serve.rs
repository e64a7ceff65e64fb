//! Answers the calls of one connection.

use super::answer::{Answer, json, message, passed_on, switched};
use super::known::MOST;
use super::route::{Call, Manner, What, read};
use super::upstream::{MOST_BODY, Trouble, ask, is_gone, whole};
use super::{Shared, body};
use bytes::Bytes;
use http_body_util::{BodyExt as _, Limited};
use hyper::body::Incoming;
use hyper::header::{CONNECTION, UPGRADE};
use hyper::service::service_fn;
use hyper::upgrade::OnUpgrade;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;
use tokio::net::UnixStream;

/// Bytes of the head of a request, and lines in it.
const MOST_HEAD: usize = 32 << 10;
const MOST_LINES: usize = 64;

/// How long a client may take for the head of a request.
const HEAD_TIME: Duration = Duration::from_secs(60);

/// Answers until the connection ends.
pub(super) async fn connection(shared: Arc<Shared>, stream: UnixStream) {
    let service = service_fn(move |request| {
        let shared = shared.clone();
        async move { Ok::<_, Infallible>(answer(&shared, request).await) }
    });
    let mut server = hyper::server::conn::http1::Builder::new();
    server.timer(TokioTimer::new()).header_read_timeout(HEAD_TIME).max_headers(MOST_LINES).max_buf_size(MOST_HEAD);
    // A client that goes away, or speaks no HTTP, has its answer.
    let _ = server.serve_connection(TokioIo::new(stream), service).with_upgrades().await;
}

/// Why a call is not carried out.
enum No {
    /// It is not allowed.
    Forbidden(String),
    /// Nothing of that name is known here.
    Absent(String),
    /// Something else about it.
    Other(StatusCode, String),
}

impl From<Trouble> for No {
    fn from(trouble: Trouble) -> Self {
        Self::Other(StatusCode::BAD_GATEWAY, format!("the engine cannot be asked: {trouble}"))
    }
}

async fn answer(shared: &Arc<Shared>, request: Request<Incoming>) -> Answer {
    let asked = format!("{} {}", request.method(), request.uri());
    match carry_out(shared, request).await {
        Ok(answer) => answer,
        Err(No::Forbidden(what)) => {
            shared.refuse(&asked, &what);
            message(StatusCode::FORBIDDEN, &format!("not allowed in a cage: {what}; docs/cage.md tells what is"))
        }
        Err(No::Absent(what)) => {
            shared.refuse(&asked, &what);
            message(StatusCode::NOT_FOUND, &what)
        }
        Err(No::Other(status, what)) => message(status, &what),
    }
}

async fn carry_out(shared: &Arc<Shared>, mut request: Request<Incoming>) -> Result<Answer, No> {
    let method = request.method().clone();
    let (call, manner) = read(&method, request.uri()).map_err(No::Forbidden)?;
    let id = subject(shared, &call)?;
    let upgrade = wants_stream(&request).then(|| hyper::upgrade::on(&mut request));
    let asked = body_of(request).await?;
    open(shared)?;
    let path = call.path(&id);
    match manner {
        Manner::Create => create(shared, &call, &asked).await,
        Manner::Exec => exec(shared, &path, &asked).await,
        Manner::ExecStart => {
            let body = Bytes::from(body::exec_start(&asked).map_err(No::Forbidden)?.to_string());
            stream(shared, &path, Some(body), upgrade).await
        }
        Manner::Stream | Manner::Plain => {
            body::nothing(&asked).map_err(No::Forbidden)?;
            match (manner, upgrade) {
                (Manner::Plain, _) => plain(shared, method, &path, &id).await,
                (_, None) => Err(No::Other(StatusCode::BAD_REQUEST, "this call needs `Upgrade: tcp`".to_owned())),
                (_, upgrade) => stream(shared, &path, None, upgrade).await,
            }
        }
    }
}

fn open(shared: &Shared) -> Result<(), No> {
    if shared.closed.load(Ordering::SeqCst) {
        return Err(No::Other(StatusCode::SERVICE_UNAVAILABLE, "the cage is closed".to_owned()));
    }
    Ok(())
}

async fn plain(shared: &Shared, method: Method, path: &str, id: &str) -> Result<Answer, No> {
    let answer = ask(&shared.engine, method.clone(), path, None, false).await?;
    if method == Method::DELETE && answer.status().is_success() {
        shared.known().forget(id);
    }
    Ok(passed_on(answer))
}

/// The id of what a call is about.
fn subject(shared: &Shared, call: &Call) -> Result<String, No> {
    match &call.what {
        What::Engine | What::Create => Ok(String::new()),
        What::Image(name) if shared.is_image(name) => Ok(shared.image.to_string()),
        What::Image(name) => Err(No::Forbidden(format!("the image {name}; there is only {}", shared.reference))),
        What::Container(name) => shared.known().container(name).ok_or_else(|| No::Absent(format!("No such container: {name}"))),
        What::Exec(id) if shared.known().has_exec(id) => Ok(id.clone()),
        What::Exec(id) => Err(No::Absent(format!("No such exec instance: {id}"))),
    }
}

fn wants_stream(request: &Request<Incoming>) -> bool {
    let has = |name, word: &str| {
        let value = request.headers().get(name).and_then(|value: &hyper::header::HeaderValue| value.to_str().ok());
        value.is_some_and(|value| value.split(',').any(|part| part.trim().eq_ignore_ascii_case(word)))
    };
    has(CONNECTION, "upgrade") && has(UPGRADE, "tcp")
}

async fn body_of(request: Request<Incoming>) -> Result<Bytes, No> {
    match Limited::new(request.into_body(), MOST_BODY).collect().await {
        Ok(body) => Ok(body.to_bytes()),
        Err(_) => Err(No::Other(StatusCode::PAYLOAD_TOO_LARGE, format!("the body breaks off, or is larger than {} KiB", MOST_BODY >> 10))),
    }
}

/// Makes a container, also when who asked for it does not wait: one whose id is not known could not be removed.
async fn create(shared: &Arc<Shared>, call: &Call, asked: &[u8]) -> Result<Answer, No> {
    let image = body::image(asked).map_err(No::Forbidden)?;
    if !shared.is_image(&image) {
        return Err(No::Forbidden(format!("a container of the image {image}; there is only {}", shared.reference)));
    }
    let made = body::container(asked, shared.image.as_str(), &shared.limits, &shared.labels).map_err(No::Forbidden)?;
    let (shared, name, path) = (shared.clone(), call.value("name").map(str::to_owned), call.path(""));
    let creating = tokio::spawn(async move { make(&shared, name.as_deref(), &path, made.to_string().into()).await });
    creating.await.map_err(|error| No::Other(StatusCode::INTERNAL_SERVER_ERROR, error.to_string()))?
}

async fn make(shared: &Shared, name: Option<&str>, path: &str, body: Bytes) -> Result<Answer, No> {
    let _one_at_a_time = shared.creating.lock().await;
    open(shared)?;
    let taken = || name.is_some_and(|name| shared.known().has_name(name));
    if taken() || shared.known().ids().len() >= MOST {
        forget_gone(shared).await;
    }
    if taken() {
        return Err(No::Other(StatusCode::CONFLICT, format!("the container name {} is in use", name.unwrap_or_default())));
    }
    if shared.known().ids().len() >= MOST {
        return Err(No::Forbidden(format!("more than {MOST} containers")));
    }
    let answer = ask(&shared.engine, Method::POST, path, Some(body), false).await?;
    remembered(answer, |id| shared.known().add(id, name)).await
}

async fn forget_gone(shared: &Shared) {
    let ids = shared.known().ids();
    for id in ids {
        if is_gone(&shared.engine, &id).await {
            shared.known().forget(&id);
        }
    }
}

async fn exec(shared: &Shared, path: &str, asked: &[u8]) -> Result<Answer, No> {
    let body = Bytes::from(body::exec(asked).map_err(No::Forbidden)?.to_string());
    let answer = ask(&shared.engine, Method::POST, path, Some(body), false).await?;
    remembered(answer, |id| shared.known().add_exec(id)).await
}

/// Hands on an answer and the id in it.
async fn remembered(answer: Response<Incoming>, remember: impl FnOnce(&str)) -> Result<Answer, No> {
    let status = answer.status();
    let body = whole(answer.into_body()).await?;
    if status.is_success() {
        let made: Made = serde_json::from_slice(&body).map_err(Trouble::from)?;
        remember(&made.id);
    }
    Ok(json(status, body))
}

#[derive(serde::Deserialize)]
struct Made {
    #[serde(rename = "Id")]
    id: String,
}

/// Carries on a call whose connection may become a stream, in both directions until one side has enough.
async fn stream(shared: &Shared, path: &str, body: Option<Bytes>, client: Option<OnUpgrade>) -> Result<Answer, No> {
    let answer = ask(&shared.engine, Method::POST, path, body, client.is_some()).await?;
    let (Some(client), StatusCode::SWITCHING_PROTOCOLS) = (client, answer.status()) else { return Ok(passed_on(answer)) };
    let told = switched(&answer);
    let closing = shared.closing.clone();
    tokio::spawn(async move {
        let (Ok(client), Ok(engine)) = tokio::join!(client, hyper::upgrade::on(answer)) else { return };
        let (mut client, mut engine) = (TokioIo::new(client), TokioIo::new(engine));
        tokio::select! {
            // Either side may go away at any time.
            _ = tokio::io::copy_bidirectional(&mut client, &mut engine) => {}
            () = closing.cancelled() => {}
        }
    });
    Ok(told)
}
