//! A server that stands in front of a registry and misbehaves on request.
//!
//! Plain HTTP on a port of its own. What no rule names goes through unchanged, so engines can push and pull here.

pub mod gate;
mod relay;
pub mod wire;

use super::registry::Registry;
use gate::Gate;
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// What to do with a request.
#[derive(Clone, Debug)]
pub enum Action {
    /// Answer this and do not ask the registry.
    Reply { status: u16, headers: Vec<(String, String)>, body: Vec<u8> },
    /// Close the connection without an answer.
    Close,
    /// Pass this many bytes of the request's body on, then close both sides.
    CutRequest(usize),
    /// Pass this many bytes of the answer on, head and body together, then close.
    CutResponse(usize),
    /// Wait, then pass on; closed instead when the rules are cleared meanwhile.
    Delay(Duration),
    /// Pass on, with the digest of nothing in `Docker-Content-Digest`.
    WrongDigestHeader,
    /// Pass on, without this header (small letters).
    WithoutHeader(&'static str),
    /// Pass this many bytes of the request's body on as if they were all, keep the registry's answer and close the
    /// connection: a registry that keeps what has arrived.
    Swallow(usize),
    /// Answer 204 with what was kept of `Swallow`.
    Kept,
    /// Pass on, with this header in the answer.
    WithHeader(&'static str, String),
    /// Pass on without this header of the request (small letters).
    ForgetHeader(&'static str),
    /// Pass on, with a `Location` that names neither host nor scheme.
    RelativeLocation,
    /// Pass on, the answer in pieces of so many bytes with so much time between.
    Slow(usize, Duration),
    /// Pass on, with another body.
    ReplaceBody(Vec<u8>),
    /// Let something else happen first, then pass on.
    First(Meanwhile),
}

/// What somebody else does between two requests.
#[derive(Clone)]
pub struct Meanwhile(Arc<dyn Fn() + Send + Sync>);

impl std::fmt::Debug for Meanwhile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Meanwhile")
    }
}

impl Action {
    /// A status with an empty JSON body.
    pub fn status(status: u16) -> Self {
        Self::reply(status, &[("Content-Type", "application/json")], "{}")
    }

    /// A status, headers and a body.
    pub fn reply(status: u16, headers: &[(&str, &str)], body: &str) -> Self {
        let headers = headers.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        Self::Reply { status, headers, body: body.as_bytes().to_vec() }
    }

    /// Something that happens right before the request is passed on.
    pub fn first(what: impl Fn() + Send + Sync + 'static) -> Self {
        Self::First(Meanwhile(Arc::new(what)))
    }

    /// The registry's own way to say no.
    pub fn error(status: u16, code: &str) -> Self {
        let body = format!(r#"{{"errors":[{{"code":"{code}","message":"said the test"}}]}}"#);
        Self::reply(status, &[("Content-Type", "application/json")], &body)
    }
}

/// A request as it came.
#[derive(Clone, Debug)]
pub struct Recorded {
    pub method: String,
    /// Path and query.
    pub path: String,
    /// `Basic`, `Bearer`, or nothing.
    pub authorization: Option<String>,
    /// `Accept`.
    pub accept: String,
    /// `Range` or `Content-Range`.
    pub range: Option<String>,
    /// `Content-Length`.
    pub length: Option<u64>,
    /// `If-None-Match` or `If-Modified-Since`.
    pub unless: Option<String>,
}

struct Rule {
    method: &'static str,
    part: String,
    left: Option<usize>,
    action: Action,
}

#[derive(Default)]
struct State {
    rules: Vec<Rule>,
    recorded: Vec<Recorded>,
    gate: Option<Gate>,
    /// Headers of an answer that the client did not get.
    kept: Vec<(String, String)>,
    /// How often the rules were cleared.
    cleared: usize,
}

/// The server. Ends when dropped.
pub struct Faults {
    /// `127.0.0.1:PORT`.
    pub address: String,
    state: Arc<Mutex<State>>,
    stopped: Arc<AtomicBool>,
}

impl Faults {
    /// Stands in front of a registry.
    pub fn in_front_of(registry: &Registry) -> Self {
        Self::start(registry.address.clone())
    }

    /// Stands in front of the server at `HOST:PORT`.
    pub fn before(address: String) -> Self {
        Self::start(address)
    }

    /// Stands alone: what no rule names is 404.
    pub fn alone() -> Self {
        Self::start(String::new())
    }

    fn start(upstream: String) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let (state, stopped) = (Arc::new(Mutex::new(State::default())), Arc::new(AtomicBool::new(false)));
        let (shared, flag, own) = (state.clone(), stopped.clone(), address.clone());
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                if flag.load(Ordering::SeqCst) {
                    return;
                }
                let Ok(stream) = stream else { continue };
                let (upstream, state, own) = (upstream.clone(), shared.clone(), own.clone());
                // A connection that breaks is what this server is for.
                std::thread::spawn(move || drop(relay::serve(stream, &upstream, &own, &state)));
            }
        });
        Self { address, state, stopped }
    }

    /// From now on, every request whose path holds `part` (any method: `*`). Rules are tried in the order they came.
    pub fn on(&self, method: &'static str, part: &str, action: Action) {
        self.add(method, part, None, action);
    }

    /// The next `times` of them.
    pub fn times(&self, times: usize, method: &'static str, part: &str, action: Action) {
        self.add(method, part, Some(times), action);
    }

    fn add(&self, method: &'static str, part: &str, left: Option<usize>, action: Action) {
        self.state.lock().unwrap().rules.push(Rule { method, part: part.to_owned(), left, action });
    }

    /// Forgets all rules and what was recorded.
    pub fn clear(&self) {
        let mut state = self.state.lock().unwrap();
        state.rules.clear();
        state.cleared += 1;
        state.recorded.clear();
    }

    /// Lets only those in who have a token from here.
    pub fn gate(&self, gate: Gate) {
        self.state.lock().unwrap().gate = Some(gate);
    }

    /// No token that was given is good any more.
    pub fn revoke_tokens(&self) {
        if let Some(gate) = &mut self.state.lock().unwrap().gate {
            gate.revoke();
        }
    }

    /// All requests so far.
    pub fn requests(&self) -> Vec<Recorded> {
        self.state.lock().unwrap().recorded.clone()
    }

    /// How many requests with this method (`*`: any) had `part` in their path.
    pub fn count(&self, method: &str, part: &str) -> usize {
        let state = self.state.lock().unwrap();
        state.recorded.iter().filter(|one| (method == "*" || one.method == method) && one.path.contains(part)).count()
    }

    /// Takes no more connections: from then on they are refused.
    pub fn stop(&self) {
        if !self.stopped.swap(true, Ordering::SeqCst) {
            // Wakes the thread that waits for connections, so that it drops the listener.
            drop(TcpStream::connect(&self.address));
        }
    }
}

impl Drop for Faults {
    fn drop(&mut self) {
        self.stop();
    }
}

impl State {
    /// The first rule that fits and is not used up.
    fn action_for(&mut self, method: &str, path: &str) -> Option<Action> {
        let fits = |rule: &&mut Rule| (rule.method == "*" || rule.method == method) && path.contains(&rule.part) && rule.left != Some(0);
        let rule = self.rules.iter_mut().find(fits)?;
        rule.left = rule.left.map(|left| left - 1);
        Some(rule.action.clone())
    }
}
