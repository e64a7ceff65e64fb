//! A key of GnuPG that signs, in a folder of its own.

use std::path::Path;
use std::process::{Command, Stdio};
use tempfile::TempDir;

/// The key.
pub struct Signer {
    home: TempDir,
}

impl Signer {
    /// A key of this algorithm; `when` is its first day, `expire` its last one or 0.
    pub fn new(algorithm: &str, when: &str, expire: &str) -> Self {
        let signer = Self { home: tempfile::tempdir().unwrap() };
        signer.run(&["--faked-system-time", when, "--quick-generate-key", "test@example.org", algorithm, "sign", expire]);
        signer
    }

    /// One that is good for long.
    pub fn usual() -> Self {
        Self::new("ed25519", "20240101T000000", "0")
    }

    /// One whose part signs.
    pub fn with_part() -> Self {
        let signer = Self::new("rsa2048", "20240101T000000", "0");
        let listed = signer.run(&["--list-keys", "--with-colons"]);
        let listed = String::from_utf8(listed).unwrap();
        let print = listed.lines().find_map(|line| line.strip_prefix("fpr:::::::::")?.strip_suffix(':')).unwrap().to_owned();
        signer.run(&["--quick-add-key", &print, "ed25519", "sign", "0"]);
        signer
    }

    /// The key as it stands in an image, binary.
    pub fn public(&self) -> Vec<u8> {
        self.run(&["--export"])
    }

    /// The key as text.
    pub fn armored(&self) -> Vec<u8> {
        self.run(&["--armor", "--export"])
    }

    /// Signs inside the text.
    pub fn clear(&self, file: &Path) -> Vec<u8> {
        self.run(&["--output", "-", "--digest-algo", "SHA512", "--clearsign", file.to_str().unwrap()])
    }

    /// Signs beside the file.
    pub fn detached(&self, file: &Path) -> Vec<u8> {
        self.run(&["--output", "-", "--armor", "--detach-sign", file.to_str().unwrap()])
    }

    /// Signs with SHA-1.
    pub fn weak(&self, file: &Path) -> Vec<u8> {
        self.run(&["--output", "-", "--digest-algo", "SHA1", "--clearsign", file.to_str().unwrap()])
    }

    fn run(&self, arguments: &[&str]) -> Vec<u8> {
        let mut command = Command::new("gpg");
        command.arg("--homedir").arg(self.home.path()).args([
            "--batch",
            "--quiet",
            "--yes",
            "--passphrase",
            "",
            "--pinentry-mode",
            "loopback",
        ]);
        let output = command.args(arguments).stdin(Stdio::null()).output().expect("gpg is needed (apt install gnupg)");
        assert!(output.status.success(), "gpg {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        output.stdout
    }
}

impl Drop for Signer {
    fn drop(&mut self) {
        let home = self.home.path();
        let _ = Command::new("gpgconf").arg("--homedir").arg(home).args(["--kill", "all"]).status();
    }
}
