//! Servers that say no, say nothing, or say too much.

use super::support::faults::Action;
use super::*;
use std::os::unix::fs::PermissionsExt as _;

#[tokio::test]
async fn what_a_server_says_becomes_a_kind_with_a_way_out() {
    let (server, desk) = (GitServer::start(Talk::New), Desk::new());
    let (_origin, first, _) = project(server.folder.path());
    let url = server.url("project");
    let basic = [("WWW-Authenticate", "Basic realm=\"x\"")];
    for (action, kind, said) in [
        (Action::reply(401, &basic, ""), "Refused", "without signing in"),
        (Action::status(403), "Refused", "without signing in"),
        (Action::status(404), "NotFound", "no such repository"),
        (Action::status(503), "Unreachable", "try again later"),
        (Action::Close, "Unreachable", "try again later"),
        (Action::CutResponse(300), "Unreachable", "try again later"),
    ] {
        server.faults.clear();
        server.faults.on("*", "", action);
        let error = desk.fetch(&url, "main").await.unwrap_err();
        assert!(format!("{error:?}").starts_with(kind) && error.to_string().contains(said), "{error:?}");
        assert!(error.to_string().starts_with(&url), "{error}");
    }
    server.faults.clear();
    // The objects, and not what is said before them.
    server.faults.on("POST", "", Action::CutResponse(400));
    let error = desk.fetch(&url, &first).await.unwrap_err();
    assert!(matches!(error, FetchError::Unreachable { .. }), "{error:?}");
    server.faults.stop();
    let ssh = format!("ssh://git@{}/project.git", server.faults.address);
    assert!(matches!(desk.fetch(&ssh, "main").await, Err(FetchError::Unreachable { .. })));
    assert!(matches!(desk.fetch(&url, "main").await, Err(FetchError::Unreachable { .. })));
    assert!(desk.repositories().is_empty(), "what was begun is gone");
}

#[tokio::test]
async fn a_server_that_hangs_is_left_after_the_time() {
    let (server, desk) = (GitServer::start(Talk::New), Desk::new());
    project(server.folder.path());
    server.faults.on("*", "", Action::Delay(Duration::from_secs(3600)));
    let remotes = Remotes::new(RemoteOptions { time_limit: Duration::from_millis(500), ..desk.options() });
    let error = remotes.fetch(&server.url("project"), "main", &CancellationToken::new()).await.unwrap_err();
    assert!(matches!(error, FetchError::Timeout { .. }) && error.to_string().contains("within 0.5 s"), "{error}");
    server.faults.clear();
}

#[tokio::test]
async fn more_than_allowed_is_stopped_while_it_arrives() {
    let (server, desk) = (GitServer::start(Talk::New), Desk::new());
    let origin = Origin::new(server.folder.path(), "large");
    origin.write("noise", noise(8 << 20));
    origin.commit("Noise");
    // All of it would take longer than the time that is allowed.
    server.faults.on("POST", "upload-pack", Action::Slow(1024, Duration::from_millis(20)));
    let remotes = Remotes::new(RemoteOptions { max_bytes: 100 << 10, ..desk.options() });
    let error = remotes.fetch(&server.url("large"), "main", &CancellationToken::new()).await.unwrap_err();
    assert!(matches!(error, FetchError::TooLarge { most: 102_400, .. }), "{error}");
    assert!(desk.files().iter().all(|path| !path.to_string_lossy().contains("tmp_")), "{:?}", desk.files());
    server.faults.clear();
}

#[tokio::test]
async fn a_work_tree_larger_than_allowed_is_not_written() {
    let (server, desk, out) = (GitServer::start(Talk::New), Desk::new(), tempfile::tempdir().unwrap());
    let origin = Origin::new(server.folder.path(), "zeros");
    origin.write("zeros", vec![0; 8 << 20]);
    origin.commit("Compressed it is small");
    let remotes = Remotes::new(RemoteOptions { max_bytes: 1 << 20, ..desk.options() });
    let never = CancellationToken::new();
    let fetched = remotes.fetch(&server.url("zeros"), "main", &never).await.unwrap();
    let error = fetched.checkout(&out.path().join("tree"), &never).await.unwrap_err();
    assert!(matches!(error, FetchError::TooLarge { what: "its work tree", .. }), "{error}");
    assert_eq!(fs::read_dir(out.path()).unwrap().count(), 0);
}

#[tokio::test]
async fn an_unknown_revision_names_what_may_be_meant() {
    let (server, desk) = (GitServer::start(Talk::New), Desk::new());
    let (origin, ..) = project(server.folder.path());
    Origin::new(server.folder.path(), "empty");
    let tree = origin.git(&["rev-parse", "HEAD^{tree}"]);
    origin.git(&["tag", "a-tree", &tree]);
    origin.push("refs/tags/*:refs/tags/*");
    for (name, revision, said) in [
        ("project", "mian", "did you mean main?"),
        ("project", "a b", "it holds a blank"),
        ("project", "0123456789012345678901234567890123456789", "no branch or tag leads to"),
        ("project", "a-tree", "something else than a commit"),
        ("empty", "main", "the repository is empty"),
    ] {
        let error = desk.fetch(&server.url(name), revision).await.unwrap_err();
        assert!(matches!(error, FetchError::UnknownRevision { .. }) && error.to_string().contains(said), "{error}");
    }
}

#[tokio::test]
async fn passwords_are_given_only_where_the_operator_says_so() {
    let (server, desk) = (GitServer::behind_password("robot:s3cret-word"), Desk::new());
    let (_origin, _, second) = project(server.folder.path());
    let (url, never) = (server.url("project"), CancellationToken::new());
    let error = desk.fetch(&url, "main").await.unwrap_err();
    assert!(matches!(error, FetchError::Refused { .. }), "{error}");
    let with_password = url.replace("http://", "http://robot:s3cret-word@");
    let error = desk.fetch(&with_password, "main").await.unwrap_err().to_string();
    assert!(error.contains("it holds a password") && !error.contains("s3cret"), "{error}");
    let helper = desk.cache.path().join("helper");
    fs::write(&helper, "#!/bin/sh\necho username=robot\necho password=s3cret-word\n").unwrap();
    fs::set_permissions(&helper, fs::Permissions::from_mode(0o755)).unwrap();
    let settings = desk.cache.path().join("settings");
    fs::write(&settings, format!("[credential]\n\thelper = {}\n", helper.display())).unwrap();
    let fetched = desk.remotes().with_git_settings(settings).fetch(&url, "main", &never).await.unwrap();
    assert_eq!(fetched.commit, second);
}
