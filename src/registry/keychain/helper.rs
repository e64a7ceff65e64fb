//! Credential helpers: the programs `docker-credential-*`.
//!
//! Source: github.com/docker/docker-credential-helpers, "Development": the verb as argument, the server's name or a
//! JSON document on stdin, JSON on stdout. Secrets are never arguments.

use crate::config::{Login, Secret};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::io::{Read as _, Write as _};
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc;
use std::time::Duration;

/// A helper that asks its person something would never end.
const TIME_LIMIT: Duration = Duration::from_secs(30);

/// The most bytes of an answer.
const LIMIT: u64 = 1 << 20;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Answer {
    username: String,
    secret: String,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Offer<'a> {
    #[serde(rename = "ServerURL")]
    server: &'a str,
    username: &'a str,
    secret: &'a str,
}

/// The sign-in a helper has for a server; `None` when it has none.
///
/// # Errors
/// In words, without what the program printed: that may hold the secret.
pub(super) fn get(name: &str, server: &str, environment: &BTreeMap<String, String>) -> Result<Option<Login>, String> {
    let (status, output) = run(name, "get", server.as_bytes(), environment)?;
    if status.success() {
        let answer: Answer = serde_json::from_slice(&output).map_err(|_| "its answer is not the expected JSON".to_owned())?;
        return Ok(Some(Login { username: answer.username, password: Secret::new(answer.secret) }));
    }
    if String::from_utf8_lossy(&output).contains("credentials not found") {
        return Ok(None);
    }
    Err(format!("it failed ({status})"))
}

/// Gives a helper a sign-in to keep.
///
/// # Errors
/// As [`get`].
pub(super) fn store(name: &str, server: &str, login: &Login, environment: &BTreeMap<String, String>) -> Result<(), String> {
    let offer = Offer { server, username: &login.username, secret: login.password.expose() };
    let document = serde_json::to_vec(&offer).map_err(|e| e.to_string())?;
    succeed(run(name, "store", &document, environment)?.0)
}

/// Lets a helper forget a sign-in.
///
/// # Errors
/// As [`get`].
pub(super) fn erase(name: &str, server: &str, environment: &BTreeMap<String, String>) -> Result<(), String> {
    succeed(run(name, "erase", server.as_bytes(), environment)?.0)
}

fn succeed(status: ExitStatus) -> Result<(), String> {
    if status.success() { Ok(()) } else { Err(format!("it failed ({status})")) }
}

fn run(name: &str, verb: &str, input: &[u8], environment: &BTreeMap<String, String>) -> Result<(ExitStatus, Vec<u8>), String> {
    let path = find(name, environment)?;
    let mut child = Command::new(path)
        .arg(verb)
        .env_clear()
        .envs(environment)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .map_err(|e| format!("it cannot be started: {e}"))?;
    let output = converse(&mut child, input);
    if output.is_err() {
        // Too late, or broken: it must not stay behind. It may have ended by itself.
        let _ = child.kill();
    }
    let status = child.wait().map_err(|e| e.to_string())?;
    Ok((status, output?))
}

/// Hands over the input and reads the answer, all within the limits.
fn converse(child: &mut Child, input: &[u8]) -> Result<Vec<u8>, String> {
    if let Some(mut stdin) = child.stdin.take() {
        // A helper that does not read its input has its own reason; what it answers counts.
        let _ = stdin.write_all(input);
    }
    let stdout = child.stdout.take().ok_or("its output cannot be read")?;
    let (sender, receiver) = mpsc::channel();
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        let result = stdout.take(LIMIT).read_to_end(&mut bytes).map(|_| bytes);
        // The receiver is gone when time has run out.
        let _ = sender.send(result);
    });
    match receiver.recv_timeout(TIME_LIMIT) {
        Ok(result) => result.map_err(|e| e.to_string()),
        Err(_) => Err(format!("no answer within {} s", TIME_LIMIT.as_secs())),
    }
}

fn find(name: &str, environment: &BTreeMap<String, String>) -> Result<PathBuf, String> {
    if !name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.')) {
        return Err("its name is not that of a program".to_owned());
    }
    let path = environment.get("PATH").map_or("", String::as_str);
    let program = format!("docker-credential-{name}");
    let found = std::env::split_paths(path).map(|folder| folder.join(&program)).find(|candidate| candidate.is_file());
    found.ok_or_else(|| "there is no such program in PATH".to_owned())
}
