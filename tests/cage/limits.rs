//! Scripts that take more than they may.

use crate::Yard;
use crate::support::daemon::wait_for;
use crate::support::engine::runs;
use cooperage::sandbox::{CageError, Ended};
use std::time::Duration;
use tokio_util::sync::CancellationToken;

#[tokio::test]
async fn a_fork_bomb_ends_with_its_cage() {
    let mut yard = Yard::new().await;
    yard.limits.time = Duration::from_secs(5);
    let script = format!(": {}; b() {{ b | b & }}; b; while :; do sleep 1; done", yard.mark);
    let run = yard.run(&script).await;
    assert!(
        matches!(run.end, Ok(Ended::TimedOut(_) | Ended::Code(1..))) || matches!(run.end, Err(CageError::Flooded { .. })),
        "{:?}",
        run.end
    );
    let mark = yard.mark.clone();
    tokio::task::spawn_blocking(move || wait_for("the bomb's end", || !runs(&mark))).await.unwrap();
}

#[tokio::test]
async fn processes_are_counted() {
    let mut yard = Yard::new().await;
    yard.limits.pids = 8;
    let run = yard.run("for i in 1 2 3 4 5 6 7 8 9 10 11 12; do sleep 300 & done; echo all").await;
    assert!(!run.lines.contains(&"all".to_owned()) && run.text().contains("fork"), "{}", run.text());
}

#[tokio::test]
async fn a_full_disk_is_the_scripts_own() {
    let yard = Yard::new().await;
    let script = "dd if=/dev/zero of=fill bs=1M count=64; ls -l fill; i=0; while mkdir d$i 2>/dev/null; do i=$((i+1)); [ $i -gt 50 ] && break; done; rm -rf fill d*; echo after > after";
    let text = yard.run(script).await.good().join("\n");
    assert!(text.contains("No space left on device"), "{text}");
    assert_eq!(yard.read("after").as_deref(), Some("after\n"));
    let text = yard.run("dd if=/dev/zero of=/tmp/fill bs=1M count=600; dd if=/dev/zero of=/dev/shm/fill bs=1M count=100").await.text();
    assert!(!text.contains("600+0 records out") && !text.contains("100+0 records out"), "{text}");
}

#[tokio::test]
async fn used_up_memory_is_told() {
    let mut yard = Yard::new().await;
    yard.limits.memory = 32 << 20;
    let run = yard.run("x=$(head -c 200000000 /dev/zero | tr '\\0' x); echo done").await;
    assert!(!run.lines.contains(&"done".to_owned()) && run.text().contains("32 MiB (cooperage.sandbox.memory)"), "{}", run.text());
}

#[tokio::test]
async fn who_kills_its_parents_kills_only_itself() {
    let yard = Yard::new().await;
    let run = yard.run("sh -c 'kill -9 1; kill -9 $PPID; kill -9 -1; sleep 1; echo alive'; echo end").await;
    // The first process of a container does not hear what comes from inside.
    assert!(run.end.is_ok(), "{:?}", run.end);
    let good = yard.run("echo fine").await.good();
    assert_eq!(good, ["fine"]);
}

#[tokio::test]
async fn a_flood_is_cut_off() {
    let yard = Yard::new().await;
    let run = yard.run("yes some words that fill a line").await;
    assert!(matches!(run.end, Err(CageError::Flooded { .. })) && run.error().contains("8 MiB"), "{:?}", run.end);
    let bytes: usize = run.lines.iter().map(String::len).sum();
    assert!(bytes <= 8 << 20, "{bytes}");
}

#[tokio::test]
async fn a_script_past_its_time_is_stopped_and_changes_nothing() {
    let mut yard = Yard::new().await;
    yard.limits.time = Duration::from_secs(2);
    yard.write("kept", "kept");
    let run = yard.run("trap '' TERM INT; rm kept; echo begun; sleep 3600").await;
    assert_eq!(run.end.as_ref().unwrap(), &Ended::TimedOut(Duration::from_secs(2)));
    assert_eq!((run.lines, yard.read("kept").as_deref()), (vec!["begun".to_owned()], Some("kept")));
}

#[tokio::test]
async fn an_interrupted_script_is_gone() {
    let yard = Yard::new().await;
    let cancel = CancellationToken::new();
    let (stop, mark) = (cancel.clone(), yard.mark.clone());
    let watching = tokio::task::spawn_blocking(move || {
        wait_for("the script", || runs(&format!(": cancelled-{mark}")));
        stop.cancel();
    });
    let run = yard.run_until(&format!(": cancelled-{}; sleep 3600; :", yard.mark), &cancel).await;
    assert_eq!(run.end.unwrap(), Ended::Cancelled);
    watching.await.unwrap();
}

#[tokio::test]
async fn there_is_a_network_only_where_it_is_allowed() {
    let mut yard = Yard::new().await;
    let script = "ls /sys/class/net; wget -T 5 -q -O - http://127.0.0.1:1/ ; ping -c 1 -W 1 8.8.8.8; true";
    let lines = yard.run(script).await.good();
    assert!(lines.contains(&"lo".to_owned()) && !lines.contains(&"eth0".to_owned()), "{lines:?}");
    yard.limits.network = true;
    assert!(yard.run("ls /sys/class/net").await.good().contains(&"eth0".to_owned()));
}
