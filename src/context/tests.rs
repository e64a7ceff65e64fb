//! Real folders, staged, hashed, packed and read back.

use super::{ContextError, ContextStats, Ignore, Staged, content_hash, stage, write_tar};
use std::collections::BTreeMap;
use std::fs;
use std::io::Read;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// A repository with a definition in `img`, and a place for copies.
struct Repository {
    top: TempDir,
    into: TempDir,
}

impl Repository {
    fn new(files: &[(&str, &str)]) -> Self {
        let repository = Self { top: tempfile::tempdir().unwrap(), into: tempfile::tempdir().unwrap() };
        fs::create_dir(repository.path("img")).unwrap();
        for (path, text) in files {
            repository.write(path, text);
        }
        repository
    }

    fn path(&self, path: &str) -> PathBuf {
        self.top.path().join(path)
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.path(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn link(&self, target: &str, link: &str) {
        symlink(target, self.path(link)).unwrap();
    }

    fn executable(&self, path: &str) {
        fs::set_permissions(self.path(path), fs::Permissions::from_mode(0o700)).unwrap();
    }

    fn stage(&self) -> Result<Staged, ContextError> {
        stage(&self.path("img"), self.top.path(), "FROM scratch\n", self.into.path())
    }

    fn hash(&self) -> Result<String, ContextError> {
        let ignore = Ignore::load(&self.path("img"))?;
        content_hash(&self.path("img"), self.top.path(), &ignore).map(|digest| digest.to_string())
    }

    /// Paths in the tar, in its order.
    fn sent(&self) -> Vec<String> {
        read_tar(&tar_of(self.stage().unwrap().path()).unwrap()).into_iter().map(|entry| entry.path).collect()
    }
}

#[derive(Debug, PartialEq, Eq)]
struct Sent {
    path: String,
    mode: u32,
    owner: (u64, u64),
    mtime: u64,
    content: String,
    link: Option<String>,
}

fn moment() -> jiff::Timestamp {
    jiff::Timestamp::from_second(1_700_000_000).unwrap()
}

fn tar_of(folder: &Path) -> Result<Vec<u8>, ContextError> {
    let mut out = Vec::new();
    write_tar(folder, &Ignore::load(folder)?, moment(), &mut out, &|| false).map(|_| out)
}

fn read_tar(bytes: &[u8]) -> Vec<Sent> {
    let mut archive = tar::Archive::new(bytes);
    let entries = archive.entries().unwrap().map(|entry| {
        let mut entry = entry.unwrap();
        let mut content = Vec::new();
        entry.read_to_end(&mut content).unwrap();
        let header = entry.header();
        Sent {
            path: String::from_utf8_lossy(&entry.path_bytes()).into_owned(),
            mode: header.mode().unwrap(),
            owner: (header.uid().unwrap(), header.gid().unwrap()),
            mtime: header.mtime().unwrap(),
            content: String::from_utf8_lossy(&content).into_owned(),
            link: entry.link_name().unwrap().map(|link| link.to_string_lossy().into_owned()),
        }
    });
    entries.collect()
}

#[test]
fn the_tar_holds_the_folder_and_the_rendered_dockerfile_in_fixed_form() {
    let repository = Repository::new(&[("img/run.sh", "#!/bin/sh\n"), ("img/a/c", "deep"), ("img/a-b", "x"), ("img/Dockerfile", "old")]);
    repository.executable("img/run.sh");
    fs::create_dir(repository.path("img/empty")).unwrap();
    let staged = repository.stage().unwrap();
    assert_eq!(fs::metadata(staged.path().join("run.sh")).unwrap().permissions().mode() & 0o7777, 0o755);
    let sent = read_tar(&tar_of(staged.path()).unwrap());
    let shown: Vec<_> = sent.iter().map(|entry| (entry.path.as_str(), entry.mode, entry.content.as_str())).collect();
    assert_eq!(
        shown,
        [
            ("Dockerfile", 0o644, "FROM scratch\n"),
            ("a/", 0o755, ""),
            ("a-b", 0o644, "x"),
            ("a/c", 0o644, "deep"),
            ("empty/", 0o755, ""),
            ("run.sh", 0o755, "#!/bin/sh\n"),
        ]
    );
    assert!(sent.iter().all(|entry| entry.owner == (0, 0) && entry.mtime == 1_700_000_000 && entry.link.is_none()));
}

#[test]
fn two_copies_of_a_folder_give_the_same_bytes_and_the_same_hash() {
    let files = [("img/b", "2"), ("img/a/x", "1"), ("img/c.sh", "3"), ("common/t", "4")];
    let make = |order: &[usize]| {
        let repository = Repository::new(&[]);
        for at in order {
            repository.write(files[*at].0, files[*at].1);
        }
        repository.link("../common", "img/common");
        repository.executable("img/c.sh");
        repository
    };
    let (one, two) = (make(&[0, 1, 2, 3]), make(&[3, 2, 1, 0]));
    let old = std::time::SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(1_000_000);
    fs::File::options().write(true).open(two.path("img/b")).unwrap().set_modified(old).unwrap();
    fs::set_permissions(two.path("img/b"), fs::Permissions::from_mode(0o600)).unwrap();
    fs::set_permissions(two.path("img/a"), fs::Permissions::from_mode(0o700)).unwrap();
    // Only root may give files away; for others the owners are equal already.
    let _ = std::os::unix::fs::chown(two.path("img/b"), Some(1234), Some(1234));
    let tar = |repository: &Repository| tar_of(repository.stage().unwrap().path()).unwrap();
    assert_eq!(tar(&one), tar(&two));
    assert_eq!(one.hash().unwrap(), two.hash().unwrap());
}

#[test]
fn links_are_resolved_as_long_as_they_stay_in_the_repository() {
    let repository = Repository::new(&[("run.sh", "up"), ("common/test/lib.sh", "lib"), ("img/own", "own")]);
    repository.executable("run.sh");
    repository.link("../run.sh", "img/run.sh");
    repository.link("../common/test", "img/test");
    repository.link("own", "img/alias");
    repository.link("../../run.sh", "common/test/again.sh");
    let sent = read_tar(&tar_of(repository.stage().unwrap().path()).unwrap());
    let by_path: BTreeMap<_, _> = sent.iter().map(|entry| (entry.path.as_str(), entry)).collect();
    assert!(sent.iter().all(|entry| entry.link.is_none()));
    assert_eq!((by_path["run.sh"].content.as_str(), by_path["run.sh"].mode), ("up", 0o755));
    assert_eq!(by_path["test/lib.sh"].content, "lib");
    assert_eq!((by_path["test/again.sh"].content.as_str(), by_path["test/again.sh"].mode), ("up", 0o755));
    assert_eq!(by_path["alias"].content, "own");
    let before = repository.hash().unwrap();
    repository.write("common/test/lib.sh", "changed");
    assert_ne!(before, repository.hash().unwrap());
}

/// What both staging and hashing say; they must agree.
fn refusal(repository: &Repository) -> ContextError {
    let error = repository.stage().unwrap_err();
    assert_eq!(error.to_string(), repository.hash().unwrap_err().to_string());
    error
}

#[test]
fn a_link_that_leaves_dangles_or_loops_is_refused_by_name() {
    let refused = |target: &str, link: &str| {
        let repository = Repository::new(&[("img/a/file", ""), ("b/file", "")]);
        repository.link("../../img/a", "b/back");
        repository.link(target, link);
        let error = refusal(&repository);
        let text = error.to_string();
        assert!(text.contains(&format!("{}/{link} points to {target},", repository.top.path().display())), "{text}");
        assert!(repository.into.path().read_dir().unwrap().next().is_none());
        error
    };
    for target in ["/etc/hostname", "../..", "../../"] {
        assert!(matches!(refused(target, "img/out"), ContextError::Leaves { .. }), "{target}");
    }
    assert!(matches!(refused("nowhere", "img/a/dead"), ContextError::Dangling { .. }));
    assert!(matches!(refused("file/deeper", "img/a/dead"), ContextError::Dangling { .. }));
    for (target, link) in [("self", "img/self"), (".", "img/here"), ("..", "img/a/up"), ("../..", "img/a/top"), ("..", "img/top")] {
        assert!(matches!(refused(target, link), ContextError::Loop { .. }), "{target}");
    }
    let round = Repository::new(&[("img/a/file", ""), ("b/file", "")]);
    round.link("../../b", "img/a/b");
    round.link("../img/a", "b/a");
    assert!(matches!(refusal(&round), ContextError::Loop { .. }));
}

#[test]
fn what_cannot_be_sent_is_refused_unless_it_is_ignored() {
    let repository = Repository::new(&[("img/a/file", "")]);
    let socket = std::os::unix::net::UnixListener::bind(repository.path("img/a/s")).unwrap();
    let error = refusal(&repository);
    assert!(matches!(&error, ContextError::Special { kind: "socket", path } if path.ends_with("img/a/s")), "{error}");
    repository.link("nowhere", "img/.#lock");
    repository.write("img/.dockerignore", "a/s\n.#*\n");
    assert_eq!(repository.sent(), [".dockerignore", "Dockerfile", "a/", "a/file"]);
    // prebuild.sh may need what is ignored, but nobody can copy a socket.
    repository.write("img/prebuild.sh", "");
    let staged = repository.stage().unwrap();
    assert!(staged.path().join("a/file").exists() && !staged.path().join("a/s").exists());
    repository.hash().unwrap();
    drop(socket);
}

#[test]
fn a_named_pipe_is_refused_and_not_waited_for() {
    let repository = Repository::new(&[]);
    let made = std::process::Command::new("mkfifo").arg(repository.path("img/pipe")).status().unwrap();
    assert!(made.success());
    assert!(matches!(refusal(&repository), ContextError::Special { kind: "named pipe", .. }));
}

#[test]
fn ignored_files_are_not_sent_but_prebuild_sees_them() {
    let repository = Repository::new(&[("img/src/x.c", "1"), ("img/src/keep/y", "2"), ("img/.dockerignore", "src\n!src/keep/y\n*.sh\n")]);
    assert_eq!(repository.sent(), [".dockerignore", "Dockerfile", "src/", "src/keep/", "src/keep/y"]);
    assert!(!repository.stage().unwrap().path().join("src/x.c").exists());
    let hash = repository.hash().unwrap();
    repository.write("img/src/x.c", "other");
    assert_eq!(hash, repository.hash().unwrap());

    repository.write("img/prebuild.sh", "cc src/x.c");
    assert!(repository.stage().unwrap().path().join("src/x.c").exists());
    assert_eq!(repository.sent(), [".dockerignore", "Dockerfile", "src/", "src/keep/", "src/keep/y"]);
    let hash = repository.hash().unwrap();
    repository.write("img/src/x.c", "again");
    assert_ne!(hash, repository.hash().unwrap());
}

#[test]
fn the_hash_sees_what_counts_and_nothing_else() {
    let repository = Repository::new(&[("img/a", "1"), ("img/sub/changelog", "s")]);
    let mut seen = vec![repository.hash().unwrap()];
    for (path, text) in [("Dockerfile", "x"), (".git/HEAD", "x")] {
        repository.write(&format!("img/{path}"), text);
        assert_eq!(repository.hash().unwrap(), seen[0], "{path}");
    }
    let steps: [&dyn Fn(); 6] = [
        &|| repository.write("img/a", "2"),
        &|| repository.executable("img/a"),
        &|| fs::rename(repository.path("img/a"), repository.path("img/b")).unwrap(),
        &|| fs::create_dir(repository.path("img/empty")).unwrap(),
        &|| repository.write("img/sub/changelog", "t"),
        &|| repository.write("img/.dockerignore", "b"),
    ];
    for (number, step) in steps.iter().enumerate() {
        step();
        let hash = repository.hash().unwrap();
        assert!(!seen.contains(&hash), "step {number} is not seen");
        seen.push(hash);
    }
}

#[test]
fn links_made_by_prebuild_stay_links_when_they_mean_something_in_the_image() {
    let repository = Repository::new(&[("img/a/file", "")]);
    let staged = repository.stage().unwrap();
    let path = staged.path();
    for (target, link) in [("file", "a/beside"), ("../Dockerfile", "a/up"), ("../missing", "a/dead"), ("/run", "a/run")] {
        symlink(target, path.join(link)).unwrap();
    }
    let links = |bytes: &[u8]| read_tar(bytes).into_iter().filter_map(|entry| Some((entry.path, entry.link?))).collect::<Vec<_>>();
    let found = links(&tar_of(path).unwrap());
    let shown: Vec<_> = found.iter().map(|(path, link)| (path.as_str(), link.as_str())).collect();
    assert_eq!(shown, [("a/beside", "file"), ("a/dead", "../missing"), ("a/run", "/run"), ("a/up", "../Dockerfile")]);

    symlink("../../out", path.join("a/out")).unwrap();
    let error = tar_of(path).unwrap_err();
    assert!(matches!(&error, ContextError::Leaves { link, .. } if link.ends_with("a/out")), "{error}");
    fs::remove_file(path.join("a/out")).unwrap();
    symlink(path.join("a/file"), path.join("a/copy")).unwrap();
    let error = tar_of(path).unwrap_err();
    assert!(matches!(&error, ContextError::IntoCopy { link, .. } if link.ends_with("a/copy")), "{error}");
}

#[test]
fn long_and_odd_names_survive() {
    let long = format!("img/{}/{}", "d".repeat(120), "f".repeat(200));
    let repository = Repository::new(&[(&long, "x"), ("img/a b\n'\"", "y")]);
    let odd = repository.path("img").join(std::ffi::OsStr::from_bytes(b"bad\xff"));
    fs::write(odd, "z").unwrap();
    let sent = read_tar(&tar_of(repository.stage().unwrap().path()).unwrap());
    assert!(sent.iter().any(|entry| format!("img/{}", entry.path) == long && entry.content == "x"));
    assert!(sent.iter().any(|entry| entry.path == "a b\n'\"" && entry.content == "y"));
    assert!(sent.iter().any(|entry| entry.content == "z"));
    repository.hash().unwrap();
}

#[test]
fn a_file_that_changes_while_it_is_sent_is_an_error() {
    for grows in [true, false] {
        let repository = Repository::new(&[]);
        let staged = repository.stage().unwrap();
        let path = staged.path().join("big");
        fs::write(&path, vec![7; 100_000]).unwrap();
        let asked = std::cell::Cell::new(0);
        // Asked once for each entry and once before each read: the fourth time the file is open and its length is in the header.
        let meddle = || {
            asked.set(asked.get() + 1);
            let file = fs::File::options().write(true).open(&path).unwrap();
            match (asked.get() >= 6, grows) {
                (true, true) => file.set_len(200_000).unwrap(),
                (true, false) => file.set_len(10).unwrap(),
                _ => {}
            }
            false
        };
        let error = write_tar(staged.path(), &Ignore::default(), moment(), &mut std::io::sink(), &meddle).unwrap_err();
        assert!(matches!(&error, ContextError::Changed { path } if path.ends_with("big")), "{error}");
    }
}

#[test]
fn a_full_disk_and_a_cancel_end_the_writing() {
    struct Full;
    impl std::io::Write for Full {
        fn write(&mut self, _: &[u8]) -> std::io::Result<usize> {
            Err(std::io::ErrorKind::StorageFull.into())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let repository = Repository::new(&[("img/a", "1")]);
    let staged = repository.stage().unwrap();
    let ignore = Ignore::default();
    assert!(matches!(write_tar(staged.path(), &ignore, moment(), &mut Full, &|| false), Err(ContextError::Output { .. })));
    assert!(matches!(write_tar(staged.path(), &ignore, moment(), &mut std::io::sink(), &|| true), Err(ContextError::Cancelled)));
    let stats = write_tar(staged.path(), &ignore, moment(), &mut std::io::sink(), &|| false).unwrap();
    assert_eq!(stats, ContextStats { files: 2, bytes: 14 });
}

#[test]
fn a_folder_named_dockerfile_is_refused() {
    let repository = Repository::new(&[("img/Dockerfile/x", "")]);
    assert!(matches!(repository.stage(), Err(ContextError::DockerfileIsFolder { .. })));
}

#[test]
fn a_copy_is_gone_when_it_is_dropped() {
    let repository = Repository::new(&[("img/a", "1")]);
    let staged = repository.stage().unwrap();
    let path = staged.path().to_owned();
    assert!(path.join("a").exists());
    drop(staged);
    assert!(!path.exists());
}
