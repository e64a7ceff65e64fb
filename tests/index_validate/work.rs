//! A folder with an index, repositories beside it, and the program.

use serde_json::Value;
use std::fs;
use std::path::Path;
use std::process::{Command, Output};

pub struct Work {
    folder: tempfile::TempDir,
}

/// An entry that is sound in every mode but for its repository.
pub fn entry(id: usize, app: &str, job: &str, url: &str) -> String {
    format!(
        "- id: {id}\n  app-id: {app}\n  job-id: {job}\n  git-url: {url}\n  git-path: /\n  git-branch: main\n  target-file: Dockerfile\n  \
         desired-tag: latest\n  notify-email: team@example.org\n  build-context: ./\n  depends-on: null\n"
    )
}

impl Work {
    pub fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    /// With one file.
    pub fn with(name: &str, text: &str) -> Self {
        let work = Self::new();
        work.write(&format!("index.d/{name}"), text);
        work
    }

    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    pub fn write(&self, path: &str, text: impl AsRef<[u8]>) {
        let path = self.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    pub fn git(&self, folder: &str, arguments: &[&str]) {
        let identity = ["-c", "user.name=Test Person", "-c", "user.email=test@example.org", "-c", "commit.gpgsign=false"];
        let mut command = Command::new("git");
        command.arg("-C").arg(self.path().join(folder)).args(identity).args(arguments).env_remove("GIT_DIR");
        assert!(command.status().unwrap().success(), "{arguments:?}");
    }

    /// A repository of these files on the branch `main`; gives its address.
    pub fn repository(&self, name: &str, files: &[(&str, &str)]) -> String {
        let folder = format!("repositories/{name}");
        fs::create_dir_all(self.path().join(&folder)).unwrap();
        self.git(&folder, &["init", "-q", "-b", "main"]);
        for (path, text) in files {
            self.write(&format!("{folder}/{path}"), text);
        }
        self.git(&folder, &["add", "-A"]);
        self.git(&folder, &["commit", "-q", "-m", "first"]);
        format!("file://{}", self.path().join(folder).display())
    }

    pub fn validate_in(&self, folder: &Path, arguments: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_cooperage"));
        command.args(["index", "validate"]).args(arguments).current_dir(folder).env_clear();
        command.env("PATH", std::env::var("PATH").unwrap()).env("HOME", self.path().join("home"));
        command.env("COOPERAGE_INDEX", "{allow_file_urls: true}");
        command.output().unwrap()
    }

    pub fn validate(&self, arguments: &[&str]) -> Output {
        self.validate_in(self.path(), &[arguments, &["."]].concat())
    }

    /// The document, with the exit code.
    pub fn document(&self, arguments: &[&str]) -> (Value, i32) {
        let output = self.validate(&[arguments, &["--format", "json"]].concat());
        let parsed = serde_json::from_slice(&output.stdout);
        let document = parsed.unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&output.stderr)));
        (document, output.status.code().unwrap())
    }

    /// What failed, as `entry check code`, with the exit code.
    pub fn failing(&self, arguments: &[&str]) -> (Vec<String>, i32) {
        let (document, code) = self.document(arguments);
        let failed = document["results"].as_array().unwrap().iter().filter(|record| record["ok"] == false);
        let told = failed.map(|record| {
            let code = record["errors"][0]["code"].as_str().unwrap();
            format!("{} {} {code}", record["entry"], record["check"].as_str().unwrap())
        });
        (told.collect(), code)
    }
}
