//! `verify` on Debian itself, changed by Debian's own tools in a container.

use crate::support::catalogue::{Catalogue, docker};
use crate::support::engine::{unique, url};
use serde_json::Value;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// What a Dockerfile does to Debian: changes in one layer, removals in the next.
const CHANGES: &str = "FROM debian-of-tests
RUN echo x >> /usr/bin/xargs && echo x >> /etc/bash.bashrc && echo x >> /usr/share/perl5/Debconf/Config.pm \\
 && dpkg-divert --local --rename --divert /usr/bin/tac.real --add /usr/bin/tac && echo mine > /usr/bin/tac \\
 && dpkg-divert --local --rename --divert /usr/bin/nl.real --add /usr/bin/nl && echo x >> /usr/bin/nl.real \\
 && dpkg-statoverride --update --add root mail 2755 /usr/bin/tsort && chmod 755 /usr/bin/tsort \\
 && dpkg-statoverride --update --add root root 0711 /usr/bin/shuf \\
 && dpkg-statoverride --update --add daemon bin 0750 /usr/bin/comm && chown root:mail /usr/bin/comm \\
 && ln -sf sort /usr/bin/join
RUN rm /usr/bin/factor /etc/debconf.conf && chmod 4755 /usr/bin/csplit
";

/// A tar of Debian's smallest system, made once for all runs of the tests.
fn debian() -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let (tar, lock) = (folder.join("debian-bookworm.tar"), File::create(folder.join("debian-bookworm.lock")).unwrap());
    lock.lock().unwrap();
    if !tar.exists() {
        let made = tempfile::Builder::new().suffix(".tar").tempfile_in(folder).unwrap().into_temp_path();
        let options = ["--quiet", "--variant=essential", "--include=debconf", "bookworm"];
        let output = Command::new("mmdebstrap").args(options).arg(&made).output().expect("mmdebstrap is needed (scripts/setup catalogue)");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        made.persist(&tar).unwrap();
    }
    tar
}

/// An image of the engine, gone with the test.
struct Image(String);

impl Image {
    fn import(tar: &Path) -> Self {
        let image = Self(format!("cooperage-test/debian-{}:1", unique()));
        docker(&["import", tar.to_str().unwrap(), &image.0]);
        image
    }

    /// Runs a Dockerfile's commands on this one.
    fn changed(&self, dockerfile: &str) -> Self {
        let image = Self(format!("cooperage-test/changed-{}:1", unique()));
        let mut build = Command::new("docker");
        build.args(["--host", &url(), "build", "--network", "none", "--tag", &image.0, "-"]).stdin(Stdio::piped());
        let mut build = build.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let text = dockerfile.replace("debian-of-tests", &self.0);
        std::io::Write::write_all(&mut build.stdin.take().unwrap(), text.as_bytes()).unwrap();
        let output = build.wait_with_output().unwrap();
        assert!(output.status.success(), "{output:?}");
        image
    }
}

impl Drop for Image {
    fn drop(&mut self) {
        docker(&["rmi", "--force", &self.0]);
    }
}

fn verify(catalogue: &Catalogue, image: &Image) -> Vec<Value> {
    let output = catalogue.command(&["scan", "--only", "verify", "--image", &image.0, "--format", "json"]).output().unwrap();
    let document: Value = serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&output.stderr)));
    let scanner = document["images"][0]["scanners"].as_array().unwrap().iter().find(|one| one["name"] == "verify").unwrap();
    assert_eq!(scanner["error"], Value::Null, "{document}");
    scanner["findings"].as_array().unwrap().clone()
}

/// `LETTERS PATH` of each finding, sorted.
fn letters(findings: &[Value]) -> Vec<String> {
    let first = |one: &Value| one["message"].as_str().unwrap().split(' ').take(2).collect::<Vec<_>>().join(" ");
    let mut lines: Vec<String> = findings.iter().map(first).collect();
    lines.sort();
    lines
}

#[test]
fn debian_is_whole_until_somebody_changes_it() {
    let catalogue = Catalogue::new("");
    let plain = Image::import(&debian());
    assert_eq!(letters(&verify(&catalogue, &plain)), [""; 0]);
    let changed = plain.changed(CHANGES);
    let found = verify(&catalogue, &changed);
    let mut expected = [
        "..5...... /usr/bin/nl.real",
        "..5...... /usr/bin/xargs",
        "..5...... /usr/share/perl5/Debconf/Config.pm",
        ".M....... /usr/bin/join",
        ".M....... /usr/bin/tsort",
        ".....UG.. /usr/bin/comm",
        "missing /usr/bin/factor",
    ];
    expected.sort_unstable();
    assert_eq!(letters(&found), expected);
    let of = |path: &str| found.iter().find(|one| one["path"] == path).unwrap_or_else(|| panic!("{path}"));
    let (altered, removed) = (of("/usr/bin/xargs"), of("/usr/bin/factor"));
    assert_eq!((&altered["severity"], &altered["package"]), (&"high".into(), &"findutils".into()), "{altered}");
    assert_eq!((&removed["severity"], &removed["package"]), (&"medium".into(), &"coreutils".into()), "{removed}");
    assert_ne!(altered["layer"], removed["layer"]);
    // dpkg's own word on the contents: what was moved away it passes over, and it knows no owners.
    let run = ["run", "--rm", "--network", "none", &changed.0, "dpkg", "--verify", "coreutils", "findutils", "debconf"];
    let told = docker(&run);
    let lines: Vec<String> =
        told.lines().filter(|line| !line.contains(" c /etc/")).map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect();
    assert!(lines.contains(&"??5?????? /usr/bin/xargs".to_owned()), "{told}");
    assert!(lines.contains(&"missing /usr/bin/factor".to_owned()), "{told}");
}
