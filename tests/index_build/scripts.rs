//! Scripts of projects: before the build, and as its test.

use crate::stage::{BUSYBOX, Stage};

const PREBUILD: &str = "    prebuild-script: prepare.sh\n    prebuild-context: /\n";

#[test]
fn a_prebuild_script_prepares_the_clone_in_a_cage() {
    let stage = Stage::new();
    stage.configure(&format!("sandbox: {{image: '{}', memory: 256m, disk: 64m}}", stage.sandbox()));
    stage.project("base", BUSYBOX);
    stage.change("base", "prepare.sh", "pwd > note\nls /etc/hostname >> note\n[ -e /var/run/docker.sock ] && echo socket >> note\ntrue\n");
    stage.entries(&[("base", "1", "null")], PREBUILD);
    let outcome = stage.build(0, &[]);
    assert_eq!(outcome.outcomes(), ["docs/base:1: published"], "{}", outcome.stdout);
    let version = stage.version("docs/base");
    assert_eq!(stage.catalogue.file("docs/base", &version, "note").unwrap(), "/clone\n/etc/hostname\n");
}

#[test]
fn a_prebuild_script_may_write_the_dockerfile_and_fails_alone() {
    let stage = Stage::new();
    stage.configure(&format!("sandbox: {{image: '{}', memory: 256m, disk: 64m}}", stage.sandbox()));
    stage.project("made", BUSYBOX).project("bad", BUSYBOX);
    stage.change("made", "prepare.sh", "mv Dockerfile.in Dockerfile\n");
    stage.rename("made", "Dockerfile", "Dockerfile.in");
    stage.change("bad", "prepare.sh", "echo it broke\nexit 3\n");
    stage.entries(&[("made", "1", "null"), ("bad", "2", "null")], PREBUILD);
    let outcome = stage.build(1, &[]);
    assert_eq!(outcome.outcomes(), ["docs/bad:2: failed", "docs/made:1: published"], "{}", outcome.stdout);
    assert!(outcome.stdout.contains("it broke") && outcome.stdout.contains("exit code 3"), "{}", outcome.stdout);
}

#[test]
fn a_script_needs_a_cage_or_the_word_of_the_operator() {
    let stage = Stage::new();
    stage.project("base", BUSYBOX);
    stage.change("base", "prepare.sh", "echo host > note\n");
    stage.entries(&[("base", "1", "null")], PREBUILD);
    let outcome = stage.build(1, &[]);
    assert!(outcome.stdout.contains("cooperage.sandbox.image"), "{}", outcome.stdout);
    stage.build(0, &["--allow-host-scripts"]);
    let version = stage.version("docs/base");
    assert_eq!(stage.catalogue.file("docs/base", &version, "note").unwrap(), "host\n");
}

#[test]
fn a_test_script_that_fails_stops_the_image() {
    let stage = Stage::new();
    stage.configure(&format!("sandbox: {{image: '{}', memory: 256m, disk: 64m}}", stage.sandbox()));
    stage.project("base", BUSYBOX);
    stage.change("base", ".cooperage.yml", "job-id: base\ntest-script: check.sh\n");
    stage.change("base", "check.sh", "echo \"tests $CONTAINER_NAME\"\n[ -S /var/run/docker.sock ] || exit 4\nexit 5\n");
    stage.index(&[("base", "1", "null")]);
    let outcome = stage.build(1, &[]);
    assert_eq!(outcome.outcomes(), ["docs/base:1: failed"]);
    assert!(outcome.stdout.contains("exit code 5") && outcome.stdout.contains("tests "), "{}", outcome.stdout);
    assert_eq!(stage.tags("docs/base"), [""; 0]);
    stage.change("base", "check.sh", "exit 0\n");
    stage.build(0, &[]);
}

#[test]
fn a_link_out_of_the_clone_is_no_target() {
    let stage = Stage::new();
    stage.project("base", BUSYBOX);
    std::os::unix::fs::symlink("/etc/passwd", stage.catalogue.work().join("projects/base/leak")).unwrap();
    stage.change("base", "Dockerfile", "FROM scratch\nCOPY leak /leak\n");
    stage.index(&[("base", "1", "null")]);
    let outcome = stage.build(1, &[]);
    assert!(outcome.stdout.contains("leak"), "{}", outcome.stdout);
    assert_eq!(stage.tags("docs/base"), [""; 0]);
}

#[test]
fn a_build_secret_needs_operator_and_project() {
    let mut stage = Stage::new();
    stage.catalogue.set("TOKEN_OF_TEST", "s3cr3t-value-of-this-test");
    let secrets = "build_secrets: {token: {env: TOKEN_OF_TEST}}";
    let dockerfile =
        "FROM scratch\nCOPY busybox /bin/sh\nRUN --mount=type=secret,id=token [\"/bin/sh\", \"-c\", \"[ -s /run/secrets/token ]\"]\n";
    stage.configure(secrets);
    stage.project("base", dockerfile);
    stage.index(&[("base", "1", "null")]);
    assert!(stage.build(1, &[]).stdout.contains(".cooperage.yml"), "the project has to ask");
    stage.change("base", ".cooperage.yml", "job-id: base\nsecrets: [token]\n");
    assert!(stage.build(1, &[]).stdout.contains("cooperage.index.secrets"), "the operator has to give");
    stage.catalogue.configure(&format!("cooperage:\n  index: {{allow_file_urls: true, secrets: {{token: ['docs/*']}}}}\n  {secrets}\n"));
    let outcome = stage.build(0, &[]);
    assert!(!outcome.all().contains("s3cr3t-value-of-this-test"), "{}", outcome.all());
}
