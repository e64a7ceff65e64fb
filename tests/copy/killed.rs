//! A copy that is killed in the middle is made good by the next, and leaves nothing wrong behind.

use super::*;
use cooperage::registry::{Layout, Lookup};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

/// Tells the test below that it is the process to be killed: FROM, DIGEST and TO, separated by blanks.
const ORDER: &str = "COOPERAGE_TEST_COPY";

/// A copy in a process of its own.
fn copy_elsewhere(from: &str, digest: &Digest, to: &str) -> Child {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", "killed::the_process_that_is_killed"]).env(ORDER, format!("{from} {digest} {to}"));
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

/// Copies what it was told to; nothing where it was told nothing.
#[tokio::test]
async fn the_process_that_is_killed() {
    let Ok(order) = std::env::var(ORDER) else { return };
    let [from, digest, to] = order.split(' ').collect::<Vec<_>>().try_into().unwrap();
    let client = stranger();
    let from = client.repository(&Reference::parse(from).unwrap()).unwrap();
    let to: Arc<dyn Repository> = match to.strip_prefix("oci:") {
        Some(folder) => Arc::new(Layout::open(&PathBuf::from(folder)).unwrap()),
        None => client.repository(&Reference::parse(to).unwrap()).unwrap(),
    };
    copied(&*from, &Digest::parse(digest).unwrap(), &*to).await.unwrap();
}

/// Waits until this many bytes of a blob have gone through to somewhere.
fn wait_for(mut so_far: impl FnMut() -> bool) {
    let end = std::time::Instant::now() + Duration::from_secs(60);
    while !so_far() {
        assert!(std::time::Instant::now() < end, "the copy does not begin");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Kills a copy that is under way, then copies to the end.
async fn kill_and_repeat(pair: &Pair, target: &str, to: &dyn Repository, begun: impl FnMut() -> bool) -> Copied {
    let layer = Digest::of(&pair.image.layer);
    pair.from.on("GET", &format!("/blobs/{layer}"), Action::Slow(100_000, Duration::from_millis(200)));
    let mut child = copy_elsewhere(&format!("{}/team/a", pair.from.address), &pair.image.digest, target);
    wait_for(begun);
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(to.head((&pair.image.digest).into()).await.unwrap(), Lookup::Absent, "no manifest before its parts");
    assert!(!to.has_blob(&blob_of(&pair.image.layer)).await.unwrap(), "no half blob");
    pair.from.clear();
    let (from, _) = pair.repositories();
    let done = copied(&*from, &pair.image.digest, to).await.unwrap();
    assert!(all(to.read_blob(&blob_of(&pair.image.layer), 0).await.unwrap()).await.unwrap() == pair.image.layer);
    done
}

#[tokio::test]
async fn to_a_registry() {
    let pair = Pair::set();
    let (_, to) = pair.repositories();
    let config = Digest::of(&pair.image.config);
    let target = format!("{}/other/b", pair.to.address);
    let done = kill_and_repeat(&pair, &target, &*to, || {
        pair.to.count("PATCH", "/uploads/") == 1
            && pair.to.requests().iter().any(|one| one.method == "PUT" && one.path.contains(&config.as_str()[7..]))
    });
    let done = done.await;
    assert_eq!(done.sent + done.there, 2);
    assert_eq!(pair.destination.digest("other/b", pair.image.digest.as_str()), Some(pair.image.digest.to_string()));
}

#[tokio::test]
async fn to_a_layout() {
    let pair = Pair::set();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("layout");
    let layout = Layout::open(&path).unwrap();
    let half = || {
        let entries = std::fs::read_dir(&path).into_iter().flatten().flatten();
        entries.filter_map(|entry| entry.metadata().ok()).any(|file| file.is_file() && file.len() > 200_000)
    };
    kill_and_repeat(&pair, &format!("oci:{}", path.display()), &layout, half).await;
    let left: Vec<String> = std::fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    assert!(!left.iter().any(|name| name.starts_with(".cooperage-")), "what was half written is gone: {left:?}");
}
