//! `login` and `logout` as a person, a CI job and other programs see them, against real registries.

#[path = "sign_in/files.rs"]
mod files;
#[path = "sign_in/helpers.rs"]
mod helpers;
#[path = "sign_in/others.rs"]
mod others;
#[path = "sign_in/prompt.rs"]
mod prompt;
mod support;

use serde_json::{Value, json};
use std::fs;
use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use support::catalogue::{Catalogue, Outcome, read_json};
use support::registry::{Registry, RegistryKind};

const PASSWORD: &str = "hunter2-p?ss/w:rd";

/// A registry with a password, and a place to call from whose home is empty.
struct Desk {
    registry: Registry,
    place: Catalogue,
}

impl Desk {
    fn new() -> Self {
        let registry = Registry::start(RegistryKind::htpasswd("ci", PASSWORD));
        let place = Catalogue::new(&registry.address);
        Self { registry, place }
    }

    fn address(&self) -> &str {
        &self.registry.address
    }

    fn docker_file(&self) -> PathBuf {
        self.place.home().join(".docker/config.json")
    }

    /// Writes Docker's file.
    fn docker(&self, text: &str) {
        fs::create_dir_all(self.docker_file().parent().unwrap()).unwrap();
        fs::write(self.docker_file(), text).unwrap();
    }

    /// Makes podman's folder and returns its file.
    fn podman_file(&mut self) -> PathBuf {
        let folder = self.place.home().join("run");
        fs::create_dir_all(folder.join("containers")).unwrap();
        self.place.set("XDG_RUNTIME_DIR", folder.to_str().unwrap());
        folder.join("containers/auth.json")
    }

    /// Runs the program without DIRECTORY, with this on stdin.
    fn call(&self, args: &[&str], stdin: &str) -> Outcome {
        let mut command = self.place.command(args);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        // A call that is refused does not read it.
        let _ = child.stdin.take().unwrap().write_all(stdin.as_bytes());
        Outcome::of(child.wait_with_output().unwrap())
    }

    fn expect(&self, code: i32, args: &[&str], stdin: &str) -> Outcome {
        let outcome = self.call(args, stdin);
        assert_eq!(outcome.code, code, "cooperage {args:?}\n{}", outcome.all());
        assert!(!outcome.all().contains("hunter2"), "{}", outcome.all());
        outcome
    }

    /// Signs in as `ci`.
    fn login(&self, more: &[&str]) -> Outcome {
        self.expect(0, &[&["login", "-u", "ci", "--password-stdin", self.address()], more].concat(), &format!("{PASSWORD}\n"))
    }

    /// What `list` says of the registry with the stored sign-ins.
    fn presence(&self) -> Value {
        self.place.plain("tool", "1.0", "tool");
        self.place.run(&["--format", "json", "list"]).json()["images"][0]["presence"].clone()
    }
}

/// Something was said, and docs/sign-in.md explains it in the same words.
fn explained(said: &str, words: &str) {
    assert!(said.contains(words), "{words:?} is missing in {said}");
    let page = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/sign-in.md")).unwrap();
    assert!(page.contains(words), "docs/sign-in.md does not explain {words:?}");
}

/// A password of `ci` as files hold it.
fn encoded() -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(format!("ci:{PASSWORD}"))
}

/// Runs `skopeo`, an independent reader and writer of the same files.
fn skopeo(args: &[&str]) -> Outcome {
    Outcome::of(Command::new("skopeo").args(args).stdin(Stdio::null()).output().expect("skopeo is needed (apt install skopeo)"))
}
