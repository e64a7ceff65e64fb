//! Repositories of other people: fetched over smart HTTP and `git daemon` on loopback, from servers that misbehave, and
//! with what people may put into them.

#[path = "index_fetch/cache.rs"]
mod cache;
#[path = "index_fetch/hostile.rs"]
mod hostile;
#[path = "index_fetch/refused.rs"]
mod refused;
mod support;

use cooperage::git::{FetchError, Fetched, Kind, RemoteOptions, Remotes};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;
use support::git_server::origin::Origin;
use support::git_server::{GitDaemon, GitServer, Talk, git};
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;

/// A cache, and who fills it.
struct Desk {
    cache: TempDir,
}

impl Desk {
    fn new() -> Self {
        Self { cache: tempfile::tempdir().unwrap() }
    }

    fn options(&self) -> RemoteOptions {
        let cache = self.cache.path().join("git");
        RemoteOptions { cache, time_limit: Duration::from_secs(120), max_bytes: 64 << 20, allow_file: false, parallel: 4 }
    }

    fn remotes(&self) -> Remotes {
        Remotes::new(self.options())
    }

    async fn fetch(&self, url: &str, revision: &str) -> Result<Fetched, FetchError> {
        self.remotes().fetch(url, revision, &CancellationToken::new()).await
    }

    /// All files below the cache.
    fn files(&self) -> Vec<PathBuf> {
        fn walk(folder: &Path, found: &mut Vec<PathBuf>) {
            for item in fs::read_dir(folder).into_iter().flatten().flatten() {
                if item.file_type().unwrap().is_dir() { walk(&item.path(), found) } else { found.push(item.path()) }
            }
        }
        let mut found = Vec::new();
        walk(self.cache.path(), &mut found);
        found
    }

    /// The repositories in the cache.
    fn repositories(&self) -> Vec<PathBuf> {
        self.files().into_iter().filter(|path| path.ends_with("HEAD")).map(|path| path.parent().unwrap().to_owned()).collect()
    }
}

/// Bytes that cannot be packed smaller.
fn noise(length: usize) -> Vec<u8> {
    let mut bytes = vec![0; length];
    fastrand::Rng::new().fill(&mut bytes);
    bytes
}

/// A project with two commits on `main`, the first of them also a tag, and an annotated tag at the second.
fn project(folder: &Path) -> (Origin, String, String) {
    let origin = Origin::new(folder, "project");
    origin.write("images/tool/Dockerfile", "FROM scratch\n");
    let first = origin.commit("The first one");
    origin.git(&["tag", "v1"]);
    origin.write("images/tool/cccp.yml", "job-id: tool\n");
    let second = origin.commit("Say who we are: ümläut");
    origin.git(&["tag", "-a", "-m", "two", "v2"]);
    origin.push("refs/tags/*:refs/tags/*");
    (origin, first, second)
}

#[tokio::test]
async fn a_branch_a_tag_and_a_commit_are_fetched_and_read_without_a_work_tree() {
    let (server, desk) = (GitServer::start(Talk::New), Desk::new());
    let (_origin, first, second) = project(server.folder.path());
    let url = server.url("project");
    for (revision, commit) in [
        ("main", &second),
        ("HEAD", &second),
        ("refs/heads/main", &second),
        ("v1", &first),
        ("v2", &second),
        (first.as_str(), &first),
        (&first[..9], &first),
        (&second[..7], &second),
    ] {
        let fetched = desk.fetch(&url, revision).await.unwrap();
        assert_eq!((&fetched.commit, fetched.revision.as_str(), &fetched.url), (commit, revision, &url));
    }
    let fetched = desk.fetch(&url, "main").await.unwrap();
    assert_eq!((fetched.author.as_str(), fetched.subject.as_str()), ("Wilma Weber", "Say who we are: ümläut"));
    assert!(fetched.committed.as_second() > 1_500_000_000);
    assert_eq!(fetched.kind("images/tool").unwrap(), Some(Kind::Folder));
    assert_eq!(fetched.kind("/images//tool/Dockerfile").unwrap(), Some(Kind::File));
    assert_eq!(fetched.kind("Dockerfile").unwrap(), None);
    assert_eq!(fetched.read("images/tool/cccp.yml", 100).unwrap().unwrap(), b"job-id: tool\n");
    assert_eq!(fetched.read("images/tool", 100).unwrap(), None);
    assert!(fetched.read("images/tool/cccp.yml", 5).unwrap_err().to_string().contains("13 bytes"));
    assert_eq!(desk.fetch(&url, "v1").await.unwrap().kind("images/tool/cccp.yml").unwrap(), None);
}

#[tokio::test]
async fn git_daemon_serves_as_well() {
    let (folder, desk) = (tempfile::tempdir().unwrap(), Desk::new());
    let (_origin, first, second) = project(folder.path());
    let daemon = GitDaemon::start(folder.path());
    assert_eq!(desk.fetch(&daemon.url("project"), "main").await.unwrap().commit, second);
    assert_eq!(desk.fetch(&daemon.url("project"), &first).await.unwrap().commit, first);
    let error = desk.fetch(&daemon.url("nobody"), "main").await.unwrap_err();
    assert!(matches!(error, FetchError::NotFound { .. }), "{error}");
}

#[tokio::test]
async fn a_server_that_gives_no_commit_by_its_id_is_asked_for_the_history() {
    let (server, desk) = (GitServer::start(Talk::Old), Desk::new());
    let (origin, first, second) = project(server.folder.path());
    let middle = second;
    origin.write("more", "more");
    origin.commit("The third one");
    origin.push(":refs/tags/v2");
    let url = server.url("project");
    assert_eq!(desk.fetch(&url, &middle).await.unwrap().commit, middle);
    assert_eq!(desk.fetch(&url, &middle[..8]).await.unwrap().commit, middle);
    let fetched = desk.fetch(&url, &first).await.unwrap();
    assert_eq!((&fetched.commit, fetched.kind("more").unwrap()), (&first, None));
    for unknown in ["0123456789012345678901234567890123456789", "0123456"] {
        let error = desk.fetch(&url, unknown).await.unwrap_err();
        assert!(matches!(&error, FetchError::UnknownRevision { .. }) && error.to_string().contains("no branch or tag leads to"), "{error}");
    }
}

#[tokio::test]
async fn repositories_with_long_ids_are_fetched() {
    let (server, desk, out) = (GitServer::start(Talk::New), Desk::new(), tempfile::tempdir().unwrap());
    let origin = Origin::with_format(server.folder.path(), "long", "sha256");
    origin.write("a", "a");
    let commit = origin.commit("One");
    let fetched = desk.fetch(&server.url("long"), "main").await.unwrap();
    assert_eq!((fetched.commit.len(), &fetched.commit), (64, &commit));
    fetched.checkout(&out.path().join("tree"), &CancellationToken::new()).await.unwrap();
    assert_eq!(fs::read_to_string(out.path().join("tree/a")).unwrap(), "a");
}

#[tokio::test]
async fn a_work_tree_is_the_commit_and_nothing_more() {
    let (server, desk, out) = (GitServer::start(Talk::New), Desk::new(), tempfile::tempdir().unwrap());
    let (_origin, _, second) = project(server.folder.path());
    let fetched = desk.fetch(&server.url("project"), "main").await.unwrap();
    let tree = out.path().join("a b/tree");
    fetched.checkout(&tree, &CancellationToken::new()).await.unwrap();
    assert_eq!(fs::read_to_string(tree.join("images/tool/Dockerfile")).unwrap(), "FROM scratch\n");
    let ask = |arguments: &[&str]| {
        let output = git().arg("-C").arg(&tree).args(arguments).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    };
    assert_eq!(ask(&["rev-parse", "HEAD"]), second);
    assert_eq!((ask(&["status", "--porcelain"]).as_str(), ask(&["rev-list", "--count", "HEAD"]).as_str()), ("", "1"));
    assert_eq!(ask(&["config", "remote.origin.url"]), server.url("project"));
    assert!(!tree.join(".git/hooks").exists());
    let occupied = fetched.checkout(&tree, &CancellationToken::new()).await.unwrap_err();
    assert!(matches!(occupied, FetchError::Occupied(_)));
    assert!(tree.join("images").exists(), "what was there stays");
}
