//! A service that starts, answers and stops when it is asked to.

use super::case::{Case, CaseKind, CaseOutcome};
use super::expectation::{judge as judge_text, text};
use super::structure::{Health, HttpCheck, Readiness};
use super::suite::{Caged, Prepared};
use crate::engine::{Cage, ContainerRequest, ContainerState, EngineError, Health as State};
use crate::sandbox::remove_container;
use hyper::body::Body as _;
use std::future::poll_fn;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::time::{Duration, Instant};
use tokio::net::TcpStream;

/// Between one look and the next.
const PAUSE: Duration = Duration::from_millis(200);
/// How long one connection or answer may take.
const ANSWER: Duration = Duration::from_secs(5);
/// The most bytes of an answer that are looked at.
const BODY: usize = 1 << 20;
/// The name of the one health test of a file.
const NAME: &str = "health";

/// How a service did so far.
enum Look {
    Ready,
    /// Not yet, and why.
    Waiting(String),
    /// It never will be.
    Over(String),
}

/// Starts the service, waits for it, stops it, and removes it whatever happens.
///
/// # Errors
/// When the engine goes away or the call is interrupted.
pub async fn run(test: &Health, file: &Prepared, caged: &Caged<'_>) -> Result<Case, EngineError> {
    let started = Instant::now();
    if test.ready == Readiness::Healthcheck && !caged.config.healthcheck {
        return Ok(Case::judged(CaseKind::Health, NAME, vec!["expected a HEALTHCHECK, the image has none".to_owned()]));
    }
    let request = request(test, file, caged);
    let container = match caged.engine.create(&request).await {
        Ok(container) => container,
        Err(error) => return refused(error),
    };
    let judged = tokio::select! {
        judged = attempt(test, caged, &container) => judged,
        () = caged.cancel.cancelled() => Err(EngineError::Cancelled),
    };
    remove_container(caged.engine, &container).await;
    match judged {
        Ok(case) => Ok(case.after(started.elapsed().as_secs_f64())),
        Err(error) => refused(error),
    }
}

/// What the engine says against the container is a failure of the case; an engine that is gone is not.
fn refused(error: EngineError) -> Result<Case, EngineError> {
    match error {
        EngineError::Unreachable { .. } | EngineError::DiskFull { .. } | EngineError::Cancelled => Err(error),
        other => Ok(Case::judged(CaseKind::Health, NAME, vec![other.to_string()])),
    }
}

fn request(test: &Health, file: &Prepared, caged: &Caged<'_>) -> ContainerRequest {
    let env = test.env.iter().map(|pair| format!("{}={}", pair.key, pair.value));
    let limit = test.timeout + test.stop_within;
    let cage = file.cage(caged.now);
    ContainerRequest {
        image: caged.image.clone(),
        entrypoint: None,
        command: test.command.clone(),
        env: env.collect(),
        folders: Vec::new(),
        terminal: false,
        input: false,
        cage: Cage { keep: true, no_network: false, labels: crate::sandbox::labels(caged.now, limit), ..cage },
    }
}

async fn attempt(test: &Health, caged: &Caged<'_>, container: &str) -> Result<Case, EngineError> {
    caged.engine.start(container).await?;
    let begun = Instant::now();
    loop {
        match look(test, caged, container).await? {
            Look::Ready => return stop(test, caged, container).await,
            Look::Over(why) => return Ok(Case::judged(CaseKind::Health, NAME, vec![why])),
            Look::Waiting(why) if begun.elapsed() >= test.timeout => {
                let message = format!("expected the service to be up within {} s; {why}", test.timeout.as_secs());
                return Ok(Case { outcome: CaseOutcome::Timeout, ..Case::judged(CaseKind::Health, NAME, vec![message]) });
            }
            Look::Waiting(_) => tokio::time::sleep(PAUSE).await,
        }
    }
}

async fn look(test: &Health, caged: &Caged<'_>, container: &str) -> Result<Look, EngineError> {
    let Some(state) = caged.engine.state(container).await? else { return Ok(Look::Over("the container is gone".to_owned())) };
    if !state.running {
        let code = state.exit_code.unwrap_or_default();
        return Ok(Look::Over(format!("expected the service to stay up, it ended with exit code {code}")));
    }
    Ok(match &test.ready {
        Readiness::Healthcheck => by_healthcheck(&state),
        Readiness::Port(port) => match state.address {
            Some(address) => by_port(address, *port).await,
            None => no_address(),
        },
        Readiness::Http(check) => match state.address {
            Some(address) => by_http(address, check).await,
            None => no_address(),
        },
    })
}

fn no_address() -> Look {
    Look::Waiting("it has no address in the engine's network".to_owned())
}

fn by_healthcheck(state: &ContainerState) -> Look {
    match state.health {
        State::Healthy => Look::Ready,
        State::Unhealthy => Look::Over("expected the HEALTHCHECK to be healthy, it says unhealthy".to_owned()),
        State::Starting | State::None => Look::Waiting("the HEALTHCHECK still says starting".to_owned()),
    }
}

async fn by_port(address: IpAddr, port: u16) -> Look {
    match connect(address, port).await {
        Ok(_) => Look::Ready,
        Err(why) => Look::Waiting(why),
    }
}

async fn connect(address: IpAddr, port: u16) -> Result<TcpStream, String> {
    match tokio::time::timeout(ANSWER, TcpStream::connect(SocketAddr::new(address, port))).await {
        Ok(Ok(stream)) => Ok(stream),
        Ok(Err(error)) => Err(format!("port {port}: {error}")),
        Err(_) => Err(format!("port {port} does not answer")),
    }
}

async fn by_http(address: IpAddr, check: &HttpCheck) -> Look {
    let asked = async {
        let stream = connect(address, check.port).await?;
        ask(stream, address, check).await.map_err(|error| format!("port {}: {error}", check.port))
    };
    match tokio::time::timeout(ANSWER, asked).await {
        Ok(Ok((status, body))) => {
            let mut errors = judge_text("the answer", &text(&body), &check.expected, &[]);
            if status != check.status {
                errors.insert(0, format!("expected status {} of {}, found {status}", check.status, check.path));
            }
            if errors.is_empty() { Look::Ready } else { Look::Waiting(errors.join("; ")) }
        }
        Ok(Err(why)) => Look::Waiting(why),
        Err(_) => Look::Waiting(format!("port {} does not answer a request", check.port)),
    }
}

/// One request on a connection of its own.
async fn ask(stream: TcpStream, address: IpAddr, check: &HttpCheck) -> Result<(u16, Vec<u8>), hyper::Error> {
    let (mut sender, connection) = hyper::client::conn::http1::handshake(hyper_util::rt::TokioIo::new(stream)).await?;
    let connection = tokio::spawn(connection);
    let host = SocketAddr::new(address, check.port).to_string();
    let mut request = hyper::Request::new(String::new());
    *request.uri_mut() = check.path.parse().unwrap_or_default();
    if let Ok(host) = host.parse() {
        request.headers_mut().insert(hyper::header::HOST, host);
    }
    let answer = sender.send_request(request).await?;
    let status = answer.status().as_u16();
    let (mut body, mut read) = (answer.into_body(), Vec::new());
    while read.len() < BODY
        && let Some(frame) = poll_fn(|context| Pin::new(&mut body).poll_frame(context)).await
    {
        read.extend(frame?.into_data().unwrap_or_default());
    }
    connection.abort();
    Ok((status, read))
}

async fn stop(test: &Health, caged: &Caged<'_>, container: &str) -> Result<Case, EngineError> {
    let asked = Instant::now();
    caged.engine.stop(container, test.stop_within).await?;
    let took = asked.elapsed();
    let code = caged.engine.state(container).await?.and_then(|state| state.exit_code);
    let mut errors = Vec::new();
    if took >= test.stop_within {
        errors.push(format!("expected it to stop within {} s of SIGTERM, it had to be killed", test.stop_within.as_secs()));
    } else if !code.is_some_and(|code| test.exit_codes.contains(&code)) {
        let wanted: Vec<String> = test.exit_codes.iter().map(ToString::to_string).collect();
        let found = code.map_or_else(|| "none".to_owned(), |code| code.to_string());
        errors.push(format!("expected exit code {} after a stop, found {found}", wanted.join(" or ")));
    }
    Ok(Case { exit_code: code, stdout: None, ..Case::judged(CaseKind::Health, NAME, errors) })
}
