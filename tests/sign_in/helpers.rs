//! Credential helpers: they get, keep and forget what files do not hold.

use super::*;
use std::os::unix::fs::PermissionsExt as _;

/// A helper that keeps its sign-ins as files, and writes down what it was asked.
const HELPER: &str = r#"#!/bin/sh
input=$(cat)
file() { printf '%s' "$1" | tr -c 'a-zA-Z0-9' _; }
cd "$HOME" || exit 1
case "$1" in
    store)
        server=$(printf '%s' "$input" | sed 's/.*"ServerURL":"\([^"]*\)".*/\1/')
        printf '%s' "$input" > "kept-$(file "$server")" ;;
    get)
        server=$input
        cat "kept-$(file "$server")" 2>/dev/null || { echo 'credentials not found in native keychain'; exit 1; } ;;
    erase)
        server=$input
        rm "kept-$(file "$server")" ;;
esac
echo "$1 $server" >> asked
"#;

fn with_helper(desk: &mut Desk) {
    let folder = desk.place.home().join("bin");
    fs::create_dir(&folder).unwrap();
    for (name, text) in [("shelf", HELPER), ("broken", "#!/bin/sh\necho hunter2; exit 7\n")] {
        let path = folder.join(format!("docker-credential-{name}"));
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    }
    let path = format!("{}:{}", folder.display(), std::env::var("PATH").unwrap());
    desk.place.set("PATH", &path);
}

fn asked(desk: &Desk) -> Vec<String> {
    let text = fs::read_to_string(desk.place.home().join("asked")).unwrap_or_default();
    text.lines().map(str::to_owned).collect()
}

#[test]
fn a_helper_for_all_keeps_the_sign_in_and_the_file_does_not() {
    let mut desk = Desk::new();
    with_helper(&mut desk);
    desk.docker(&json!({"credsStore": "shelf", "auths": {desk.address(): {"auth": "b2xkOm9sZA=="}}}).to_string());
    let said = desk.login(&[]).stdout;
    assert!(said.contains("docker-credential-shelf keeps it"), "{said}");
    assert_eq!(read_json(&desk.docker_file()), json!({"credsStore": "shelf", "auths": {desk.address(): {}}}));
    assert_eq!(desk.presence(), "missing");
    let said = desk.expect(0, &["logout", desk.address()], "").stdout;
    assert!(said.contains("removed the sign-in for") && said.contains("from docker-credential-shelf"), "{said}");
    assert_eq!(read_json(&desk.docker_file()), json!({"credsStore": "shelf", "auths": {}}));
    let address = desk.address();
    let expected: Vec<String> = ["store", "get", "get", "erase"].iter().map(|verb| format!("{verb} {address}")).collect();
    assert_eq!(asked(&desk), expected, "stored; asked by list; asked and erased by logout");
}

#[test]
fn a_helper_for_one_registry_is_preferred_to_files_that_are_asked_earlier() {
    let mut desk = Desk::new();
    with_helper(&mut desk);
    let podmans = desk.podman_file();
    fs::write(&podmans, "{}").unwrap();
    desk.docker(&json!({"credHelpers": {desk.address(): "shelf"}}).to_string());
    desk.login(&[]);
    assert_eq!(asked(&desk), [format!("store {}", desk.address())]);
    assert_eq!(fs::read_to_string(&podmans).unwrap(), "{}");
    assert_eq!(desk.presence(), "missing");
}

#[test]
fn a_helper_that_fails_is_named_and_nothing_is_stored_in_its_place() {
    let mut desk = Desk::new();
    with_helper(&mut desk);
    let text = json!({"credsStore": "broken"}).to_string();
    desk.docker(&text);
    let refused = desk.expect(2, &["login", "-u", "ci", "--password-stdin", desk.address()], PASSWORD);
    let parts = ["docker-credential-broken", "config.json", "does not keep the sign-in", "exit status: 7"];
    assert!(parts.iter().all(|part| refused.stderr.contains(part)), "{}", refused.stderr);
    explained(&refused.stderr, "the credential helper ");
    assert_eq!(fs::read_to_string(desk.docker_file()).unwrap(), text);
    desk.expect(2, &["logout", desk.address()], "");
}
