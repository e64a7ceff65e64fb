//! Images from folders.

use crate::archive::Packing;
use crate::config::ScannerSettings;
use crate::finding::Finding;
use crate::scan::interest::Interest;
use crate::scan::read::{Limits, read};
use crate::scan::verify::scan;
use crate::scan::{Contents, Found, Insides, LayerRecord, inventory};
use std::path::Path;
use std::process::Command;
use tempfile::TempDir;

/// Runs a program that must succeed, and gives what it printed.
pub fn run(command: &mut Command) -> String {
    let out = command.output().unwrap();
    assert!(out.status.success(), "{command:?}\n{}{}", String::from_utf8_lossy(&out.stdout), String::from_utf8_lossy(&out.stderr));
    String::from_utf8(out.stdout).unwrap()
}

/// Runs a script of a shell with a folder in `$D`.
pub fn shell(folder: &Path, script: &str) -> String {
    let script = format!("PATH=$PATH:/usr/sbin:/sbin\n{script}");
    run(Command::new("sh").args(["-euc", &script]).env("D", folder).env("SOURCE_DATE_EPOCH", "0"))
}

/// Everything in a folder as one layer.
pub fn layer(folder: &Path) -> LayerRecord {
    let spool = std::env::temp_dir();
    let tar = Command::new("tar")
        .args(["--numeric-owner", "--xattrs", "--xattrs-include=security.capability", "-cf", "-", "-C"])
        .arg(folder)
        .arg(".")
        .output()
        .unwrap();
    assert!(tar.status.success());
    read(&*tar.stdout, Packing::Plain, &spool, &Interest::ALL, Limits::USUAL).unwrap()
}

/// What verify says of these layers.
pub fn verify(layers: Vec<LayerRecord>, settings: &ScannerSettings) -> Found {
    let contents = Contents::of(layers);
    let inside = Insides { inventory: inventory::take(&contents), contents, ..Insides::default() };
    let subject = inside.subject("x", None, settings, jiff::Timestamp::UNIX_EPOCH);
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(scan(&subject))
}

/// A tree that a package manager filled.
pub struct Tree {
    folder: TempDir,
    settings: ScannerSettings,
}

impl Tree {
    /// Made in `$D/system` by a script, with nothing to be found in it.
    pub fn installed(script: &str) -> Self {
        let tree = Self::made(script);
        let untouched = tree.found();
        assert!(untouched.is_empty(), "{untouched:?}");
        tree
    }

    /// Made in `$D/system` by a script.
    pub fn made(script: &str) -> Self {
        let tree = Self { folder: tempfile::tempdir().unwrap(), settings: ScannerSettings::default() };
        tree.shell(script);
        tree
    }

    /// What verify says of it.
    pub fn verified(&self, settings: &ScannerSettings) -> Found {
        verify(vec![layer(&self.folder.path().join("system"))], settings)
    }

    /// Runs a script with the tree's folder in `$D`, and gives what it printed.
    pub fn shell(&self, script: &str) -> String {
        shell(self.folder.path(), script)
    }

    /// What verify says of it, without errors.
    pub fn found(&self) -> Vec<Finding> {
        self.found_under(&self.settings)
    }

    /// The same under settings of the test's own.
    pub fn found_under(&self, settings: &ScannerSettings) -> Vec<Finding> {
        let found = self.verified(settings);
        assert_eq!(found.errors, [""; 0]);
        found.findings
    }
}

/// `S.5....T. /usr/bin/x` and `missing /usr/x`, sorted.
pub fn lines(findings: &[Finding]) -> Vec<String> {
    let first = |finding: &Finding| finding.message.split(' ').take(2).collect::<Vec<_>>().join(" ");
    let mut lines: Vec<String> = findings.iter().map(first).collect();
    lines.sort();
    lines
}

/// What `rpm -V` and `dpkg --verify` print in the same form; configuration files are left out.
pub fn told(printed: &str) -> Vec<String> {
    let of = |line: &str| {
        let words: Vec<&str> = line.split_whitespace().collect();
        match words.as_slice() {
            [code, path] => Some(format!("{code} {path}")),
            [_, "c", _] => None,
            [code, _, path] => Some(format!("{code} {path}")),
            _ => panic!("{line}"),
        }
    };
    let mut lines: Vec<String> = printed.lines().filter_map(of).collect();
    lines.sort();
    lines
}
