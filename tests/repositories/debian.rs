//! An apt repository of small packages, made by dpkg-deb.

use super::signer::Signer;
use super::support::site::Site;
use sha2::{Digest as _, Sha256};
use std::fs;
use std::path::Path;
use std::process::Command;

/// The bytes of a package's paragraph in a list, made from a package that dpkg-deb has built.
fn paragraph(name: &str, version: &str, arch: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    let control = folder.path().join("p/DEBIAN/control");
    fs::create_dir_all(control.parent().unwrap()).unwrap();
    let text =
        format!("Package: {name}\nVersion: {version}\nArchitecture: {arch}\nMaintainer: T <t@example.org>\nDescription: a test\n more\n");
    fs::write(&control, text).unwrap();
    run(Command::new("dpkg-deb").args(["--build", "-Znone", "p", "p.deb"]).current_dir(&folder));
    let fields = run(Command::new("dpkg-deb").args(["--field", "p.deb"]).current_dir(&folder));
    let size = fs::metadata(folder.path().join("p.deb")).unwrap().len();
    format!("{}\nFilename: pool/{name}.deb\nSize: {size}\n\n", String::from_utf8(fields).unwrap().trim_end())
}

pub fn run(command: &mut Command) -> Vec<u8> {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?} is needed: {error}"));
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    output.stdout
}

/// A suite that is written.
pub struct Suite<'a> {
    pub site: &'a Site,
    /// Its folder below the site: `debian/dists/x`, or that of a flat repository.
    pub folder: &'a str,
    /// Path of the list below the folder.
    pub list: &'a str,
    /// Further fields of the release.
    pub fields: &'a str,
}

impl Suite<'_> {
    /// Writes the list in these forms, with its digests. The plain list is never served, as on real mirrors.
    pub fn write(&self, packages: &[(&str, &str, &str)], forms: &[&str]) -> String {
        let text: String = packages.iter().map(|(name, version, arch)| paragraph(name, version, arch)).collect();
        let plain = self.site.put(&format!("{}/{}", self.folder, self.list), &text);
        let mut sums = sum(text.as_bytes(), self.list);
        for form in forms {
            let (program, ending) = match *form {
                "xz" => (["xz", "-k"], "xz"),
                "zst" => (["zstd", "-q"], "zst"),
                _ => (["gzip", "-k"], "gz"),
            };
            run(Command::new(program[0]).arg(program[1]).arg(&plain));
            let list = format!("{}.{ending}", self.list);
            sums.push_str(&sum(&fs::read(self.site.folder.path().join(self.folder).join(&list)).unwrap(), &list));
        }
        fs::remove_file(&plain).unwrap();
        let release = format!("Suite: test\n{}Date: Thu, 01 Jan 2026 00:00:00 UTC\nSHA256:\n{sums}", self.fields);
        self.site.put(&format!("{}/Release", self.folder), &release);
        release
    }

    /// Signs the release inside its text, and takes the one without away.
    pub fn sign(&self, signer: &Signer) {
        let release = self.path("Release");
        self.site.put(&format!("{}/InRelease", self.folder), signer.clear(&release));
        fs::remove_file(release).unwrap();
    }

    pub fn path(&self, name: &str) -> std::path::PathBuf {
        Path::new(self.site.folder.path()).join(self.folder).join(name)
    }
}

fn sum(bytes: &[u8], path: &str) -> String {
    let hex: String = Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect();
    format!(" {hex} {} {path}\n", bytes.len())
}
