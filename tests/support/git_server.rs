//! Git repositories served by real git on loopback: smart HTTP through `git http-backend`, with what misbehaves on
//! request in front of it ([`Faults`]), and `git daemon`.

pub mod origin;

use super::faults::Faults;
use super::faults::wire::{Framing, Head, copy_body};
use super::registry::free_port;
use base64::Engine as _;
use std::fs;
use std::io::{BufReader, ErrorKind, Read as _, Result, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// How the server talks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Talk {
    /// The protocol of today: any commit may be asked for.
    New,
    /// The protocol of old: only commits that a branch or tag names are given.
    Old,
}

/// A web server of git repositories.
pub struct GitServer {
    /// Where the repositories are.
    pub folder: TempDir,
    /// Who misbehaves.
    pub faults: Faults,
    /// What was asked of git, as sent.
    asked: Arc<Mutex<Vec<String>>>,
}

/// What a connection needs to know.
struct Served {
    root: PathBuf,
    talk: Talk,
    password: Option<String>,
    asked: Arc<Mutex<Vec<String>>>,
}

impl GitServer {
    /// Serves an empty folder.
    pub fn start(talk: Talk) -> Self {
        Self::serving(talk, None)
    }

    /// Serves only those who sign in with `user:password`.
    pub fn behind_password(login: &str) -> Self {
        Self::serving(Talk::New, Some(login.to_owned()))
    }

    fn serving(talk: Talk, password: Option<String>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let served = Arc::new(Served { root: folder.path().to_owned(), talk, password, asked: Arc::clone(&asked) });
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let served = Arc::clone(&served);
                // A connection that breaks is what the one in front is for.
                std::thread::spawn(move || drop(served.serve(stream)));
            }
        });
        Self { folder, faults: Faults::before(address), asked }
    }

    /// The address of a repository.
    pub fn url(&self, name: &str) -> String {
        format!("http://{}/{name}.git", self.faults.address)
    }

    /// How often objects were asked for.
    pub fn fetches(&self) -> usize {
        self.asked.lock().unwrap().iter().filter(|body| body.contains("want ")).count()
    }
}

impl Served {
    fn serve(&self, mut stream: TcpStream) -> Result<()> {
        let mut reader = BufReader::new(stream.try_clone()?);
        let Some(head) = Head::read(&mut reader)? else { return Ok(()) };
        let mut body = Vec::new();
        match head.framing() {
            Some(Framing::Length(length)) => drop((&mut reader).take(length).read_to_end(&mut body)?),
            Some(_) => return stream.write_all(b"HTTP/1.1 411 Length Required\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"),
            None => copy_body(&mut reader, &mut body, Framing::None)?,
        }
        if !self.may_enter(&head) {
            let refusal =
                "HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Basic realm=\"git\"\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
            return stream.write_all(refusal.as_bytes());
        }
        self.asked.lock().unwrap().push(String::from_utf8_lossy(&body).into_owned());
        let answer = self.backend(&head, &body)?;
        // The backend writes headers as CGI has them: the status is one of them.
        let end = answer.windows(4).position(|four| four == b"\r\n\r\n").ok_or(ErrorKind::InvalidData)?;
        let headers = String::from_utf8_lossy(&answer[..end]).into_owned();
        let status = headers.lines().find_map(|line| line.strip_prefix("Status: ")).unwrap_or("200 OK").to_owned();
        let (rest, body) = (headers.lines().filter(|line| !line.starts_with("Status:")), &answer[end + 4..]);
        let rest: String = rest.map(|line| format!("{line}\r\n")).collect();
        write!(stream, "HTTP/1.1 {status}\r\n{rest}Content-Length: {}\r\nConnection: close\r\n\r\n", body.len())?;
        stream.write_all(body)
    }

    fn may_enter(&self, head: &Head) -> bool {
        let Some(login) = &self.password else { return true };
        let wanted = format!("Basic {}", base64::engine::general_purpose::STANDARD.encode(login));
        head.get("authorization") == Some(wanted.as_str())
    }

    fn backend(&self, head: &Head, body: &[u8]) -> Result<Vec<u8>> {
        let (path, query) = head.word(1).split_once('?').unwrap_or((head.word(1), ""));
        let mut command = git();
        command.arg("http-backend").env("GIT_PROJECT_ROOT", &self.root).env("GIT_HTTP_EXPORT_ALL", "1");
        command.env("PATH_INFO", path).env("QUERY_STRING", query).env("REQUEST_METHOD", head.word(0)).env("REMOTE_ADDR", "127.0.0.1");
        command.env("CONTENT_TYPE", head.get("content-type").unwrap_or_default()).env("CONTENT_LENGTH", body.len().to_string());
        if let Some(encoding) = head.get("content-encoding") {
            command.env("HTTP_CONTENT_ENCODING", encoding);
        }
        if let (Talk::New, Some(protocol)) = (self.talk, head.get("git-protocol")) {
            command.env("GIT_PROTOCOL", protocol);
        }
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn()?;
        child.stdin.take().unwrap().write_all(body)?;
        Ok(child.wait_with_output()?.stdout)
    }
}

/// Git without anybody's settings.
pub fn git() -> Command {
    let mut command = Command::new("git");
    command.env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_NOSYSTEM", "1");
    for variable in ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX", "GIT_CONFIG_PARAMETERS", "GIT_PROTOCOL"] {
        command.env_remove(variable);
    }
    command
}

/// `git daemon` on a port of its own. Stopped when dropped.
pub struct GitDaemon {
    child: Child,
    address: String,
}

impl GitDaemon {
    /// Serves the repositories of a folder.
    pub fn start(folder: &Path) -> Self {
        let log = folder.join("daemon.log");
        for _ in 0..10 {
            let port = free_port();
            let mut command = git();
            command.args(["daemon", "--verbose", "--export-all", "--reuseaddr", "--listen=127.0.0.1"]).arg(format!("--port={port}"));
            command.arg(format!("--base-path={}", folder.display())).arg(folder).stdin(Stdio::null()).stdout(Stdio::null());
            let mut child = command.stderr(fs::File::create(&log).unwrap()).spawn().unwrap();
            if is_ready(&mut child, &log) {
                return Self { child, address: format!("127.0.0.1:{port}") };
            }
            // Somebody else took the port between looking and starting.
            let _ = child.kill();
            let _ = child.wait();
        }
        panic!("git daemon does not start: {}", fs::read_to_string(log).unwrap_or_default());
    }

    /// The address of a repository.
    pub fn url(&self, name: &str) -> String {
        format!("git://{}/{name}.git", self.address)
    }
}

fn is_ready(child: &mut Child, log: &Path) -> bool {
    let end = Instant::now() + Duration::from_secs(60);
    while Instant::now() < end && child.try_wait().unwrap().is_none() {
        if fs::read_to_string(log).unwrap_or_default().contains("Ready to rumble") {
            return true;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    false
}

impl Drop for GitDaemon {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
