//! `update` through the real program: what it writes, byte for byte, and when it writes nothing. Needs no engine.

#[path = "update/all_or_none.rs"]
mod all_or_none;
#[path = "update/cases.rs"]
mod cases;
#[path = "update/commits.rs"]
mod commits;
#[path = "update/mended.rs"]
mod mended;
#[path = "update/stale.rs"]
mod stale;
mod support;
#[path = "update/versions.rs"]
mod versions;
#[path = "update/wording.rs"]
mod wording;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use support::catalogue::Outcome;

/// What every definition of a tree starts with, below the heading.
pub const FIRST: &str = "wikimedia; urgency=low\n\n   Initial\n\n -- A <a@b>  Mon, 02 Nov 2026 10:00:00 +0000\n";
/// The moment of all calls: Sat, 15 Aug 2026 22:30:05 +0000.
pub const EPOCH: &str = "1786833005";
/// That moment where all calls are made, two hours ahead.
pub const DATE: &str = "Sun, 16 Aug 2026 00:30:05 +0200";

/// A catalogue in a folder of its own.
pub struct Tree {
    folder: tempfile::TempDir,
    pub env: Vec<(String, String)>,
}

impl Tree {
    /// Definitions as name, version, parents named in `control`.
    pub fn new(definitions: &[(&str, &str, &[&str])]) -> Self {
        let folder = tempfile::Builder::new().prefix("update-").tempdir().unwrap();
        fs::create_dir(folder.path().join("home")).unwrap();
        fs::create_dir(folder.path().join("images")).unwrap();
        let tree = Self { folder, env: Vec::new() };
        for (name, version, parents) in definitions {
            tree.define(name, version, parents);
        }
        tree
    }

    pub fn define(&self, name: &str, version: &str, parents: &[&str]) {
        self.write(&format!("{name}/Dockerfile.template"), "FROM scratch\n");
        self.write(&format!("{name}/changelog"), format!("{name} ({version}) {FIRST}"));
        if !parents.is_empty() {
            self.write(&format!("{name}/control"), format!("Package: {name}\nBuild-Depends: {}\n", parents.join(", ")));
        }
    }

    pub fn root(&self) -> PathBuf {
        self.folder.path().join("images")
    }

    pub fn path(&self, path: &str) -> PathBuf {
        self.root().join(path)
    }

    pub fn write(&self, path: &str, text: impl AsRef<[u8]>) {
        let path = self.path(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    pub fn read(&self, path: &str) -> String {
        fs::read_to_string(self.path(path)).unwrap()
    }

    pub fn set(&mut self, key: &str, value: &str) -> &mut Self {
        self.env.push((key.to_owned(), value.to_owned()));
        self
    }

    /// Everything below DIRECTORY but `.git`: path and bytes.
    pub fn everything(&self) -> BTreeMap<PathBuf, Vec<u8>> {
        fn walk(folder: &Path, found: &mut BTreeMap<PathBuf, Vec<u8>>) {
            for entry in fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.ends_with(".git") {
                    continue;
                }
                if path.is_dir() {
                    walk(&path, found);
                } else {
                    found.insert(path.clone(), fs::read(&path).unwrap());
                }
            }
        }
        let mut found = BTreeMap::new();
        walk(&self.root(), &mut found);
        found
    }

    /// The program with `update`, these arguments and DIRECTORY.
    pub fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_cooperage"));
        command.arg("update").args(args).arg(self.root()).current_dir(self.folder.path()).env_clear().stdin(Stdio::null());
        command.env("PATH", std::env::var("PATH").unwrap()).env("HOME", self.folder.path().join("home"));
        command.env("SOURCE_DATE_EPOCH", EPOCH).env("TZ", "CET-1CEST,M3.5.0,M10.5.0/3");
        command.env("DEBFULLNAME", "Test Person").env("DEBEMAIL", "test@example.org");
        command.envs(self.env.iter().map(|(key, value)| (key, value)));
        command
    }

    pub fn run(&self, args: &[&str]) -> Outcome {
        Outcome::of(self.command(args).output().unwrap())
    }

    pub fn expect(&self, code: i32, args: &[&str]) -> Outcome {
        let outcome = self.run(args);
        assert_eq!(outcome.code, code, "update {args:?}\n{}", outcome.all());
        outcome
    }

    /// Runs a call that must write nothing; returns what it says.
    pub fn refuses(&self, args: &[&str]) -> String {
        let before = self.everything();
        let outcome = self.expect(2, args);
        assert!(self.everything() == before, "update {args:?} was refused and wrote something");
        outcome.stderr
    }

    /// The version in the first heading.
    pub fn version(&self, name: &str) -> String {
        let text = self.read(&format!("{name}/changelog"));
        text.split(['(', ')']).nth(1).unwrap().to_owned()
    }

    /// Runs git in DIRECTORY.
    pub fn git(&self, args: &[&str]) -> String {
        let mut command = Command::new("git");
        command.args(["-c", "user.name=Git Person", "-c", "user.email=git@example.org", "-c", "init.defaultBranch=main"]);
        let output = command.args(args).current_dir(self.root()).env("HOME", self.folder.path().join("home")).output().unwrap();
        assert!(output.status.success(), "git {args:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }

    /// Makes DIRECTORY a repository with everything committed.
    pub fn commit_all(&self) {
        if !self.path(".git").exists() {
            self.git(&["init", "--quiet"]);
        }
        self.git(&["add", "--all"]);
        self.git(&["commit", "--quiet", "--message", "A change"]);
    }
}

/// A new block as it must stand.
pub fn block(name: &str, version: &str, lines: &str) -> String {
    format!("{name} ({version}) wikimedia; urgency=high\n\n{lines}\n -- Test Person <test@example.org>  {DATE}\n\n")
}
