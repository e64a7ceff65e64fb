//! Which file is written, how, and what stays in it.

use super::*;
use std::os::unix::fs::{PermissionsExt as _, symlink};

#[test]
fn a_first_sign_in_makes_dockers_file_for_ones_own_eyes_and_works() {
    let desk = Desk::new();
    let said = desk.login(&[]).stdout;
    assert!(said.contains("signed in to") && said.contains(desk.docker_file().to_str().unwrap()), "{said}");
    assert_eq!(read_json(&desk.docker_file()), json!({"auths": {desk.address(): {"auth": encoded()}}}));
    assert_eq!(fs::metadata(desk.docker_file()).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(desk.presence(), "missing", "the registry lets us look");
    let said = desk.expect(0, &["logout", desk.address()], "").stdout;
    assert!(said.starts_with("removed the sign-in for ") && !said.contains("still there"), "{said}");
    assert_eq!(read_json(&desk.docker_file()), json!({"auths": {}}));
    assert_eq!(desk.presence(), "unknown");
    let said = desk.expect(0, &["logout", desk.address()], "").stdout;
    assert!(said.starts_with("there was no sign-in for "), "{said}");
}

#[test]
fn nothing_is_stored_that_the_registry_does_not_take() {
    let desk = Desk::new();
    let args = ["login", "-u", "ci", "--password-stdin", desk.address()];
    let refused = desk.expect(3, &args, "wrong");
    explained(&refused.stderr, "the user or the password is wrong, or has expired");
    assert!(!desk.docker_file().exists());
    let unreachable = format!("127.0.0.1:{}", support::registry::free_port());
    desk.expect(3, &["login", "-u", "ci", "--password-stdin", &unreachable], PASSWORD);
    for args in [
        vec!["login", "-u", "ci", "--password-stdin", "registry"],
        vec!["login", "--password-stdin", desk.address()],
        vec!["login", "-u", "ci:x", "--password-stdin", desk.address()],
        vec!["login", "-u", "ci", "--password", PASSWORD, desk.address()],
        vec!["login", "-u", "ci", desk.address()],
        vec!["login", desk.address()],
    ] {
        assert_eq!(desk.call(&args, PASSWORD).code, 2, "{args:?}");
    }
    desk.expect(2, &args, "\n");
    let asked = desk.expect(2, &["login", desk.address()], "").stderr;
    explained(&asked, "login cannot ask for a password, because stdin is no terminal");
    explained(&asked, "--username NAME --password-stdin");
    assert!(!desk.docker_file().exists());
}

#[test]
fn what_else_a_file_holds_stays_in_its_order_behind_a_link() {
    let desk = Desk::new();
    let text = format!(
        r#"{{"zeta": 1, "auths": {{"z.example": {{"auth": "eDp5"}}, "{}": {{"auth": "b2xkOm9sZA==", "email": "a@b"}}}}, "HttpHeaders": {{"B": "1", "A": "2"}}, "alpha": [1]}}"#,
        desk.address()
    );
    let real = desk.place.home().join("dotfiles.json");
    fs::write(&real, text).unwrap();
    fs::create_dir(desk.place.home().join(".docker")).unwrap();
    symlink(&real, desk.docker_file()).unwrap();
    desk.login(&[]);
    assert!(fs::symlink_metadata(desk.docker_file()).unwrap().is_symlink());
    let expected = json!({"zeta": 1, "auths": {"z.example": {"auth": "eDp5"}, desk.address(): {"email": "a@b", "auth": encoded()}},
        "HttpHeaders": {"B": "1", "A": "2"}, "alpha": [1]});
    assert_eq!(read_json(&real).to_string(), expected.to_string(), "order included");
    assert_eq!(fs::metadata(&real).unwrap().permissions().mode() & 0o777, 0o600);
}

#[test]
fn a_file_that_is_broken_is_left_as_it_is() {
    let desk = Desk::new();
    desk.docker("{\"auths\": {\"hunter2\": ");
    let refused = desk.expect(2, &["login", "-u", "ci", "--password-stdin", desk.address()], PASSWORD);
    assert!(refused.stderr.contains("config.json") && refused.stderr.contains("line 1"), "{}", refused.stderr);
    explained(&refused.stderr, "the sign-ins in ");
    desk.expect(2, &["logout", desk.address()], "");
    assert_eq!(fs::read_to_string(desk.docker_file()).unwrap(), "{\"auths\": {\"hunter2\": ");
}

#[test]
fn a_named_file_is_the_only_one_that_is_touched() {
    let mut desk = Desk::new();
    let (flagged, from_environment) = (desk.place.home().join("a/flag.json"), desk.place.home().join("env.json"));
    desk.login(&[]);
    desk.login(&["--authfile", flagged.to_str().unwrap()]);
    desk.place.set("REGISTRY_AUTH_FILE", from_environment.to_str().unwrap());
    desk.login(&[]);
    for path in [&flagged, &from_environment] {
        assert_eq!(read_json(path)["auths"][desk.address()]["auth"], encoded(), "{}", path.display());
    }
    let out = desk.expect(0, &["--format", "json", "logout", desk.address()], "").json();
    assert_eq!(out["removed"], json!([{"path": from_environment, "key": desk.address(), "helper": null}]));
    assert_eq!(out["standing"], json!([{"path": desk.docker_file(), "key": desk.address(), "helper": null}]), "{out}");
    let out = desk.expect(0, &["logout", "--authfile", flagged.to_str().unwrap(), desk.address()], "").stdout;
    let cure = format!(
        "still there: {0} (entry {1}); remove it with: cooperage logout --authfile {0} {1}",
        desk.docker_file().display(),
        desk.address()
    );
    assert!(out.contains("flag.json") && out.contains(&cure), "{out}");
    assert_eq!(read_json(&flagged), json!({"auths": {}}));
}

#[test]
fn the_file_that_is_asked_first_is_the_one_that_is_renewed() {
    let mut desk = Desk::new();
    let podmans = desk.podman_file();
    let old = json!({"auths": {desk.address(): {"auth": "b2xkOm9sZA=="}}}).to_string();
    fs::write(&podmans, &old).unwrap();
    desk.docker(&old);
    desk.login(&[]);
    assert_eq!(read_json(&podmans)["auths"][desk.address()]["auth"], encoded());
    assert_eq!(fs::read_to_string(desk.docker_file()).unwrap(), old);
    assert_eq!(desk.presence(), "missing");
    let said = desk.expect(0, &["logout", desk.address()], "").stdout;
    assert!(said.matches("removed the sign-in").count() == 2 && said.contains("auth.json") && said.contains("config.json"), "{said}");
}

#[test]
fn a_part_of_a_registry_has_a_sign_in_of_its_own() {
    let desk = Desk::new();
    let part = format!("{}/{}", desk.address(), desk.place.namespace);
    desk.expect(0, &["login", "-u", "ci", "--password-stdin", &part], PASSWORD);
    assert_eq!(desk.presence(), "missing");
    let said = desk.expect(0, &["logout", desk.address()], "").stdout;
    assert!(
        said.contains("there was no sign-in") && said.contains(&format!("still there: {} (entry {part})", desk.docker_file().display())),
        "{said}"
    );
    assert!(desk.expect(0, &["logout", &part], "").stdout.starts_with("removed"));
}

#[test]
fn documents_for_programs_and_what_the_configuration_holds() {
    let desk = Desk::new();
    let out = desk.expect(0, &["--format", "json", "login", "-u", "ci", "--password-stdin", desk.address()], PASSWORD).json();
    let stored = json!({"path": desk.docker_file(), "key": desk.address(), "helper": null});
    assert_eq!(out, json!({"v": 1, "registry": desk.address(), "username": "ci", "verified": true, "stored": stored}));
    desk.place.configure("username: other\npassword: secret\n");
    let login = desk.login(&[]);
    explained(&login.stderr, "username and password of the configuration come before what was stored now");
    let out = desk.expect(0, &["logout", desk.address()], "").stdout;
    assert!(out.contains("still there: username and password of the configuration"), "{out}");
    let open = Registry::start(RegistryKind::Plain);
    let out = desk.expect(0, &["login", "-u", "ci", "--password-stdin", &open.address], PASSWORD);
    explained(&out.stderr, "lets everybody in without asking, so user and password could not be checked");
}

#[test]
fn many_at_once_lose_nothing() {
    let desk = Desk::new();
    let names: Vec<String> = (0..6).map(|at| format!("{}/part{at}", desk.address())).collect();
    std::thread::scope(|scope| {
        for name in &names {
            scope.spawn(|| desk.expect(0, &["login", "-u", "ci", "--password-stdin", name], PASSWORD));
        }
    });
    assert_eq!(read_json(&desk.docker_file())["auths"].as_object().unwrap().len(), names.len());
}
