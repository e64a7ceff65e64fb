//! A catalogue of a test: a folder of its own, names of its own, and the real program run on it.

use super::engine;
use serde_json::Value;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use tempfile::TempDir;

/// A Dockerfile that starts from nothing but busybox, for definitions made with [`Catalogue::busybox`].
pub const FROM_SCRATCH: &str = "FROM scratch\nCOPY busybox /bin/busybox\nRUN [\"/bin/busybox\", \"--install\", \"-s\", \"/bin\"]\n";

/// A catalogue in a folder of its own. What its runs leave in the engine is removed when it is dropped.
pub struct Catalogue {
    folder: TempDir,
    /// A namespace that no other test uses.
    pub namespace: String,
    /// `host:port`, or empty.
    pub registry: String,
    /// Further environment of every call.
    pub env: Vec<(String, String)>,
}

impl Catalogue {
    /// Without definitions, for a registry (or none: "").
    pub fn new(registry: &str) -> Self {
        let folder = tempfile::Builder::new().prefix("catalogue-").tempdir().unwrap();
        for sub in ["images", "home", "work"] {
            fs::create_dir(folder.path().join(sub)).unwrap();
        }
        Self { folder, namespace: format!("t{}", engine::unique()), registry: registry.to_owned(), env: Vec::new() }
    }

    /// DIRECTORY of the calls.
    pub fn root(&self) -> PathBuf {
        self.folder.path().join("images")
    }

    /// Where calls run; logs and reports land here.
    pub fn work(&self) -> PathBuf {
        self.folder.path().join("work")
    }

    /// The home folder of the calls.
    pub fn home(&self) -> PathBuf {
        self.folder.path().join("home")
    }

    /// Writes a file below DIRECTORY.
    pub fn write(&self, path: &str, text: impl AsRef<[u8]>) -> &Self {
        let path = self.root().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
        self
    }

    /// Writes a program below DIRECTORY.
    pub fn script(&self, path: &str, text: &str) -> &Self {
        self.write(path, text);
        fs::set_permissions(self.root().join(path), fs::Permissions::from_mode(0o755)).unwrap();
        self
    }

    /// Writes a definition whose folder is its name.
    pub fn define(&self, name: &str, version: &str, template: &str) -> &Self {
        self.write(&format!("{name}/Dockerfile.template"), template);
        self.release(name, version)
    }

    /// Puts a new entry on top of a changelog.
    pub fn release(&self, name: &str, version: &str) -> &Self {
        self.entry(name, version, "bookworm")
    }

    /// Puts a new entry for a distribution on top of a changelog.
    pub fn entry(&self, name: &str, version: &str, distribution: &str) -> &Self {
        let path = self.root().join(name).join("changelog");
        let old = fs::read_to_string(&path).unwrap_or_default();
        let entry = format!(
            "{name} ({version}) {distribution}; urgency=medium\n\n  * A change\n\n -- Test <test@example.org>  Mon, 02 Nov 2026 10:00:00 +0000\n\n"
        );
        self.write(&format!("{name}/changelog"), entry + &old)
    }

    /// Names parents in `control`.
    pub fn depends(&self, name: &str, parents: &[&str]) -> &Self {
        self.write(&format!("{name}/control"), format!("Package: {name}\nBuild-Depends: {}\n", parents.join(", ")))
    }

    /// Writes a definition that starts from nothing with busybox, and then `more`.
    pub fn busybox(&self, name: &str, version: &str, more: &str) -> &Self {
        self.define(name, version, &format!("{FROM_SCRATCH}{more}"));
        fs::copy(engine::busybox(), self.root().join(name).join("busybox")).unwrap();
        self
    }

    /// Writes a definition on top of another one of the tree.
    pub fn child(&self, name: &str, version: &str, parent: &str, more: &str) -> &Self {
        self.define(name, version, &format!("FROM {{{{ \"{parent}\" | image_tag }}}}\n{more}")).depends(name, &[parent])
    }

    /// The reference of an image, with a tag.
    pub fn reference(&self, name: &str, tag: &str) -> String {
        let parts: Vec<&str> = [self.registry.as_str(), &self.namespace, name].into_iter().filter(|part| !part.is_empty()).collect();
        format!("{}:{tag}", parts.join("/"))
    }

    /// A variable of every later call.
    pub fn set(&mut self, key: &str, value: &str) -> &mut Self {
        self.env.push((key.to_owned(), value.to_owned()));
        self
    }

    /// The program with these arguments, its environment and folder settled, not started. DIRECTORY is not added.
    pub fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_cooperage"));
        command.args(args).current_dir(self.work()).env_clear();
        command.env("PATH", std::env::var("PATH").unwrap()).env("HOME", self.home());
        command.env("DOCKER_HOST", engine::url()).env("COOPERAGE_NAMESPACE", &self.namespace);
        if !self.registry.is_empty() {
            command.env("COOPERAGE_REGISTRY", &self.registry);
        }
        command.envs(self.env.iter().map(|(key, value)| (key, value))).stdin(Stdio::null());
        command
    }

    /// Runs the program on DIRECTORY: `args`, then DIRECTORY.
    pub fn run(&self, args: &[&str]) -> Outcome {
        Outcome::of(self.command(args).arg(self.root()).output().unwrap())
    }

    /// Runs it and expects this exit code.
    pub fn expect(&self, code: i32, args: &[&str]) -> Outcome {
        let outcome = self.run(args);
        assert_eq!(outcome.code, code, "cooperage {args:?}\n--- stdout\n{}\n--- stderr\n{}", outcome.stdout, outcome.stderr);
        outcome
    }

    /// Starts it on DIRECTORY with both outputs piped.
    pub fn start(&self, args: &[&str]) -> Child {
        self.command(args).arg(self.root()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    }
}

impl Drop for Catalogue {
    fn drop(&mut self) {
        let marker = format!("{}/", self.namespace);
        let listed = docker(&["images", "--format", "{{.Repository}}:{{.Tag}}"]);
        let ours: Vec<&str> = listed.lines().filter(|image| image.contains(&marker)).collect();
        if !ours.is_empty() {
            let mut args = vec!["rmi", "--force"];
            args.extend(ours);
            docker(&args);
        }
    }
}

/// How a call ended.
#[derive(Debug)]
pub struct Outcome {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Outcome {
    /// Of a program that has ended; a signal is shown as a negative number.
    pub fn of(output: Output) -> Self {
        use std::os::unix::process::ExitStatusExt as _;
        let code = output.status.code().unwrap_or_else(|| -output.status.signal().unwrap());
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        Self { code, stdout: text(output.stdout), stderr: text(output.stderr) }
    }

    /// stdout as one JSON document.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}\n{}\n{}", self.stdout, self.stderr))
    }

    /// stdout as one JSON document a line.
    pub fn events(&self) -> Vec<Value> {
        self.stdout.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"))).collect()
    }

    /// `name: outcome` of every finished image, sorted, from events.
    pub fn outcomes(&self) -> Vec<String> {
        let events = self.events();
        let finished = events.iter().filter(|event| event["kind"] == "image_finished");
        let mut found: Vec<String> =
            finished.map(|event| format!("{}: {}", event["name"].as_str().unwrap(), event["outcome"].as_str().unwrap())).collect();
        found.sort();
        found
    }
}

/// Docker's own client on the tests' engine: an independent witness. Returns stdout, trimmed.
pub fn docker(args: &[&str]) -> String {
    let output = Command::new("docker").arg("--host").arg(engine::url()).args(args).output().unwrap();
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

/// Reads a JSON file.
pub fn read_json(path: &Path) -> Value {
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
}
