//! Registries with passwords and certificates of their own; passwords that nobody gets to see.

use crate::support::catalogue::Catalogue;
use crate::support::registry::certificates::Ca;
use crate::support::tokens::TokenServer;
use crate::{Outcome, Registry, RegistryKind};
use base64::Engine as _;

const PASSWORD: &str = "hunter2-p?ss/w:rd";

fn guarded() -> (Registry, Catalogue) {
    let registry = Registry::start(RegistryKind::htpasswd("ci", PASSWORD));
    let catalogue = Catalogue::new(&registry.address);
    catalogue.plain("tool", "1.0", "tool");
    (registry, catalogue)
}

fn published(catalogue: &Catalogue, registry: &Registry, args: &[&str]) {
    let run = catalogue.expect(0, &[&["--format", "json", "build"], args].concat());
    assert_eq!(run.outcomes(), ["tool: published"]);
    assert_eq!(registry.tags(&catalogue.repository("tool")), ["1.0", "latest"]);
    catalogue.forget("tool", "1.0");
    assert_eq!(catalogue.expect(0, &[&["--format", "json", "build"], args].concat()).outcomes(), ["tool: skipped"]);
}

#[test]
fn username_and_password_of_the_configuration_publish() {
    let (registry, catalogue) = guarded();
    catalogue.configure(&format!("username: ci\npassword: '{PASSWORD}'\n"));
    published(&catalogue, &registry, &[]);
}

#[test]
fn username_and_password_of_the_environment_publish() {
    let (registry, mut catalogue) = guarded();
    catalogue.set("COOPERAGE_USERNAME", "ci").set("COOPERAGE_PASSWORD", PASSWORD);
    published(&catalogue, &registry, &[]);
}

#[test]
fn a_password_file_publishes() {
    let (registry, catalogue) = guarded();
    let file = catalogue.home().join("password");
    std::fs::write(&file, format!("{PASSWORD}\n")).unwrap();
    catalogue.configure(&format!("username: ci\ncooperage: {{password_file: {}}}\n", file.display()));
    published(&catalogue, &registry, &[]);
}

#[test]
fn a_stored_sign_in_publishes_only_when_told() {
    let (registry, catalogue) = guarded();
    let auth = base64::engine::general_purpose::STANDARD.encode(format!("ci:{PASSWORD}"));
    std::fs::create_dir(catalogue.home().join(".docker")).unwrap();
    let stored = serde_json::json!({"auths": {registry.address.clone(): {"auth": auth}}});
    std::fs::write(catalogue.home().join(".docker/config.json"), stored.to_string()).unwrap();
    assert_eq!(catalogue.expect(0, &["--format", "json", "build"]).outcomes(), ["tool: built"]);
    assert_eq!(registry.tags(&catalogue.repository("tool")), [""; 0]);
    published(&catalogue, &registry, &["--publish"]);
}

#[test]
fn parents_are_pulled_with_the_sign_in() {
    let (registry, catalogue) = guarded();
    catalogue.configure(&format!("username: ci\npassword: '{PASSWORD}'\n"));
    published(&catalogue, &registry, &[]);
    catalogue.plain_child("child", "1.0", "tool");
    assert_eq!(catalogue.expect(0, &["--format", "json", "build", "--select", "*/child:*"]).outcomes(), ["child: published"]);
    assert_eq!(catalogue.file("child", "1.0", "/note").as_deref(), Some("tool"));
}

#[test]
fn a_certificate_of_ones_own_with_ca_bundle() {
    let ca = Ca::new();
    let kind = RegistryKind::TlsHtpasswd { leaf: ca.local(), user: "ci".to_owned(), password: PASSWORD.to_owned() };
    let registry = Registry::start(kind);
    let catalogue = Catalogue::new(&registry.address);
    let bundle = catalogue.home().join("ca.pem");
    ca.write_to(&bundle);
    catalogue.plain("tool", "1.0", "tool");
    catalogue.configure(&format!("username: ci\npassword: '{PASSWORD}'\nca_bundle: {}\n", bundle.display()));
    assert_eq!(catalogue.expect(0, &["--format", "json", "build"]).outcomes(), ["tool: published"]);
    let listed = catalogue.expect(0, &["--format", "json", "list"]).json();
    assert_eq!(listed["images"][0]["presence"], "published");
    assert_eq!(catalogue.expect(0, &["--format", "json", "build"]).outcomes(), ["tool: skipped"]);
}

#[test]
fn the_password_shows_nowhere() {
    let (_registry, mut catalogue) = guarded();
    catalogue.set("COOPERAGE_PASSWORD", PASSWORD).configure("username: ci\nnot_a_secret: visible\n");
    let seen = catalogue.home().join("seen");
    // What a program of the catalogue can see while the run goes on: its environment and all command lines.
    let look = format!(
        "#!/bin/bash\nenv > {0}\nfor p in /proc/[0-9]*/cmdline; do tr '\\0' ' ' < $p; echo; done >> {0} 2>/dev/null\ntrue\n",
        seen.display()
    );
    catalogue.script("tool/test.sh", &look).script("tool/prebuild.sh", &look);
    let at = |name: &str| catalogue.work().join(name);
    let (record, junit, summary) = (at("r.json"), at("j.xml"), at("s.md"));
    let files = [("--record", &record), ("--junit", &junit), ("--summary", &summary)];
    let more: Vec<&str> = files.iter().flat_map(|(flag, path)| [*flag, path.to_str().unwrap()]).collect();
    let debug = catalogue.expect(0, &[&["--debug", "build"], more.as_slice()].concat());
    assert!(debug.stdout.contains("Successfully published image"), "{}", debug.stdout);
    catalogue.release("tool", "1.1");
    let events = catalogue.expect(0, &["--format", "json", "build"]);
    let encoded = base64::engine::general_purpose::STANDARD.encode(format!("ci:{PASSWORD}"));
    let mut texts = vec![debug.all(), events.all()];
    texts.extend([record, junit, summary, seen, at("cooperage-build.log")].iter().map(|path| std::fs::read_to_string(path).unwrap()));
    for text in texts {
        assert!(!text.contains("hunter2") && !text.contains(&encoded), "{text}");
    }
    // Templates do not know it either, whatever they try.
    for (name, expression) in [("a", "{{ password }}"), ("b", "{{ username }}"), ("c", "{{ cooperage }}")] {
        catalogue.define(name, "1.0", &format!("FROM scratch\nLABEL x=\"{expression}\"\n"));
    }
    let refused = catalogue.expect(1, &["--format", "json", "render"]);
    assert_eq!(refused.json()["defects"].as_array().unwrap().len(), 3, "{}", refused.stdout);
    assert!(!refused.all().contains("hunter2"), "{}", refused.all());
}

/// A registry with tokens, a catalogue whose images there are public, and a stored sign-in.
fn with_tokens(entry: &serde_json::Value) -> (TokenServer, Registry, Catalogue) {
    let tokens = TokenServer::start("ci", PASSWORD);
    tokens.identity("ci", "hunter2-identity");
    let registry = Registry::start(RegistryKind::tokens(&tokens));
    let mut catalogue = Catalogue::new(&registry.address);
    catalogue.namespace = format!("public/{}", catalogue.namespace);
    std::fs::create_dir(catalogue.home().join(".docker")).unwrap();
    let stored = serde_json::json!({"auths": {registry.address.clone(): entry}});
    std::fs::write(catalogue.home().join(".docker/config.json"), stored.to_string()).unwrap();
    catalogue.plain("tool", "1.0", "tool");
    (tokens, registry, catalogue)
}

fn with_password() -> (TokenServer, Registry, Catalogue) {
    let auth = base64::engine::general_purpose::STANDARD.encode(format!("ci:{PASSWORD}"));
    with_tokens(&serde_json::json!({"auth": auth}))
}

/// Nobody got a token to push with and without a sign-in, or asked for one.
fn strangers_never_push(tokens: &TokenServer) {
    let mut strangers = tokens.asked().into_iter().filter(|asked| asked.user.is_none() && asked.status == 200);
    assert!(strangers.all(|asked| !asked.scopes.concat().contains("push")), "{:?}", tokens.asked());
}

#[test]
fn an_identity_token_pushes_and_pulls() {
    let (tokens, _registry, catalogue) = with_tokens(&serde_json::json!({"auth": "PHRva2VuPjo=", "identitytoken": "hunter2-identity"}));
    let args = ["--format", "json", "build", "--publish"];
    assert_eq!(catalogue.expect(0, &args).outcomes(), ["tool: published"]);
    catalogue.forget("tool", "1.0");
    catalogue.plain_child("child", "1.0", "tool");
    let run = catalogue.expect(0, &args);
    assert_eq!(run.outcomes(), ["child: published", "tool: skipped"]);
    assert!(!run.all().contains("hunter2"), "{}", run.all());
    let asked = tokens.asked();
    assert!(asked.iter().all(|one| one.method == "POST" && one.user.as_deref() == Some("ci")), "{asked:?}");
}

#[test]
fn the_engine_pulls_what_is_public_without_an_expired_sign_in() {
    let (tokens, registry, catalogue) = with_password();
    catalogue.expect(0, &["--format", "json", "build", "--publish"]);
    catalogue.forget("tool", "1.0");
    tokens.expire_all();
    let mut other = Catalogue::new("");
    other.set("REGISTRY_AUTH_FILE", catalogue.home().join(".docker/config.json").to_str().unwrap());
    let from = format!("FROM {}\nCOPY note /child\n", catalogue.reference("tool", "1.0"));
    other.configure(&format!("base_images: ['{}']\n", catalogue.reference("tool", "1.0")));
    for name in ["one", "two"] {
        other.write(&format!("{name}/note"), name).define(name, "1.0", &from);
    }
    let run = other.expect(0, &["--format", "json", "build"]);
    assert_eq!(run.outcomes(), ["one: built", "two: built"]);
    assert_eq!(run.warnings(), ["stale_sign_in"], "once: {}", run.stdout);
    let private = from.replace("/public/", "/team/");
    other.define("one", "1.1", &private);
    let refused = other.run(&["build", "--select", "*one:*"]);
    assert_ne!(refused.code, 0);
    let parts = ["wrong or has expired", "config.json", registry.address.as_str()];
    assert!(parts.iter().all(|part| refused.all().contains(part)) && !refused.all().contains("hunter2"), "{}", refused.all());
}

#[test]
fn nothing_is_pushed_with_an_expired_sign_in_nor_without_it() {
    let (tokens, registry, catalogue) = with_password();
    catalogue.expect(0, &["--format", "json", "build", "--publish"]);
    tokens.expire_all();
    catalogue.release("tool", "1.1");
    let run = catalogue.expect(3, &["--format", "json", "build", "--publish"]);
    let message = &run.stderr;
    assert!(message.contains("nothing was started") && catalogue.image_id("tool", "1.1").is_none(), "{}", run.all());
    let cure = format!("cooperage login --authfile {} {}", catalogue.home().join(".docker/config.json").display(), registry.address);
    assert!(message.contains("wrong or has expired") && message.contains(&cure), "{message}");
    catalogue.entry("tool", "1.2", "UNRELEASED");
    let run = catalogue.expect(0, &["--format", "json", "build", "--publish"]);
    assert_eq!((run.outcomes(), run.warnings().contains(&"stale_sign_in".to_owned())), (vec!["tool: built".to_owned()], true));
    strangers_never_push(&tokens);
    assert!(!run.all().contains("hunter2"), "{}", run.all());
}

#[test]
fn a_sign_in_that_expires_during_the_run_is_refused_at_the_push() {
    let (tokens, registry, catalogue) = with_password();
    let flag = catalogue.home().join("testing");
    catalogue.script("tool/test.sh", &format!("#!/bin/sh\ntouch {0}; while [ -e {0} ]; do sleep 0.1; done\n", flag.display()));
    let run = catalogue.start(&["--format", "json", "build", "--publish"]);
    crate::support::daemon::wait_for("the test", || flag.exists());
    tokens.expire_all();
    std::fs::remove_file(&flag).unwrap();
    let run = Outcome::of(run.wait_with_output().unwrap());
    assert_eq!(run.code, 3, "{}", run.all());
    let message = run.failure("tool", "publish");
    assert!(message.contains("wrong or has expired") && message.contains("cooperage login --authfile"), "{message}");
    strangers_never_push(&tokens);
    drop(registry);
}

#[test]
fn a_push_without_any_sign_in_says_how_to_get_one() {
    let (_tokens, registry, catalogue) = with_password();
    std::fs::remove_file(catalogue.home().join(".docker/config.json")).unwrap();
    let run = catalogue.expect(3, &["--format", "json", "build", "--publish"]);
    let message = run.failure("tool", "publish");
    assert!(message.contains(&format!("sign in with: cooperage login {}", registry.address)) && !message.contains("expired"), "{message}");
}
