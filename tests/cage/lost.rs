//! A program that is killed while a script runs: the next one takes away what it left.

use crate::Yard;
use crate::support::daemon::wait_for;
use crate::support::engine::api;
use crate::support::engine::url;
use cooperage::engine::{Cage, ContainerRequest};
use cooperage::sandbox::labels;
use std::time::Duration;

#[tokio::test]
async fn what_is_over_is_swept_by_the_next_run() {
    let yard = Yard::new().await;
    let past = jiff::Timestamp::now() - jiff::SignedDuration::from_hours(2);
    let request = ContainerRequest {
        image: yard.image.clone(),
        entrypoint: Some(Vec::new()),
        command: Some(["sleep", "3600"].map(str::to_owned).to_vec()),
        env: Vec::new(),
        folders: Vec::new(),
        terminal: false,
        input: false,
        cage: Cage { keep: true, labels: labels(past, Duration::from_secs(60)), ..Cage::default() },
    };
    let left = yard.engine.create(&request).await.unwrap();
    yard.engine.start(&left).await.unwrap();
    yard.run("true").await.good();
    assert!(yard.engine.state(&left).await.unwrap().is_none());
}

/// A runtime that ends in the middle closes its connections as a killed program does.
#[test]
fn the_keeper_ends_with_the_program() {
    let runtime = || tokio::runtime::Runtime::new().unwrap();
    let (killed, other) = (runtime(), runtime());
    let yard = std::sync::Arc::new(other.block_on(Yard::new()));
    let (inside, mark) = (yard.clone(), format!(": killed-{}", yard.mark));
    let script = format!("{mark}; sleep 3600; :");
    killed.spawn(async move {
        inside.run(&script).await;
    });
    wait_for("the script", || crate::support::engine::runs(&mark));
    killed.shutdown_timeout(Duration::ZERO);
    let ids = || other.block_on(yard.engine.containers_of(&yard.image)).unwrap();
    // The script's container waits for the sweep; the keeper sees the end of its input.
    wait_for("the keeper's end", || ids().len() == 1);
    let script = ids().remove(0);
    assert!(api(&url(), &format!("/containers/{script}/json")).contains("io.cooperage.test"));
    other.block_on(yard.engine.remove_container(&script)).unwrap();
    wait_for("the end of both", || ids().is_empty());
}
