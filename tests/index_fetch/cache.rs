//! What is shared between fetches and processes.

use super::support::faults::Action;
use super::*;

#[tokio::test]
async fn what_the_cache_holds_is_not_sent_again() {
    let (server, desk) = (GitServer::start(Talk::New), Desk::new());
    let (origin, first, second) = project(server.folder.path());
    let url = server.url("project");
    desk.fetch(&url, "main").await.unwrap();
    assert_eq!(server.fetches(), 1);
    for revision in ["main", "v2", "HEAD", &second] {
        assert_eq!(desk.fetch(&url, revision).await.unwrap().commit, second);
    }
    assert_eq!(server.fetches(), 1, "{second} was there");
    let before = server.faults.requests().len();
    desk.fetch(&url, &second).await.unwrap();
    assert_eq!(server.faults.requests().len(), before, "of a full id nothing needs to be asked");
    origin.write("new", "new");
    let third = origin.commit("Three");
    let fetched = desk.fetch(&url, "main").await.unwrap();
    assert_eq!((fetched.commit, server.fetches()), (third, 2));
    assert_eq!(desk.fetch(&url, &first).await.unwrap().commit, first);
    assert_eq!(desk.repositories().len(), 1);
}

#[tokio::test]
async fn two_at_once_fetch_once() {
    let (server, desk) = (GitServer::start(Talk::New), Desk::new());
    let (_origin, _, second) = project(server.folder.path());
    let (url, never) = (server.url("project"), CancellationToken::new());
    // As two processes: they share the folder and nothing else.
    let (one, other) = (desk.remotes(), desk.remotes());
    let all = tokio::join!(
        one.fetch(&url, "main", &never),
        one.fetch(&url, "v2", &never),
        other.fetch(&url, "main", &never),
        other.fetch(&url, "main", &never)
    );
    for fetched in [all.0, all.1, all.2, all.3] {
        assert_eq!(fetched.unwrap().commit, second);
    }
    assert_eq!(server.fetches(), 1);
    assert_eq!(server.faults.count("GET", "info/refs"), 3, "once for each of both that asks, and once for the objects");
}

#[tokio::test]
async fn whoever_waits_for_a_fetch_that_fails_does_not_try_again() {
    let (server, desk) = (GitServer::start(Talk::New), Desk::new());
    server.faults.on("*", "", Action::status(404));
    let (url, never, remotes) = (server.url("project"), CancellationToken::new(), desk.remotes());
    let all = tokio::join!(remotes.fetch(&url, "a", &never), remotes.fetch(&url, "b", &never), remotes.fetch(&url, "c", &never));
    for failed in [all.0, all.1, all.2] {
        assert!(matches!(failed, Err(FetchError::NotFound { .. })));
    }
    assert_eq!(server.faults.requests().len(), 1);
    server.faults.clear();
    project(server.folder.path());
    remotes.fetch(&url, "main", &never).await.unwrap();
}

#[tokio::test]
async fn a_broken_cache_is_made_anew() {
    let (server, desk) = (GitServer::start(Talk::New), Desk::new());
    let (_origin, _, second) = project(server.folder.path());
    let url = server.url("project");
    let fetched = desk.fetch(&url, "main").await.unwrap();
    let breaks: [fn(&Path); 4] = [
        |repository| fs::write(repository.join("HEAD"), "nonsense").unwrap(),
        |repository| fs::remove_dir_all(repository.join("objects")).unwrap(),
        |repository| fs::remove_file(repository.join("cooperage-url")).unwrap(),
        |repository| {
            for item in fs::read_dir(repository.join("objects/pack")).unwrap().flatten() {
                fs::remove_file(item.path()).unwrap();
            }
        },
    ];
    for (times, damage) in breaks.into_iter().enumerate() {
        damage(&desk.repositories()[0]);
        let fetched = desk.fetch(&url, "main").await.unwrap();
        assert_eq!((fetched.commit.as_str(), server.fetches()), (second.as_str(), times + 2));
    }
    // A file that cannot be read any more is seen by its reader, and the next fetch does better.
    drop(fetched);
    let fetched = desk.fetch(&url, "main").await.unwrap();
    for item in fs::read_dir(desk.repositories()[0].join("objects/pack")).unwrap().flatten() {
        fs::remove_file(item.path()).unwrap();
    }
    assert!(fetched.read("images/tool/Dockerfile", 100).is_err());
    assert!(desk.fetch(&url, "main").await.unwrap().read("images/tool/Dockerfile", 100).unwrap().is_some());
}

#[tokio::test]
async fn an_interrupted_fetch_leaves_nothing_behind() {
    let (server, desk) = (GitServer::start(Talk::New), Desk::new());
    let origin = Origin::new(server.folder.path(), "large");
    let noise = noise(4 << 20);
    origin.write("noise", &noise);
    origin.commit("Noise");
    let (url, cancel) = (server.url("large"), CancellationToken::new());
    server.faults.on("POST", "upload-pack", Action::Slow(4096, Duration::from_millis(100)));
    let (remotes, trigger) = (desk.remotes(), cancel.clone());
    let waiting = tokio::spawn(async move { remotes.fetch(&url, "main", &trigger).await });
    while !desk.files().iter().any(|path| path.to_string_lossy().contains("tmp_pack")) {
        assert!(!waiting.is_finished(), "it arrives for minutes");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    cancel.cancel();
    assert!(matches!(waiting.await.unwrap(), Err(FetchError::Cancelled)));
    let left: Vec<PathBuf> = desk.files().into_iter().filter(|path| path.to_string_lossy().contains("tmp_")).collect();
    assert_eq!(left, Vec::<PathBuf>::new());
    assert_eq!(programs_of(desk.cache.path()), 0);
    server.faults.clear();
    let fetched = desk.fetch(&server.url("large"), "main").await.unwrap();
    assert_eq!(fetched.read("noise", 4 << 20).unwrap().unwrap(), noise);
    let out = tempfile::tempdir().unwrap();
    assert!(matches!(fetched.checkout(&out.path().join("tree"), &cancel).await, Err(FetchError::Cancelled)));
    assert_eq!(fs::read_dir(out.path()).unwrap().count(), 0);
}

/// How many programs were called with a path in the folder.
fn programs_of(folder: &Path) -> usize {
    let folder = folder.to_string_lossy().into_owned();
    let programs = fs::read_dir("/proc").unwrap().flatten();
    programs.filter(|item| fs::read(item.path().join("cmdline")).is_ok_and(|line| String::from_utf8_lossy(&line).contains(&folder))).count()
}
