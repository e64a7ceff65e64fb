//! What strangers may write into an index and into their repositories.

use super::*;
use std::io::{Seek as _, Write as _};

#[tokio::test]
async fn addresses_start_no_program_and_read_no_file_of_ours() {
    let (folder, desk) = (tempfile::tempdir().unwrap(), Desk::new());
    let (origin, ..) = project(folder.path());
    let (bare, marker) = (origin.bare.display().to_string(), folder.path().join("marker"));
    let touch = format!("touch${{IFS}}{}", marker.display());
    for url in [
        format!("ext::{touch}"),
        format!("ext::sh -c {touch}"),
        format!("--upload-pack={touch}"),
        format!("-u{touch}"),
        format!("ssh://-oProxyCommand={touch}/x"),
        format!("-oProxyCommand={touch}:x"),
        format!("git@-oProxyCommand={touch}:x"),
        "fd::0".to_owned(),
        format!("file://{bare}"),
        bare.clone(),
        format!("file::{bare}"),
        "https://h.example/a\n--upload-pack=x".to_owned(),
    ] {
        let error = desk.fetch(&url, "main").await.unwrap_err();
        assert!(matches!(error, FetchError::Address { .. } | FetchError::Transport { .. }), "{url}: {error}");
    }
    assert!(!marker.exists() && desk.files().is_empty());
    let remotes = Remotes::new(RemoteOptions { allow_file: true, ..desk.options() });
    for url in [format!("file://{bare}"), bare.clone()] {
        remotes.fetch(&url, "main", &CancellationToken::new()).await.unwrap();
    }
}

#[tokio::test]
async fn names_of_branches_are_names_whatever_a_shell_makes_of_them() {
    let (server, desk, out) = (GitServer::start(Talk::New), Desk::new(), tempfile::tempdir().unwrap());
    let (origin, _, second) = project(server.folder.path());
    let url = server.url("project");
    for (at, branch) in ["$(touch${IFS}marker)", "a;touch|marker&", "`touch`", "it's\"quoted\"", "+plus", "#hash!", "ümläut", "v1/-x"]
        .into_iter()
        .enumerate()
    {
        origin.push(&format!("HEAD:refs/heads/{branch}"));
        let fetched = desk.fetch(&url, branch).await.unwrap();
        assert_eq!((fetched.commit.as_str(), fetched.revision.as_str()), (second.as_str(), branch));
        fetched.checkout(&out.path().join(at.to_string()), &CancellationToken::new()).await.unwrap();
    }
    origin.push("HEAD:refs/heads/-x");
    for revision in ["-x", "--upload-pack=x", "main:refs/heads/x", "../x", "main~1", "main\u{1}", "*"] {
        let error = desk.fetch(&url, revision).await.unwrap_err();
        assert!(matches!(error, FetchError::UnknownRevision { .. }), "{revision}: {error}");
    }
}

#[tokio::test]
async fn links_are_never_followed_out_of_the_clone_and_stay_links() {
    let (server, desk, out) = (GitServer::start(Talk::New), Desk::new(), tempfile::tempdir().unwrap());
    let (origin, ..) = project(server.folder.path());
    for (path, target) in [
        ("passwd", "/etc/passwd"),
        ("up", "../../../../etc/passwd"),
        ("etc", "/etc"),
        ("here", "images/tool"),
        ("loop", "loop"),
        ("gone", "x"),
    ] {
        origin.link(path, target);
    }
    origin.commit("Links");
    let fetched = desk.fetch(&server.url("project"), "main").await.unwrap();
    for path in ["passwd", "up", "etc", "etc/passwd", "loop", "gone"] {
        assert_eq!(fetched.kind(path).unwrap(), Some(Kind::Link), "{path}");
        assert_eq!(fetched.read(path, 1 << 20).unwrap(), None, "{path}");
    }
    assert_eq!(fetched.kind("here").unwrap(), Some(Kind::Folder));
    assert!(fetched.read("here/Dockerfile", 100).unwrap().is_some());
    let tree = out.path().join("tree");
    fetched.checkout(&tree, &CancellationToken::new()).await.unwrap();
    assert_eq!(fs::read_link(tree.join("passwd")).unwrap(), Path::new("/etc/passwd"));
    assert_eq!(fs::read_link(tree.join("up")).unwrap(), Path::new("../../../../etc/passwd"));
    let tree = tree.canonicalize().unwrap();
    for nowhere in ["gone", "loop"] {
        fs::remove_file(tree.join(nowhere)).unwrap();
    }
    let refused = cooperage::context::stage(&tree, &tree, "FROM scratch\n", &out.path().join("context")).unwrap_err();
    assert!(matches!(refused, cooperage::context::ContextError::Leaves { .. }), "{refused}");
}

#[tokio::test]
async fn files_are_written_as_they_were_committed() {
    let (server, desk, out) = (GitServer::start(Talk::New), Desk::new(), tempfile::tempdir().unwrap());
    let origin = Origin::new(server.folder.path(), "attributes");
    origin.write("script.sh", "echo '$Id$'\n");
    origin.commit("Before attributes");
    origin.write(".gitattributes", "* text eol=crlf ident filter=lfs\nwide working-tree-encoding=UTF-16\n");
    origin.write(".gitmodules", "[submodule \"x\"]\n\tpath = x\n\turl = https://h.example/x\n");
    origin.git(&["update-index", "--add", "--cacheinfo", "160000,0123456789012345678901234567890123456789,x"]);
    fs::create_dir_all(out.path().join("x")).unwrap();
    origin.git(&["add", ".gitattributes", ".gitmodules"]);
    origin.git(&["commit", "-q", "-m", "With attributes and a submodule"]);
    origin.push("HEAD:refs/heads/main");
    let fetched = desk.fetch(&server.url("attributes"), "main").await.unwrap();
    assert_eq!(fetched.kind("x").unwrap(), Some(Kind::Folder));
    let tree = out.path().join("tree");
    fetched.checkout(&tree, &CancellationToken::new()).await.unwrap();
    assert_eq!(fs::read_to_string(tree.join("script.sh")).unwrap(), "echo '$Id$'\n");
    assert_eq!(fs::read_dir(tree.join("x")).unwrap().count(), 0);
}

#[tokio::test]
async fn a_tree_that_holds_settings_of_git_is_refused() {
    let (server, desk) = (GitServer::start(Talk::New), Desk::new());
    let (origin, ..) = project(server.folder.path());
    let blob = origin.git(&["rev-parse", "HEAD:images/tool/Dockerfile"]);
    let inner = tree(&origin, &format!("100644 blob {blob}\tconfig\n"));
    let outer = tree(&origin, &format!("040000 tree {inner}\t.git\n"));
    branch(&origin, "evil", &outer);
    let error = desk.fetch(&server.url("project"), "evil").await.unwrap_err();
    assert!(matches!(error, FetchError::Git { .. }) && error.to_string().contains("hasDotgit"), "{error}");
}

#[tokio::test]
async fn a_few_objects_that_are_a_thousand_million_files_are_refused() {
    let (server, desk) = (GitServer::start(Talk::New), Desk::new());
    let (origin, ..) = project(server.folder.path());
    let blob = origin.git(&["rev-parse", "HEAD:images/tool/Dockerfile"]);
    let folder = |kind: &str, id: &str| (0..10).map(|n| format!("{kind} {id}\tname{n}\n")).collect::<String>();
    let mut id = tree(&origin, &folder("100644 blob", &blob));
    for _ in 0..8 {
        id = tree(&origin, &folder("040000 tree", &id));
    }
    branch(&origin, "bomb", &id);
    let error = desk.fetch(&server.url("project"), "bomb").await.unwrap_err();
    assert!(matches!(error, FetchError::TooLarge { .. }), "{error}");
}

/// Makes a tree of lines as `git ls-tree` prints them.
fn tree(origin: &Origin, lines: &str) -> String {
    let mut list = tempfile::tempfile().unwrap();
    list.write_all(lines.as_bytes()).unwrap();
    list.rewind().unwrap();
    let bare = origin.bare.display().to_string();
    let output = git().args(["--git-dir", &bare, "mktree"]).stdin(list).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

/// A branch of one commit that holds the tree, made where nobody looks at it.
fn branch(origin: &Origin, name: &str, tree: &str) {
    let bare = origin.bare.display().to_string();
    let user = ["-c", "user.name=M", "-c", "user.email=m@example.org", "--git-dir", &bare];
    let output = git().args(user).args(["commit-tree", "-m", name, tree]).output().unwrap();
    let commit = String::from_utf8(output.stdout).unwrap().trim().to_owned();
    let done = git().args(["--git-dir", &bare, "update-ref", &format!("refs/heads/{name}"), &commit]).status().unwrap();
    assert!(done.success());
}
