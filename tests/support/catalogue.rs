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
        for sub in ["images", "home", "desk"] {
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
        self.folder.path().join("desk")
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

    /// Writes a definition that is nothing but a file: the quickest there is to build.
    pub fn plain(&self, name: &str, version: &str, text: &str) -> &Self {
        self.write(&format!("{name}/note"), text);
        self.define(name, version, "FROM scratch\nCOPY note /note\nCMD [\"/note\"]\n")
    }

    /// Writes a definition that adds a file to a parent.
    pub fn plain_child(&self, name: &str, version: &str, parent: &str) -> &Self {
        self.write(&format!("{name}/note"), name);
        self.child(name, version, parent, &format!("COPY note /{name}\n"))
    }

    /// Writes a definition on another one's Dockerfile, with `control` saying nothing.
    pub fn undeclared_child(&self, name: &str, version: &str, parent: &str, more: &str) -> &Self {
        self.define(name, version, &format!("FROM {{{{ \"{parent}\" | image_tag }}}}\n{more}"))
    }

    /// Writes the `config.yaml` that every call finds where it runs.
    pub fn configure(&self, yaml: &str) -> &Self {
        fs::write(self.work().join("config.yaml"), yaml).unwrap();
        self
    }

    /// Runs git on the catalogue's folder and returns what it says.
    pub fn git(&self, args: &[&str]) -> String {
        let mut command = Command::new("git");
        command.args(["-c", "user.name=Test", "-c", "user.email=test@example.org", "-c", "init.defaultBranch=main"]);
        let output = command.args(args).current_dir(self.root()).env("HOME", self.home()).output().unwrap();
        assert!(output.status.success(), "git {args:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }

    /// Makes the catalogue a repository with all it holds committed.
    pub fn commit(&self) -> String {
        if !self.root().join(".git").exists() {
            self.git(&["init", "--quiet"]);
        }
        self.git(&["add", "--all"]);
        self.git(&["commit", "--quiet", "--message", "A change"]);
        self.git(&["rev-parse", "HEAD"])
    }

    /// The repository of an image, below the registry.
    pub fn repository(&self, name: &str) -> String {
        format!("{}/{name}", self.namespace)
    }

    /// The id of an image in the engine; none where it has none.
    pub fn image_id(&self, name: &str, tag: &str) -> Option<String> {
        let found = docker(&["images", "--no-trunc", "--quiet", &self.reference(name, tag)]);
        found.lines().next().map(str::to_owned)
    }

    /// What an image's config in the engine holds at a place, such as `.Config.Labels`.
    pub fn inspect(&self, name: &str, tag: &str, place: &str) -> Value {
        let text = docker(&["inspect", "--format", &format!("{{{{json {place}}}}}"), &self.reference(name, tag)]);
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"))
    }

    /// Takes an image out of the engine.
    pub fn forget(&self, name: &str, tag: &str) {
        docker(&["rmi", "--force", &self.reference(name, tag)]);
    }

    /// A file of an image in the engine, read without running anything.
    pub fn file(&self, name: &str, tag: &str, path: &str) -> Option<String> {
        read_file(&self.reference(name, tag), path)
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

    /// stdout and stderr, one after the other.
    pub fn all(&self) -> String {
        format!("{}{}", self.stdout, self.stderr)
    }

    /// `name: action reason` of every action, in order, from a dry run.
    pub fn actions(&self) -> Vec<String> {
        let document = self.json();
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let actions = document["actions"].as_array().unwrap().iter();
        actions.map(|one| format!("{}: {} {}", text(&one["name"]), text(&one["action"]), text(&one["reason"]["code"]))).collect()
    }

    /// All lines that a step of an image wrote, from events.
    pub fn log(&self, name: &str, step: &str) -> Vec<String> {
        let events = self.events();
        let lines = events.iter().filter(|event| event["kind"] == "log" && event["name"] == name && event["step"] == step);
        lines.map(|event| event["line"].as_str().unwrap().to_owned()).collect()
    }

    /// The event that an image is done.
    pub fn finished(&self, name: &str) -> Value {
        let found = self.events().into_iter().find(|event| event["kind"] == "image_finished" && event["name"] == name);
        found.unwrap_or_else(|| panic!("{name} did not finish: {}", self.all()))
    }

    /// What a step that failed said.
    pub fn failure(&self, name: &str, step: &str) -> String {
        let events = self.events();
        let wanted = |event: &&Value| event["kind"] == "step_finished" && event["name"] == name && event["step"] == step;
        let found = events.iter().find(wanted).unwrap_or_else(|| panic!("{name} had no {step}: {}", self.all()));
        assert_eq!(found["outcome"], "failed", "{found}");
        found["message"].as_str().unwrap().to_owned()
    }

    /// The codes of all warnings among the events, sorted.
    pub fn warnings(&self) -> Vec<String> {
        let events = self.events();
        let found = events.iter().filter(|event| event["kind"] == "warning");
        let mut codes: Vec<String> = found.map(|event| event["code"].as_str().unwrap().to_owned()).collect();
        codes.sort();
        codes
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

/// A file of an image in the engine, read without running anything.
fn read_file(image: &str, path: &str) -> Option<String> {
    let container = docker(&["create", "--network", "none", image, "/none"]);
    let mut copy = Command::new("docker");
    copy.arg("--host").arg(engine::url()).args(["cp", &format!("{container}:{path}"), "-"]);
    let output = copy.output().unwrap();
    docker(&["rm", &container]);
    let mut archive = tar::Archive::new(output.stdout.as_slice());
    let mut entry = archive.entries().ok()?.next()?.ok()?;
    let mut text = String::new();
    std::io::Read::read_to_string(&mut entry, &mut text).unwrap();
    Some(text)
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
