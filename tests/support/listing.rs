//! A container index in a git repository of its own, and the real program run on it.

use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use tempfile::TempDir;

/// A work tree with `index.d/`, on the branch `main`.
pub struct Listing {
    folder: TempDir,
    /// Further environment of every call.
    pub env: Vec<(String, String)>,
}

/// An entry in YAML that needs nothing else; `changes` are `key: value`, or `-key` for one that is left out.
pub fn entry(id: u32, app: &str, job: &str, changes: &[&str]) -> String {
    let mut keys: Vec<(String, String)> = [
        ("id", id.to_string()),
        ("app-id", app.to_owned()),
        ("job-id", job.to_owned()),
        ("git-url", format!("https://git.example.org/{app}/{job}.git")),
        ("git-path", "/".to_owned()),
        ("git-branch", "main".to_owned()),
        ("target-file", "Dockerfile".to_owned()),
        ("desired-tag", "latest".to_owned()),
        ("notify-email", format!("{app}@example.org")),
        ("build-context", "./".to_owned()),
        ("depends-on", "null".to_owned()),
    ]
    .map(|(key, value)| (key.to_owned(), value))
    .into();
    for change in changes {
        match change.strip_prefix('-') {
            Some(key) => keys.retain(|(known, _)| known != key),
            None => {
                let (key, value) = change.split_once(": ").unwrap();
                match keys.iter_mut().find(|(known, _)| known == key) {
                    Some(known) => known.1 = value.to_owned(),
                    None => keys.push((key.to_owned(), value.to_owned())),
                }
            }
        }
    }
    let lines: Vec<String> = keys.iter().map(|(key, value)| format!("{key}: {value}\n")).collect();
    format!("  - {}", lines.join("    "))
}

impl Listing {
    /// Without files.
    pub fn new() -> Self {
        let listing = Self { folder: tempfile::tempdir().unwrap(), env: Vec::new() };
        listing.git(&["init", "-q", "-b", "main"]);
        listing.git(&["config", "user.name", "Test Person"]);
        listing.git(&["config", "user.email", "test@example.org"]);
        listing
    }

    /// The top of the work tree.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Asks git.
    pub fn git(&self, arguments: &[&str]) -> String {
        git(self.path(), arguments)
    }

    /// Writes a file.
    pub fn write(&self, path: &str, text: &str) -> PathBuf {
        let path = self.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        path
    }

    /// Writes a file of the index.
    pub fn list(&self, file: &str, entries: &[String]) {
        self.write(&format!("index.d/{file}"), &format!("Projects:\n{}", entries.concat()));
    }

    /// Commits everything; gives the commit.
    pub fn commit(&self, message: &str) -> String {
        self.git(&["add", "-A"]);
        self.git(&["commit", "-q", "--allow-empty", "-m", message]);
        self.git(&["rev-parse", "HEAD"])
    }

    /// Calls the program where the work tree is.
    pub fn call(&self, args: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_cooperage"));
        command.args(args).current_dir(self.path()).env_clear().env("PATH", std::env::var("PATH").unwrap());
        command.env("HOME", self.path().join(".git/home")).envs(self.env.iter().map(|(key, value)| (key, value)));
        command.output().unwrap()
    }

    /// The document of a call, with its exit code.
    pub fn document(&self, args: &[&str]) -> (Value, i32) {
        let output = self.call(&[&["--format", "json"], args].concat());
        let parsed = serde_json::from_slice(&output.stdout);
        let document = parsed.unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&output.stderr)));
        (document, output.status.code().unwrap())
    }
}

/// Asks git about a folder.
pub fn git(folder: &Path, arguments: &[&str]) -> String {
    let output = Command::new("git").arg("-C").arg(folder).args(arguments).env_remove("GIT_DIR").output().unwrap();
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}
