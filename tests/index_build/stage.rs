//! An index, the projects it names, and a registry for what comes out.

use crate::support::catalogue::{Catalogue, Outcome, docker};
use crate::support::engine;
use crate::support::registry::{Registry, RegistryKind};
use serde_json::Value;
use std::fs;
use std::path::PathBuf;
use std::process::Command;

/// An image that runs commands.
pub const BUSYBOX: &str = "FROM scratch\nCOPY busybox /bin/sh\nCOPY note /note\n";

/// The stage of one test.
pub struct Stage {
    pub registry: Registry,
    pub catalogue: Catalogue,
}

impl Stage {
    /// Nothing there yet.
    pub fn new() -> Self {
        let registry = Registry::start(RegistryKind::Plain);
        let mut catalogue = Catalogue::new(&registry.address);
        catalogue.set("COOPERAGE_PUBLISH", "true");
        let stage = Self { registry, catalogue };
        stage.configure("");
        stage
    }

    /// Keys below `cooperage:` beside those that every test needs.
    pub fn configure(&self, more: &str) {
        let text = match more.strip_prefix("index: {") {
            Some(rest) => format!("cooperage:\n  index: {{allow_file_urls: true, {rest}\n"),
            None => format!("cooperage:\n  index: {{allow_file_urls: true}}\n  {more}\n"),
        };
        self.catalogue.configure(&text);
    }

    fn folder(&self, name: &str) -> PathBuf {
        self.catalogue.work().join("projects").join(name)
    }

    /// A project with this Dockerfile, in git.
    pub fn project(&self, name: &str, dockerfile: &str) -> &Self {
        let folder = self.folder(name);
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("Dockerfile"), dockerfile).unwrap();
        fs::write(folder.join("note"), name).unwrap();
        fs::copy(engine::busybox(), folder.join("busybox")).unwrap();
        self.git(name, &["init", "--quiet"]);
        self.commit(name);
        self
    }

    /// Changes a file of a project.
    pub fn change(&self, name: &str, file: &str, text: &str) -> &Self {
        let path = self.folder(name).join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
        self.commit(name);
        self
    }

    /// Renames a file of a project.
    pub fn rename(&self, name: &str, from: &str, to: &str) {
        fs::rename(self.folder(name).join(from), self.folder(name).join(to)).unwrap();
        self.commit(name);
    }

    /// The version tag of an image; it has one.
    pub fn version(&self, image: &str) -> String {
        let tags = self.tags(image);
        tags.iter().find(|tag| tag.matches('-').count() >= 2).unwrap_or_else(|| panic!("{tags:?}")).clone()
    }

    fn commit(&self, name: &str) {
        self.git(name, &["add", "--all"]);
        self.git(name, &["commit", "--quiet", "--message", "A change"]);
    }

    fn git(&self, name: &str, args: &[&str]) -> String {
        let mut command = Command::new("git");
        command.args(["-c", "user.name=Test", "-c", "user.email=test@example.org", "-c", "init.defaultBranch=main"]);
        let output = command.args(args).current_dir(self.folder(name)).env("HOME", self.catalogue.home()).output().unwrap();
        assert!(output.status.success(), "git {args:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }

    /// The commit of a project.
    pub fn commit_of(&self, name: &str) -> String {
        self.git(name, &["rev-parse", "HEAD"])
    }

    /// Writes `index.d/docs.yaml`: name, tag and parents of each entry.
    pub fn index(&self, entries: &[(&str, &str, &str)]) -> &Self {
        self.entries(entries, "")
    }

    /// The same with further keys of each entry.
    pub fn entries(&self, entries: &[(&str, &str, &str)], more: &str) -> &Self {
        let mut text = "Projects:\n".to_owned();
        for (at, (name, tag, parents)) in entries.iter().enumerate() {
            let url = self.folder(name).display().to_string();
            text += &format!(
                "  - id: {}\n    app-id: docs\n    job-id: {name}\n    git-url: file://{url}\n    git-path: /\n    git-branch: main\n    target-file: Dockerfile\n    desired-tag: \"{tag}\"\n    notify-email: owner@example.org\n    build-context: ./\n    depends-on: {parents}\n{more}",
                at + 1
            );
        }
        self.catalogue.write("index.d/docs.yaml", text);
        self
    }

    /// `index build` with its events, and its exit code.
    pub fn build(&self, code: i32, args: &[&str]) -> Outcome {
        self.catalogue.expect(code, &[&["--format", "json", "index", "build"], args].concat())
    }

    /// What Dockerfiles call the image of an entry.
    pub fn floating(&self, image: &str, tag: &str) -> String {
        self.catalogue.reference(image, tag)
    }

    /// The tags of an image, sorted.
    pub fn tags(&self, image: &str) -> Vec<String> {
        self.registry.tags(&self.catalogue.repository(image))
    }

    /// The digest of a tag.
    pub fn digest(&self, image: &str, tag: &str) -> Option<String> {
        self.registry.digest(&self.catalogue.repository(image), tag)
    }

    /// The labels of an image in the engine.
    pub fn labels(&self, image: &str, tag: &str) -> Value {
        docker(&["pull", "--quiet", &self.floating(image, tag)]);
        self.catalogue.inspect(image, tag, ".Config.Labels")
    }

    /// An image from outside, in the registry; made anew with another content by another call.
    pub fn outside(&self, name: &str, content: &str) -> String {
        let reference = format!("{}/outside/{}-{name}:1", self.registry.address, self.catalogue.repository("x").replace('/', "-"));
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("content"), content).unwrap();
        fs::write(folder.path().join("Dockerfile"), "FROM scratch\nCOPY content /content\n").unwrap();
        docker(&["build", "--quiet", "--tag", &reference, folder.path().to_str().unwrap()]);
        docker(&["push", "--quiet", &reference]);
        reference
    }

    /// A catalogue beside the index with one image of its own.
    pub fn own_image(&self, name: &str, version: &str) -> PathBuf {
        let folder = self.catalogue.work().join("own");
        fs::create_dir_all(folder.join(name)).unwrap();
        let changelog = format!(
            "{name} ({version}) bookworm; urgency=medium\n\n  * A change\n\n -- T <t@example.org>  Mon, 02 Nov 2026 10:00:00 +0000\n"
        );
        fs::write(folder.join(name).join("changelog"), changelog).unwrap();
        fs::write(folder.join(name).join("Dockerfile.template"), BUSYBOX.replace("COPY note /note\n", "")).unwrap();
        fs::copy(engine::busybox(), folder.join(name).join("busybox")).unwrap();
        folder
    }

    /// Puts an image of somebody else under a tag.
    pub fn put(&self, image: &str, tag: &str, content: &str) {
        let theirs = self.outside(content, content);
        let target = self.floating(image, tag);
        docker(&["tag", &theirs, &target]);
        docker(&["push", "--quiet", &target]);
        docker(&["rmi", "--force", &target]);
    }

    /// An image that scripts can run in: a busybox with all its names. Its reference.
    pub fn sandbox(&self) -> String {
        let reference = self.catalogue.reference("sandbox", "1");
        let folder = tempfile::tempdir().unwrap();
        fs::copy(engine::busybox(), folder.path().join("busybox")).unwrap();
        let text = "FROM scratch\nCOPY busybox /bin/busybox\nRUN [\"/bin/busybox\", \"--install\", \"/bin\"]\nENV PATH=/bin\n";
        fs::write(folder.path().join("Dockerfile"), text).unwrap();
        docker(&["build", "--quiet", "--tag", &reference, folder.path().to_str().unwrap()]);
        reference
    }
}
