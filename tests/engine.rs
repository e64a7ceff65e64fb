//! Builds, names, pulls and pushes on a real engine.

mod support;

use cooperage::config::{Login, Secret};
use cooperage::engine::{BuildSecret, Builder, Engine as _, EngineError, Limits, ProgressSink};
use cooperage::name::{Digest, Reference};
use std::sync::{Arc, Mutex};
use support::daemon::wait_for;
use support::engine::{BASE, TestEngine, api, context, raw_context, request, runs, unique, url};
use support::registry::{Registry, RegistryKind};
use tokio_util::sync::CancellationToken;

/// In the base64 of a sign-in it holds the letters that URLs write otherwise, `+` and `/`.
const PASSWORD: &str = "p?ss~>>word???";

const BOTH: [Builder; 2] = [Builder::Classic, Builder::BuildKit];

#[tokio::test]
async fn the_engine_says_what_it_is() {
    let test = TestEngine::shared().await;
    let info = test.engine.info();
    assert!(info.platform.starts_with("linux/") && !info.version.is_empty(), "{info:?}");
    assert_eq!(info.address, url());
}

#[tokio::test]
async fn both_builders_set_labels_and_arguments_and_leave_no_name() {
    let test = TestEngine::shared().await;
    for builder in BOTH {
        let marker = unique();
        let file = context(&format!("ARG WHAT\nRUN echo \"made $WHAT\" > /made && cat /made && : {marker}\n"));
        let mut request = request(&file, builder);
        request.labels.insert("io.cooperage.test".into(), marker.clone());
        request.build_args.insert("WHAT".into(), format!("of {marker}"));
        let (id, lines) = test.must_build(request).await;
        assert!(lines.contains(&format!("made of {marker}")), "{builder:?} {lines:#?}");
        assert!(lines.iter().any(|line| line.contains("RUN echo")), "no heading: {lines:#?}");
        assert!(lines.iter().all(|line| !line.contains("--->") && !line.contains("Removing intermediate")), "{lines:#?}");
        let image = test.engine.inspect(id.as_str()).await.unwrap().unwrap();
        assert_eq!(image.labels["io.cooperage.test"], marker, "{builder:?}");
        assert!(image.tags.is_empty(), "{builder:?} {:?}", image.tags);
    }
}

#[tokio::test]
async fn a_failed_command_gives_its_exit_code_and_its_lines() {
    let test = TestEngine::shared().await;
    for builder in BOTH {
        let file = context(&format!("RUN echo before-{}; printf 'no newline'; exit 7\n", unique()));
        let (result, lines) = test.build(request(&file, builder)).await;
        match result {
            Err(EngineError::Build { exit_code: Some(7), message }) => assert!(message.contains("exit 7"), "{message}"),
            other => panic!("{builder:?}: {other:?}"),
        }
        assert!(lines.iter().any(|line| line.starts_with("before-")), "{builder:?} {lines:#?}");
        assert!(lines.iter().any(|line| line == "no newline"), "{builder:?} {lines:#?}");
    }
}

#[tokio::test]
async fn a_broken_dockerfile_is_a_failed_build() {
    let test = TestEngine::shared().await;
    for builder in BOTH {
        let file = raw_context("FROM scratch\nCPOY a b\n");
        let (result, _) = test.build(request(&file, builder)).await;
        let Err(EngineError::Build { message, exit_code: None }) = result else { panic!("{builder:?}: {result:?}") };
        assert!(message.to_lowercase().contains("cpoy"), "{message}");
    }
}

#[tokio::test]
async fn the_cache_is_used_only_when_asked_for() {
    let test = TestEngine::shared().await;
    for builder in BOTH {
        // The first step is this test's own: with steps that other tests share the classic builder may follow their images.
        let head = BASE.replacen("FROM scratch\n", &format!("FROM scratch\nLABEL test={}\n", unique()), 1);
        let file = raw_context(&format!("{head}RUN cat /proc/sys/kernel/random/uuid > /made\n"));
        let mut cached = request(&file, builder);
        cached.use_cache = true;
        let (first, _) = test.must_build(cached.clone()).await;
        let (same, _) = test.must_build(cached).await;
        let (fresh, _) = test.must_build(request(&file, builder)).await;
        assert_eq!(first, same, "{builder:?}");
        assert_ne!(first, fresh, "{builder:?}");
    }
}

#[tokio::test]
async fn a_secret_reaches_the_command_and_stays_nowhere() {
    let test = TestEngine::shared().await;
    let value = format!("hunter2-{}", unique());
    let file = context(
        "RUN --mount=type=secret,id=token test -s /run/secrets/token && cat /run/secrets/token && wc -c < /run/secrets/token > /size\nRUN cat /size\nRUN test ! -s /run/secrets/token\n",
    );
    let mut request = request(&file, Builder::BuildKit);
    request.secrets.push(BuildSecret { id: "token".into(), value: Secret::new(Arc::from(value.as_bytes())) });
    let (id, lines) = test.must_build(request).await;
    assert!(lines.contains(&value.len().to_string()) && lines.contains(&"***".to_owned()), "{lines:#?}");
    assert!(lines.iter().all(|line| !line.contains(&value)), "{lines:#?}");
    let kept = api(&url(), &format!("/images/{id}/history")) + &api(&url(), &format!("/images/{id}/json"));
    assert!(kept.contains("200 OK") && !kept.contains(&value));
}

#[tokio::test]
async fn a_secret_that_is_missing_fails_the_build() {
    let test = TestEngine::shared().await;
    let file = context("RUN --mount=type=secret,id=absent,required=true cat /run/secrets/absent\n");
    let (result, _) = test.build(request(&file, Builder::BuildKit)).await;
    let Err(EngineError::Build { message, .. }) = result else { panic!("{result:?}") };
    assert!(message.contains("absent"), "{message}");
}

#[tokio::test]
async fn proxy_passwords_show_nowhere() {
    let test = TestEngine::shared().await;
    for builder in BOTH {
        let file = context(&format!("RUN echo via $http_proxy {}; exit 3\n", unique()));
        let mut request = request(&file, builder);
        request.build_args.insert("http_proxy".into(), "http://me:hunter2@proxy.example:3128".into());
        let (result, lines) = test.build(request).await;
        assert!(lines.iter().any(|line| line.contains("via http://***@proxy.example:3128")), "{lines:#?}");
        assert!(!format!("{result:?}{lines:?}").contains("hunter2"));
    }
}

#[tokio::test]
async fn cancelling_ends_the_command() {
    let test = TestEngine::shared().await;
    for builder in BOTH {
        let marker = format!("cancel-{}", unique());
        let file = context(&format!("RUN sleep 3600; : {marker}\n"));
        let cancel = CancellationToken::new();
        let stop = cancel.clone();
        let seen = marker.clone();
        let watching = tokio::task::spawn_blocking(move || {
            wait_for("the command", || runs(&seen));
            stop.cancel();
        });
        let (result, _) = test.build_until(request(&file, builder), &cancel).await;
        assert!(matches!(result, Err(EngineError::Cancelled)), "{builder:?} {result:?}");
        watching.await.unwrap();
        tokio::task::spawn_blocking(move || wait_for("the command's end", || !runs(&marker))).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn sixteen_builds_at_once_do_not_mix() {
    let test = TestEngine::shared().await;
    let builds = (0..16).map(|number| {
        let test = &test;
        async move {
            let builder = BOTH[number % 2];
            let marker = format!("{number}-of-{}", unique());
            let file = context(&format!("RUN echo I am {marker}\n"));
            let (id, lines) = test.must_build(request(&file, builder)).await;
            assert!(lines.contains(&format!("I am {marker}")), "{lines:#?}");
            id
        }
    });
    let mut ids: Vec<Digest> = futures_util::future::join_all(builds).await;
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), 16);
}

#[tokio::test]
async fn limits_reach_the_container_of_a_classic_build() {
    let test = TestEngine::shared().await;
    let file = context(&format!(
        "RUN cat /sys/fs/cgroup/memory/memory.limit_in_bytes /sys/fs/cgroup/memory.max 2>/dev/null; grep Cpus_allowed_list /proc/self/status; : {}\n",
        unique()
    ));
    let mut limited = request(&file, Builder::Classic);
    // More than fits into 32 bits.
    limited.limits = Limits { memory: Some(3 << 30), memswap: Some(-1), cpushares: Some(512), cpusetcpus: Some("0".into()) };
    let (_, lines) = test.must_build(limited.clone()).await;
    assert!(lines.contains(&(3_u64 << 30).to_string()), "{lines:#?}");
    assert!(lines.iter().any(|line| line.split_whitespace().eq(["Cpus_allowed_list:", "0"])), "{lines:#?}");
    limited.builder = Builder::BuildKit;
    let (result, _) = test.build(limited).await;
    assert!(matches!(result, Err(EngineError::Unsupported { .. })), "{result:?}");
}

#[tokio::test]
async fn a_foreign_platform_is_never_another_image() {
    let test = TestEngine::shared().await;
    let foreign = if test.engine.info().platform.ends_with("/arm64") { "linux/amd64" } else { "linux/arm64" };
    let file = raw_context(&format!("FROM scratch\nLABEL test={}\nCOPY busybox /x\n", unique()));
    for builder in BOTH {
        let mut request = request(&file, builder);
        request.platform = Some(foreign.to_owned());
        let (result, _) = test.build(request).await;
        match result {
            Ok(id) => assert!(api(&url(), &format!("/images/{id}/json")).contains(&foreign["linux/".len()..])),
            Err(EngineError::Build { message, .. }) => assert!(message.contains(foreign), "{message}"),
            Err(other) => panic!("{builder:?}: {other}"),
        }
    }
}

#[tokio::test]
async fn what_the_builder_cannot_do_is_named_with_its_line() {
    let test = TestEngine::shared().await;
    let file = context("RUN --mount=type=cache,target=/c true\n");
    let (result, _) = test.build(request(&file, Builder::Classic)).await;
    let Err(EngineError::Unsupported { instruction, version }) = result else { panic!("{result:?}") };
    assert_eq!(instruction, "RUN --mount (line 5 of the Dockerfile)");
    assert!(version.contains(&test.engine.info().version), "{version}");
    if !test.engine.info().version.starts_with("20.10") {
        return;
    }
    for (rest, named) in [
        ("RUN <<EOF\necho hi\nEOF\n", "RUN <<EOF, a heredoc (line 5 of the Dockerfile)"),
        ("COPY --link busybox /x\n", "COPY --link (line 5 of the Dockerfile)"),
        ("ADD --checksum=sha256:0 http://h.example/x /x\n", "ADD --checksum (line 5 of the Dockerfile)"),
    ] {
        let file = context(rest);
        let (result, _) = test.build(request(&file, Builder::BuildKit)).await;
        let Err(EngineError::Unsupported { instruction, .. }) = result else { panic!("{rest}: {result:?}") };
        assert_eq!(instruction, named);
    }
}

async fn small_image(test: &TestEngine) -> Digest {
    let file = raw_context(&format!("FROM scratch\nLABEL test={}\nCOPY busybox /x\n", unique()));
    test.must_build(request(&file, Builder::BuildKit)).await.0
}

#[tokio::test]
async fn names_come_and_go() {
    let test = TestEngine::shared().await;
    let id = small_image(&test).await;
    let (name, other) = (test.name("names"), test.name("names"));
    test.engine.tag(&id, &name).await.unwrap();
    test.engine.tag(&id, &other).await.unwrap();
    let listed = test.engine.images().await.unwrap();
    let image = listed.iter().find(|image| image.id == id).unwrap();
    assert!(image.is_tagged(&name) && image.is_tagged(&other) && image.labels.contains_key("test"), "{image:?}");
    test.engine.untag(&name.to_string()).await.unwrap();
    assert!(test.engine.inspect(&name.to_string()).await.unwrap().is_none());
    assert_eq!(test.engine.inspect(&other.to_string()).await.unwrap().unwrap().id, id);
    let absent = test.engine.untag(&name.to_string()).await;
    assert!(matches!(absent, Err(EngineError::NotFound(_))), "{absent:?}");
    let absent = test.engine.tag(&Digest::of(b"nothing"), &name).await;
    assert!(matches!(absent, Err(EngineError::NotFound(_))), "{absent:?}");
}

fn counting() -> (ProgressSink, Arc<Mutex<Vec<u64>>>) {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let kept = seen.clone();
    (Arc::new(move |done, _| kept.lock().unwrap().push(done)), seen)
}

#[tokio::test]
async fn a_push_comes_back_by_pull() {
    let test = TestEngine::shared().await;
    let registry = Registry::start(RegistryKind::Plain);
    let cancel = CancellationToken::new();
    let id = small_image(&test).await;
    let name = test.name_in(&registry.address, "push");
    test.engine.tag(&id, &name).await.unwrap();
    let (progress, seen) = counting();
    test.engine.push(&name, None, progress, &cancel).await.unwrap();
    assert!(seen.lock().unwrap().iter().any(|done| *done > 0));
    let pushed = test.engine.inspect(&name.to_string()).await.unwrap().unwrap();
    let digest = pushed.repo_digests.iter().find_map(|d| d.strip_prefix(&format!("{}@", name.name()))).unwrap().to_owned();
    test.engine.untag(&name.to_string()).await.unwrap();
    let pulled = test.engine.pull(&name, None, counting().0, &cancel).await.unwrap();
    assert_eq!(pulled.id, id);
    let by_digest = name.with_digest(Digest::parse(&digest).unwrap());
    assert_eq!(test.engine.pull(&by_digest, None, counting().0, &cancel).await.unwrap().id, id);
    test.forget_later(&by_digest.to_string());
}

#[tokio::test]
async fn what_a_registry_lacks_or_refuses_is_told_apart() {
    let test = TestEngine::shared().await;
    let registry = Registry::start(RegistryKind::Plain);
    let cancel = CancellationToken::new();
    let absent = test.name_in(&registry.address, "absent");
    let result = test.engine.pull(&absent, None, counting().0, &cancel).await;
    assert!(matches!(result, Err(EngineError::NotFound(_))), "{result:?}");
    let result = test.engine.push(&absent, None, counting().0, &cancel).await;
    assert!(matches!(result, Err(EngineError::NotFound(_))), "{result:?}");
    let host = registry.address.clone();
    drop(registry);
    let nobody = Reference::parse(&format!("{host}/x:1")).unwrap();
    let result = test.engine.pull(&nobody, None, counting().0, &cancel).await;
    assert!(matches!(result, Err(EngineError::Transfer { transient: true, .. })), "{result:?}");
}

#[tokio::test]
async fn passwords_of_any_letters_sign_in() {
    let test = TestEngine::shared().await;
    let registry = Registry::start(RegistryKind::htpasswd("me", PASSWORD));
    let cancel = CancellationToken::new();
    let id = small_image(&test).await;
    let name = test.name_in(&registry.address, "auth");
    test.engine.tag(&id, &name).await.unwrap();
    let result = test.engine.push(&name, None, counting().0, &cancel).await;
    assert!(matches!(result, Err(EngineError::Denied { .. })), "{result:?}");
    let login = |password: &str| Login { username: "me".into(), password: Secret::new(password.into()) };
    let result = test.engine.push(&name, Some(&login("wrong")), counting().0, &cancel).await;
    assert!(matches!(result, Err(EngineError::Denied { .. })), "{result:?}");
    test.engine.push(&name, Some(&login(PASSWORD)), counting().0, &cancel).await.unwrap();
    assert_eq!(test.engine.pull(&name, Some(&login(PASSWORD)), counting().0, &cancel).await.unwrap().id, id);
}
