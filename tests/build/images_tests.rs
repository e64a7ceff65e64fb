//! The tests of images: what is run, with which environment, for how long.

use crate::{docker, publish, stage};

#[test]
fn no_test_is_passed() {
    let (_registry, catalogue) = stage();
    catalogue.plain("tool", "1.0", "tool");
    let run = publish(&catalogue, 0, &[]);
    let event = run.events().into_iter().find(|event| event["kind"] == "step_finished" && event["step"] == "test").unwrap();
    assert_eq!(event["outcome"], "skipped", "{event}");
    assert_eq!(run.outcomes(), ["tool: published"]);
}

#[test]
fn tests_see_home_path_engine_sign_ins_and_proxies() {
    let (_registry, mut catalogue) = stage();
    catalogue.plain("tool", "1.0", "tool").plain("second", "1.0", "second");
    let script = "#!/bin/bash\nenv > \"$HOME/env-$(basename \"$(dirname \"$0\")\")\"\ndocker inspect \"$1\" > /dev/null\n";
    catalogue.script("tool/test.sh", script).script("second/test.sh", script);
    let (docker_config, authfile) = (catalogue.home().join("docker"), catalogue.home().join("auth.json"));
    catalogue.set("DOCKER_CONFIG", docker_config.to_str().unwrap()).set("REGISTRY_AUTH_FILE", authfile.to_str().unwrap());
    catalogue.set("no_proxy", "127.0.0.1,localhost").set("STRANGER", "kept away");
    catalogue.configure("http_proxy: 'http://proxy.example.org:3128'\n");
    std::fs::create_dir(&docker_config).unwrap();
    std::fs::write(&authfile, "{\"auths\": {}}").unwrap();
    publish(&catalogue, 0, &[]);
    let env = |name: &str| std::fs::read_to_string(catalogue.home().join(format!("env-{name}"))).unwrap();
    let (tool, second) = (env("tool"), env("second"));
    let wanted = [
        format!("HOME={}", catalogue.home().display()),
        format!("PATH={}", std::env::var("PATH").unwrap()),
        format!("DOCKER_HOST={}", crate::support::engine::url()),
        format!("DOCKER_CONFIG={}", docker_config.display()),
        format!("REGISTRY_AUTH_FILE={}", authfile.display()),
        "http_proxy=http://proxy.example.org:3128".to_owned(),
        "HTTPS_PROXY=http://proxy.example.org:3128".to_owned(),
        "NO_PROXY=127.0.0.1,localhost".to_owned(),
    ];
    for line in wanted {
        assert!(tool.lines().any(|found| found == line), "{line}\n{tool}");
    }
    assert!(!tool.contains("STRANGER") && !tool.contains("COOPERAGE_"), "{tool}");
    let image = format!("CONTAINER_NAME={}", catalogue.reference("second", "1.0"));
    assert!(second.lines().any(|line| line == image), "{image}\n{second}");
    let folder = format!("PWD={}", catalogue.work().display());
    assert!(second.lines().any(|line| line == folder), "{folder}\n{second}");
}

#[test]
fn a_test_over_its_time_is_killed_and_fails() {
    let (registry, catalogue) = stage();
    catalogue.plain("tool", "1.0", "tool").configure("cooperage: {test_timeout: 1s}\n");
    let marker = format!("31{}", std::process::id());
    catalogue.script("tool/test.sh", &format!("#!/bin/bash\necho begun\nsleep {marker} &\nsleep {marker}\n"));
    let run = publish(&catalogue, 1, &[]);
    assert_eq!(run.outcomes(), ["tool: failed"]);
    assert!(run.failure("tool", "test").contains("1 s"), "{}", run.failure("tool", "test"));
    assert_eq!(run.log("tool", "test"), ["begun"]);
    assert_eq!(registry.tags(&catalogue.repository("tool")), [""; 0]);
    assert!(!crate::support::engine::runs(&format!("sleep\0{marker}")), "what the test started is gone, too");
}

#[test]
fn another_command_with_other_arguments() {
    let (_registry, catalogue) = stage();
    catalogue.plain("tool", "1.0", "tool").write("tool/check", "echo \"checked $1\"\n");
    catalogue.configure("verify_command: /bin/sh\nverify_args: ['{path}/check', '{image}']\n");
    assert_eq!(publish(&catalogue, 0, &[]).log("tool", "test"), [format!("checked {}", catalogue.reference("tool", "1.0"))]);
    catalogue.configure("verify_command: /no/such/program\nverify_args: ['{image}']\n");
    catalogue.release("tool", "1.1");
    let run = publish(&catalogue, 1, &[]);
    assert!(run.failure("tool", "test").contains("/no/such/program"), "{}", run.stdout);
}

#[test]
fn a_test_that_cannot_be_executed_fails() {
    let (_registry, catalogue) = stage();
    catalogue.plain("tool", "1.0", "tool").write("tool/test.sh", "#!/bin/bash\nexit 0\n");
    let run = publish(&catalogue, 1, &[]);
    assert!(run.log("tool", "test").iter().any(|line| line.contains("ermission denied")), "{}", run.stdout);
}

#[test]
fn what_was_tested_is_what_is_published() {
    let (registry, catalogue) = stage();
    catalogue.plain("tool", "1.0", "tested").plain("other", "1.0", "other");
    catalogue.expect(0, &["build", "--select", "*/other:*"]);
    // A test that gives the name to another image.
    catalogue.script("tool/test.sh", &format!("#!/bin/bash\ndocker tag {} \"$1\"\n", catalogue.reference("other", "1.0")));
    let run = publish(&catalogue, 1, &["--select", "*/tool:*"]);
    assert!(run.failure("tool", "publish").contains("lost_race"), "{}", run.stdout);
    assert_eq!(registry.digest(&catalogue.repository("tool"), "1.0"), None);
    assert_eq!(
        docker(&["images", "--quiet", &catalogue.reference("tool", "1.0")]),
        docker(&["images", "--quiet", &catalogue.reference("other", "1.0")])
    );
}

#[test]
fn a_version_that_somebody_publishes_meanwhile_is_never_overwritten() {
    let (registry, catalogue) = stage();
    catalogue.plain("tool", "1.0", "ours").plain("other", "1.0", "theirs");
    catalogue.expect(0, &["build", "--select", "*/other:*"]);
    let theirs = catalogue.reference("other", "1.0");
    // The test of the image is the moment in which somebody else pushes.
    let script = format!(
        "#!/bin/bash\nset -e\nours=$(docker inspect --format '{{{{.Id}}}}' \"$1\")\ndocker tag {theirs} \"$1\"\ndocker push --quiet \"$1\"\ndocker tag $ours \"$1\"\n"
    );
    catalogue.script("tool/test.sh", &script);
    let run = publish(&catalogue, 1, &["--select", "*/tool:*"]);
    assert!(run.failure("tool", "publish").contains("published already with another image"), "{}", run.stdout);
    let config = registry.config(&catalogue.repository("tool"), "1.0");
    assert_eq!(config["config"]["Labels"]["org.opencontainers.image.title"], "other");
    assert_eq!(registry.tags(&catalogue.repository("tool")), ["1.0"]);
}
