//! A real mail server, and a real reader of mails.

use serde_json::{Value, json};
use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use tempfile::TempDir;

/// Debian's Python, which has aiosmtpd; another one on the PATH may not.
const PYTHON: &str = "/usr/bin/python3";

fn script(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/notify").join(name)
}

/// A mail server on a free port of this machine, gone with the test.
pub struct MailServer {
    pub port: u16,
    folder: TempDir,
    child: Child,
    _alive: ChildStdin,
}

/// A mail that a server took.
#[derive(Debug)]
pub struct Taken {
    pub from: String,
    pub to: Vec<String>,
    pub hello: String,
    pub tls: bool,
    pub login: Option<String>,
    pub mail: ReadMail,
}

/// A mail as a mail program sees it.
#[derive(Debug)]
pub struct ReadMail {
    headers: Vec<(String, String)>,
    pub kind: String,
    pub text: String,
    pub html: String,
}

impl MailServer {
    /// One without TLS and login.
    pub fn plain() -> Self {
        Self::start(json!({"tls": "none"}))
    }

    /// One with these options of `server.py`.
    pub fn start(mut options: Value) -> Self {
        let folder = tempfile::tempdir().unwrap();
        options["folder"] = folder.path().to_str().into();
        let mut command = Command::new(PYTHON);
        command.arg(script("server.py")).arg(options.to_string()).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let port = line.trim().parse().expect("the mail server starts; scripts/setup mail installs it");
        Self { port, folder, _alive: child.stdin.take().unwrap(), child }
    }

    /// The mails it took, in order.
    pub fn mails(&self) -> Vec<Taken> {
        let mut paths: Vec<PathBuf> = fs::read_dir(self.folder.path()).unwrap().map(|entry| entry.unwrap().path()).collect();
        paths.retain(|path| path.extension().is_some_and(|end| end == "json"));
        paths.sort();
        paths.iter().map(|path| taken(&serde_json::from_slice(&fs::read(path).unwrap()).unwrap())).collect()
    }
}

impl Drop for MailServer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn taken(value: &Value) -> Taken {
    let text = |name: &str| value[name].as_str().unwrap_or_default().to_owned();
    Taken {
        from: text("from"),
        to: value["to"].as_array().unwrap().iter().map(|to| to.as_str().unwrap().to_owned()).collect(),
        hello: text("hello"),
        tls: value["tls"].as_bool().unwrap(),
        login: value["login"].as_str().map(str::to_owned),
        mail: ReadMail::of(text("data").as_bytes()),
    }
}

impl ReadMail {
    /// Reads a mail; its form must be without fault, and it must have both parts.
    pub fn of(bytes: &[u8]) -> Self {
        let mut command = Command::new(PYTHON);
        let mut child = command.arg(script("read.py")).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(bytes).unwrap();
        let read: Value = serde_json::from_slice(&child.wait_with_output().unwrap().stdout).unwrap();
        assert_eq!(read["defects"], json!([]), "{read}");
        let parts: Vec<(&str, &str)> =
            read["parts"].as_array().unwrap().iter().map(|part| (part["type"].as_str().unwrap(), part["text"].as_str().unwrap())).collect();
        let [("text/plain", text), ("text/html", html)] = parts[..] else { panic!("{read}") };
        let header = |pair: &Value| (pair[0].as_str().unwrap().to_owned(), pair[1].as_str().unwrap().to_owned());
        Self {
            headers: read["headers"].as_array().unwrap().iter().map(header).collect(),
            kind: read["type"].as_str().unwrap().to_owned(),
            text: text.to_owned(),
            // The templates' engine writes slashes so, which browsers read alike.
            html: html.replace("&#x2f;", "/"),
        }
    }

    /// The one header of this name.
    pub fn header(&self, name: &str) -> &str {
        let all: Vec<&str> = self.all(name);
        assert_eq!(all.len(), 1, "{name}: {:?}", self.headers);
        all[0]
    }

    /// All headers of this name.
    pub fn all(&self, name: &str) -> Vec<&str> {
        self.headers.iter().filter(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str()).collect()
    }
}
