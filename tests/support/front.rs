//! Stands in front of the tests' engine on a socket of its own and misbehaves on request: refuses, falls silent, is late,
//! breaks off, dies. What no trick names goes through unchanged.

use super::engine;
use std::io::{Read as _, Write as _};
use std::net::Shutdown;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// What happens to a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trick {
    /// 409 with these words; the engine is not asked.
    Refuse(&'static str),
    /// The engine is not asked, and nobody answers.
    Hang,
    /// The engine is asked after this pause, and also when nobody waits for its answer any more.
    Late(Duration),
    /// The engine is not asked; an answer begins with this line, and does not go on.
    Begin(&'static str),
    /// The engine is asked, and the connection breaks where its answer begins.
    CutAnswer,
    /// The engine is asked, and the connection breaks in its answer after so many bytes; the second says whether nobody takes
    /// any other from then on.
    Break(usize, bool),
    /// The engine is not asked; this connection breaks, and nobody takes any other from then on.
    Die,
}

#[derive(Default)]
struct State {
    tricks: Mutex<Vec<(&'static str, String, Trick)>>,
    requests: Mutex<Vec<String>>,
    dead: AtomicBool,
}

/// The front.
pub struct Front {
    /// Where it listens.
    pub url: String,
    state: Arc<State>,
}

impl Front {
    /// At a path that nobody uses.
    pub fn at(socket: &Path) -> Self {
        let listener = UnixListener::bind(socket).unwrap();
        let state = Arc::new(State::default());
        let shared = state.clone();
        std::thread::spawn(move || {
            for client in listener.incoming().flatten() {
                if shared.dead.load(Ordering::SeqCst) {
                    continue;
                }
                let upstream = UnixStream::connect(engine::url().strip_prefix("unix://").unwrap()).unwrap();
                let (state, mute) = (shared.clone(), Arc::new(Mutex::new(None)));
                let (answers, back, muted, told) =
                    (upstream.try_clone().unwrap(), client.try_clone().unwrap(), mute.clone(), shared.clone());
                std::thread::spawn(move || answer(answers, back, &muted, &told));
                std::thread::spawn(move || ask(client, upstream, &mute, &state));
            }
        });
        Self { url: format!("unix://{}", socket.display()), state }
    }

    /// From now on, for every request of this method whose path holds `part`.
    pub fn on(&self, method: &'static str, part: &str, trick: Trick) {
        self.state.tricks.lock().unwrap().push((method, part.to_owned(), trick));
    }

    /// How many such requests came.
    pub fn count(&self, method: &str, part: &str) -> usize {
        self.state.requests.lock().unwrap().iter().filter(|line| is(line, method, part)).count()
    }
}

/// Whether a request line is of a method and has this in its path.
fn is(line: &str, method: &str, part: &str) -> bool {
    line.split_once(' ').is_some_and(|(said, path)| said == method && path.contains(part))
}

/// Where an answer breaks off: after so many bytes more, and whether that ends all.
type Mute = Mutex<Option<(usize, bool)>>;

/// What the engine answers, up to where it is to break.
fn answer(mut upstream: UnixStream, mut client: UnixStream, mute: &Mute, state: &State) {
    let mut chunk = [0; 65_536];
    while let Ok(read @ 1..) = upstream.read(&mut chunk) {
        let mut mute = mute.lock().unwrap();
        let passes = mute.map_or(read, |(left, _)| left.min(read));
        if let Some((left, _)) = mute.as_mut() {
            *left -= passes;
        }
        let written = client.write_all(&chunk[..passes]);
        if let Some((0, dies)) = *mute {
            state.dead.fetch_or(dies, Ordering::SeqCst);
            break;
        }
        if written.is_err() {
            break;
        }
    }
    let _ = client.shutdown(Shutdown::Both);
}

/// What the client asks. bollard sends the head of a request in one piece.
fn ask(mut client: UnixStream, mut upstream: UnixStream, mute: &Mute, state: &State) {
    let mut chunk = [0; 65_536];
    while let Ok(read @ 1..) = client.read(&mut chunk) {
        match state.trick(&String::from_utf8_lossy(&chunk[..read])) {
            Some(Trick::Refuse(why)) => {
                refuse(&mut client, why);
                break;
            }
            Some(Trick::Hang) => continue,
            Some(Trick::Begin(line)) => {
                begin(&mut client, line);
                continue;
            }
            Some(Trick::Late(pause)) => std::thread::sleep(pause),
            Some(Trick::CutAnswer) => *mute.lock().unwrap() = Some((0, false)),
            Some(Trick::Break(after, dies)) => *mute.lock().unwrap() = Some((after, dies)),
            Some(Trick::Die) => {
                state.dead.store(true, Ordering::SeqCst);
                let _ = client.shutdown(Shutdown::Both);
                break;
            }
            None => {}
        }
        upstream.write_all(&chunk[..read]).unwrap();
    }
    let _ = upstream.shutdown(Shutdown::Both);
}

fn begin(client: &mut UnixStream, line: &str) {
    let head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n";
    let _ = client.write_all(format!("{head}{:x}\r\n{line}\n\r\n", line.len() + 1).as_bytes());
}

fn refuse(client: &mut UnixStream, why: &str) {
    let body = format!(r#"{{"message":"{why}"}}"#);
    let head = "HTTP/1.1 409 Conflict\r\nContent-Type: application/json\r\nConnection: close\r\n";
    let _ = client.write_all(format!("{head}Content-Length: {}\r\n\r\n{body}", body.len()).as_bytes());
    let _ = client.shutdown(Shutdown::Both);
}

impl State {
    /// The first trick for what may be the head of a request.
    fn trick(&self, text: &str) -> Option<Trick> {
        let line = text.lines().next().filter(|line| line.ends_with(" HTTP/1.1"))?.to_owned();
        let found = self.tricks.lock().unwrap().iter().find(|(method, part, _)| is(&line, method, part)).map(|found| found.2);
        self.requests.lock().unwrap().push(line);
        found
    }
}
