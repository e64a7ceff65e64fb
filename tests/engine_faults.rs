//! Engines that are absent, die in a build or have no space left. Each test starts its own.

mod support;

use cooperage::engine::{Builder, Engine as _, EngineError};
use support::daemon::{Dockerd, wait_for};
use support::engine::{TestEngine, connect_to, context, request, runs, unique};

#[tokio::test]
async fn an_absent_engine_is_unreachable() {
    let error = connect_to("unix:///nowhere/engine.sock").await.err().unwrap();
    let EngineError::Unreachable { address, reason } = error else { panic!("{error}") };
    assert_eq!(address, "unix:///nowhere/engine.sock");
    assert!(reason.contains("no such socket"), "{reason}");
}

#[tokio::test]
async fn a_socket_without_an_engine_is_unreachable() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("e.sock");
    drop(std::os::unix::net::UnixListener::bind(&path).unwrap());
    let error = connect_to(&format!("unix://{}", path.display())).await.err().unwrap();
    // Refused; or reset, where a program that another test starts at this moment still holds the socket.
    let EngineError::Unreachable { address, .. } = &error else { panic!("{error}") };
    assert!(address.contains(&path.display().to_string()), "{error}");
}

#[tokio::test]
async fn an_engine_that_dies_in_a_build_is_unreachable() {
    for builder in [Builder::Classic, Builder::BuildKit] {
        let mut dockerd = Dockerd::start();
        let test = TestEngine::at(&dockerd.url()).await;
        let marker = format!("dying-{}", unique());
        let file = context(&format!("RUN sleep 3600; : {marker}\n"));
        let killing = tokio::task::spawn_blocking(move || {
            wait_for("the command", || runs(&marker));
            dockerd.kill();
            dockerd
        });
        let (result, _) = test.build(request(&file, builder)).await;
        assert!(matches!(result, Err(EngineError::Unreachable { .. })), "{builder:?} {result:?}");
        killing.await.unwrap();
    }
}

#[tokio::test]
async fn a_full_disk_is_said_to_be_full() {
    let dockerd = Dockerd::start_on_small_disk(48);
    let test = TestEngine::at(&dockerd.url()).await;
    for builder in [Builder::Classic, Builder::BuildKit] {
        // Copies by the builder itself: only what the engine writes is the engine's disk.
        let copies: String = (0..40).map(|n| format!("COPY busybox /copy{n}\n")).collect();
        let file = context(&copies);
        let (result, _) = test.build(request(&file, builder)).await;
        let Err(EngineError::DiskFull { address, .. }) = result else { panic!("{builder:?} {result:?}") };
        assert_eq!(address, test.engine.info().address);
    }
}
