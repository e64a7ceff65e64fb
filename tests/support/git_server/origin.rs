//! Repositories as other people keep them, made by git.

use super::git;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// A bare repository in the folder of a server, and a work tree to fill it from.
pub struct Origin {
    /// The bare repository.
    pub bare: PathBuf,
    work: TempDir,
}

impl Origin {
    /// Makes `NAME.git` with a branch `main` and no commit.
    pub fn new(folder: &Path, name: &str) -> Self {
        Self::with_format(folder, name, "sha1")
    }

    /// The same, with ids of that kind.
    pub fn with_format(folder: &Path, name: &str, format: &str) -> Self {
        let origin = Self { bare: folder.join(format!("{name}.git")), work: tempfile::tempdir().unwrap() };
        let format = format!("--object-format={format}");
        let bare = origin.bare.display().to_string();
        origin.git(&["init", "-q", "--bare", "-b", "main", &format, &bare]);
        origin.git(&["init", "-q", "-b", "main", &format, "."]);
        for (key, value) in [("user.name", "Wilma Weber"), ("user.email", "wilma@example.org"), ("commit.gpgSign", "false")] {
            origin.git(&["config", key, value]);
        }
        origin
    }

    /// Runs git in the work tree and returns what it printed.
    pub fn git(&self, arguments: &[&str]) -> String {
        let output = git().current_dir(self.work.path()).args(arguments).output().unwrap();
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }

    /// Writes a file of the work tree.
    pub fn write(&self, path: &str, bytes: impl AsRef<[u8]>) {
        let path = self.work.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }

    /// Makes a link in the work tree.
    pub fn link(&self, path: &str, target: &str) {
        let path = self.work.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        symlink(target, path).unwrap();
    }

    /// Commits all files and pushes the branch; the commit's id.
    pub fn commit(&self, subject: &str) -> String {
        self.git(&["add", "-A", "-f"]);
        self.git(&["commit", "-q", "--allow-empty", "-m", subject]);
        self.push("HEAD:refs/heads/main");
        self.git(&["rev-parse", "HEAD"])
    }

    /// Pushes, past whatever was there.
    pub fn push(&self, what: &str) {
        let bare = self.bare.display().to_string();
        self.git(&["push", "-q", "--force", &bare, what]);
    }
}
