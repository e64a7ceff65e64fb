//! Long runs: no connection outlives its build. Alone in its process, because it counts the process's sockets.

mod support;

use cooperage::engine::Builder;
use support::daemon::wait_for;
use support::engine::{TestEngine, context, request, unique};

fn sockets() -> usize {
    let open = std::fs::read_dir("/proc/self/fd").unwrap().flatten();
    open.filter(|fd| std::fs::read_link(fd.path()).is_ok_and(|to| to.to_string_lossy().starts_with("socket:"))).count()
}

#[tokio::test(flavor = "multi_thread")]
async fn no_descriptor_outlives_its_build() {
    let test = TestEngine::shared().await;
    let before = sockets();
    for builder in [Builder::BuildKit, Builder::Classic] {
        let file = context(&format!("RUN : {}\n", unique()));
        let mut cached = request(&file, builder);
        cached.use_cache = true;
        for _ in 0..6 {
            test.must_build(cached.clone()).await;
        }
        tokio::task::spawn_blocking(move || wait_for("the sockets' end", || sockets() <= before)).await.unwrap();
    }
}
