//! Which builder is used, what is refused, secrets and arguments of builds.

use crate::support::catalogue::{Catalogue, FROM_SCRATCH};
use crate::{docker, plan, publish, stage};

fn builder(catalogue: &Catalogue, more: &[&str]) -> String {
    let document = catalogue.expect(0, &[&["--format", "json", "build", "--dry-run"], more].concat()).json();
    document["actions"][0]["builder"].as_str().unwrap().to_owned()
}

#[test]
fn buildkit_unless_limits_or_the_configuration_say_otherwise() {
    let catalogue = Catalogue::new("");
    catalogue.plain("tool", "1.0", "tool");
    assert_eq!(builder(&catalogue, &[]), "buildkit");
    assert_eq!(builder(&catalogue, &["--builder", "classic"]), "classic");
    catalogue.configure("container_limits: {memory: 64m}\n");
    assert_eq!(builder(&catalogue, &[]), "classic");
    let record = catalogue.work().join("record.json");
    catalogue.expect(0, &["build", "--record", record.to_str().unwrap()]);
    assert_eq!(crate::support::catalogue::read_json(&record)["images"][0]["builder"], "classic");
}

#[test]
fn limits_hold_in_the_classic_builder() {
    let catalogue = Catalogue::new("");
    catalogue.configure("container_limits: 'cpushares=512,memory=67108864'\n");
    let show = "RUN for f in /sys/fs/cgroup/memory/memory.limit_in_bytes /sys/fs/cgroup/memory.max; do [ -f $f ] && echo \"limit $(cat $f)\"; done; true\n";
    catalogue.busybox("tool", "1.0", show);
    let run = catalogue.expect(0, &["--format", "json", "build"]);
    assert!(run.log("tool", "build").iter().any(|line| line.contains("limit 67108864")), "{}", run.stdout);
}

#[test]
fn demands_that_contradict_each_other_are_refused_with_both_named() {
    let (_registry, mut catalogue) = stage();
    catalogue.set("TOKEN", "hidden");
    let refused = |catalogue: &Catalogue, config: &str, args: &[&str], parts: &[&str]| {
        catalogue.configure(config);
        let run = catalogue.expect(2, &[&["build"], args].concat());
        for part in parts {
            assert!(run.stderr.contains(part), "{part}: {}", run.stderr);
        }
        assert_eq!(catalogue.image_id("tool", "1.0"), None);
    };
    catalogue.busybox("tool", "1.0", "RUN --mount=type=secret,id=token true\n");
    let secret = "cooperage: {build_secrets: {token: {env: TOKEN}}}\n";
    refused(&catalogue, &format!("container_limits: {{memory: 64m}}\n{secret}"), &[], &["tool", "token", "container_limits"]);
    refused(&catalogue, secret, &["--builder", "classic"], &["token", "builder: classic"]);
    refused(&catalogue, "", &[], &["token"]);
    refused(&catalogue, "cooperage: {build_secrets: {token: {env: NOT_SET}}}\n", &[], &["token", "NOT_SET"]);
    catalogue.busybox("tool", "1.0", "RUN --mount=type=cache,target=/c true\n");
    refused(&catalogue, "container_limits: {memory: 64m}\n", &[], &["--mount", "container_limits"]);
    catalogue.plain("tool", "1.0", "plain");
    refused(&catalogue, "container_limits: {memory: 64m}\n", &["--builder", "buildkit"], &["container_limits", "buildkit"]);
    refused(&catalogue, "", &["--builder", "classic", "--platform", "linux/s390x"], &["linux/s390x", "classic"]);
    refused(&catalogue, "", &["--builder", "kaniko"], &["kaniko", "buildkit"]);
}

/// Debian 12's engine has none of these; a newer one builds them.
#[test]
fn what_an_old_engine_cannot_do_is_named_with_its_version() {
    let version = docker(&["version", "--format", "{{.Server.Version}}"]);
    let is_old = version.split('.').next().and_then(|major| major.parse::<u32>().ok()).is_some_and(|major| major < 23);
    let catalogue = Catalogue::new("");
    catalogue.plain("a-heredoc", "1.0", "x").define("a-heredoc", "1.0", &format!("{FROM_SCRATCH}RUN <<EOF\ntrue\nEOF\n"));
    std::fs::copy(crate::support::engine::busybox(), catalogue.root().join("a-heredoc/busybox")).unwrap();
    catalogue.plain("b-link", "1.0", "x").define("b-link", "1.0", "FROM scratch\nCOPY --link note /note\n");
    if !is_old {
        assert_eq!(catalogue.expect(0, &["--format", "json", "build"]).outcomes(), ["a-heredoc: built", "b-link: built"]);
        return;
    }
    let sum = format!("sha256:{}", "0".repeat(64));
    catalogue.define("c-checksum", "1.0", &format!("FROM scratch\nADD --checksum={sum} https://example.invalid/f /f\n"));
    let run = catalogue.expect(1, &["--format", "json", "build"]);
    assert_eq!(run.outcomes(), ["a-heredoc: failed", "b-link: failed", "c-checksum: failed"]);
    for (name, instruction) in [("a-heredoc", "RUN <<EOF"), ("b-link", "COPY --link"), ("c-checksum", "ADD --checksum")] {
        let why = run.failure(name, "build");
        assert!(why.contains(instruction) && why.contains(&version), "{name}: {why}");
    }
}

#[test]
fn a_build_secret_reaches_its_command_and_nothing_else() {
    let (registry, mut catalogue) = stage();
    let secret = format!("s3cret-{}", std::process::id());
    let file = catalogue.home().join("key");
    std::fs::write(&file, format!("{secret}-file")).unwrap();
    catalogue.set("TOKEN", &secret);
    catalogue.configure(&format!("cooperage: {{build_secrets: {{token: {{env: TOKEN}}, key: {{file: {}}}}}}}\n", file.display()));
    catalogue.busybox(
        "tool",
        "1.0",
        "RUN --mount=type=secret,id=token --mount=type=secret,id=key \\\n  cat /run/secrets/token | sha256sum > /sum && wc -c < /run/secrets/key > /size && cat /run/secrets/token\n",
    );
    let record = catalogue.work().join("record.json");
    let run = publish(&catalogue, 0, &["--record", record.to_str().unwrap()]);
    assert_eq!(run.outcomes(), ["tool: published"]);
    assert_eq!(catalogue.file("tool", "1.0", "/size").unwrap().trim(), (secret.len() + 5).to_string());
    let sum = catalogue.file("tool", "1.0", "/sum").unwrap();
    assert!(sum.starts_with(&sha256(&secret)), "{sum}");
    assert!(!run.all().contains(&secret), "the log of the build that printed it is masked: {}", run.all());
    for file in [record, catalogue.work().join("cooperage-build.log")] {
        assert!(!std::fs::read_to_string(&file).unwrap().contains(&secret), "{}", file.display());
    }
    assert!(!registry.config(&catalogue.repository("tool"), "1.0").to_string().contains(&secret));
    assert_eq!(plan(&catalogue, &["--publish"]), ["tool: skip published"]);
}

fn sha256(text: &str) -> String {
    cooperage::name::Digest::of(text.as_bytes()).to_string().trim_start_matches("sha256:").to_owned()
}

#[test]
fn build_args_and_proxies_reach_the_build_and_proxies_stay_out_of_the_image() {
    let (registry, catalogue) = stage();
    catalogue.configure(
        "http_proxy: 'http://user:hunter2@proxy.example.org:3128'\ncooperage: {no_proxy: 'localhost', build_args: {LEVEL: high}}\n"
            .replace("no_proxy: 'localhost', ", "")
            .as_str(),
    );
    catalogue.busybox(
        "tool",
        "1.0",
        "ARG LEVEL\nRUN echo \"level $LEVEL\" && echo \"proxy $http_proxy $HTTPS_PROXY\" && echo \"$https_proxy\" > /proxy\n",
    );
    let run = publish(&catalogue, 0, &[]);
    let log = run.log("tool", "build").join("\n");
    assert!(log.contains("level high"), "{log}");
    assert!(log.contains("proxy.example.org:3128"), "{log}");
    assert_eq!(catalogue.file("tool", "1.0", "/proxy").unwrap().trim(), "http://user:hunter2@proxy.example.org:3128");
    assert!(!run.all().contains("hunter2"), "{}", run.all());
    let config = registry.config(&catalogue.repository("tool"), "1.0").to_string();
    assert!(!config.contains("proxy.example.org"), "{config}");
}
