use super::*;
use crate::config::{Login, Secret};
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

fn write(folder: &Path, name: &str, text: &str) -> PathBuf {
    let path = folder.join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(&path, text).unwrap();
    path
}

fn with_authfile(path: PathBuf) -> Keychain {
    Keychain::load(KeychainSources { authfile: Some(path), ..KeychainSources::default() }).unwrap()
}

fn user(keychain: &Keychain, registry: &str, repository: &str) -> Option<String> {
    keychain.login_for(registry, repository).unwrap().map(|found| format!("{}:{}", found.login.username, found.login.password.expose()))
}

#[test]
fn the_longest_path_wins() {
    let folder = tempfile::tempdir().unwrap();
    // base64 of "host:1", "team:2", "deep:3"
    let text = r#"{"auths":{"r.example:5000":{"auth":"aG9zdDox"},"r.example:5000/team":{"auth":"dGVhbToy"},
        "r.example:5000/team/a":{"auth":"ZGVlcDoz"},"other.example":{}}}"#;
    let keychain = with_authfile(write(folder.path(), "auth.json", text));
    assert_eq!(user(&keychain, "r.example:5000", "x").as_deref(), Some("host:1"));
    assert_eq!(user(&keychain, "r.example:5000", "team/b").as_deref(), Some("team:2"));
    assert_eq!(user(&keychain, "r.example:5000", "team/a/c").as_deref(), Some("deep:3"));
    assert_eq!(user(&keychain, "r.example:5000", "teams").as_deref(), Some("host:1"), "not a part of the path");
    assert_eq!(user(&keychain, "r.example", "x"), None, "another port is another registry");
    assert_eq!(user(&keychain, "other.example", "x"), None, "an empty entry is none");
}

#[test]
fn docker_hub_and_addresses_as_keys() {
    let folder = tempfile::tempdir().unwrap();
    let text = r#"{"auths":{"https://index.docker.io/v1/":{"username":"u","password":"p"},
        "https://r.example/v1/":{"auth":"dGVhbToy"},"t.example":{"auth":"PHRva2VuPjo=","identitytoken":"idt"}}}"#;
    let keychain = with_authfile(write(folder.path(), "config.json", text));
    assert_eq!(user(&keychain, "docker.io", "library/debian").as_deref(), Some("u:p"));
    assert_eq!(user(&keychain, "r.example", "x/y").as_deref(), Some("team:2"));
    assert_eq!(user(&keychain, "t.example", "x").as_deref(), Some("<token>:idt"));
}

#[test]
fn podmans_file_is_asked_before_dockers_and_the_configuration_before_both() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "run/containers/auth.json", r#"{"auths":{"r.example":{"auth":"dGVhbToy"}}}"#);
    write(folder.path(), "home/.docker/config.json", r#"{"auths":{"r.example":{"auth":"aG9zdDox"},"d.example":{"auth":"ZGVlcDoz"}}}"#);
    let path = |name: &str| folder.path().join(name).display().to_string();
    let environment = BTreeMap::from([("XDG_RUNTIME_DIR".to_owned(), path("run")), ("HOME".to_owned(), path("home"))]);
    let login = Login { username: "c".into(), password: Secret::new("9".into()) };
    let configured = BTreeMap::from([("c.example".to_owned(), FoundLogin { login, origin: Origin::Configuration("config.yaml".into()) })]);
    let keychain = Keychain::load(KeychainSources { configured, environment: environment.clone(), authfile: None }).unwrap();
    assert_eq!(user(&keychain, "r.example", "x").as_deref(), Some("team:2"));
    assert_eq!(user(&keychain, "d.example", "x").as_deref(), Some("deep:3"));
    assert_eq!(keychain.login_for("c.example", "x").unwrap().unwrap().origin.to_string(), "config.yaml");
    assert!(keychain.searched().iter().any(|place| place.ends_with("home/.docker/config.json")));

    let only = write(folder.path(), "only.json", "{}");
    let mut environment = environment;
    environment.insert("REGISTRY_AUTH_FILE".to_owned(), only.display().to_string());
    let keychain = Keychain::load(KeychainSources { environment, ..KeychainSources::default() }).unwrap();
    assert_eq!(user(&keychain, "r.example", "x"), None, "a named file is the only one");
}

#[test]
fn broken_files_are_named_and_keep_their_secrets() {
    let folder = tempfile::tempdir().unwrap();
    let missing = folder.path().join("none.json");
    let load = |path: PathBuf| Keychain::load(KeychainSources { authfile: Some(path), ..KeychainSources::default() });
    assert!(load(missing).err().unwrap().to_string().contains("none.json"));
    let text = "{\"auths\":{\"r.example\":{\"password\":[\"hunter2\"]}}}";
    let error = load(write(folder.path(), "bad.json", text)).err().unwrap().to_string();
    assert!(error.contains("bad.json") && error.contains("line 1") && !error.contains("hunter2"), "{error}");
    let keychain = with_authfile(write(folder.path(), "auth.json", r#"{"auths":{"r.example":{"auth":"***"}}}"#));
    let error = keychain.login_for("r.example", "x").unwrap_err().to_string();
    assert!(error.contains("r.example") && error.contains("base64") && error.contains("auth.json"), "{error}");
}

fn helper(folder: &Path, name: &str, script: &str) {
    let path = write(folder, &format!("docker-credential-{name}"), &format!("#!/bin/sh\n{script}\n"));
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
}

fn with_helpers(folder: &Path, config: &str) -> Keychain {
    write(folder, "config.json", config);
    let path = format!("{}:/usr/bin:/bin", folder.display());
    let environment = BTreeMap::from([("DOCKER_CONFIG".to_owned(), folder.display().to_string()), ("PATH".to_owned(), path)]);
    Keychain::load(KeychainSources { environment, ..KeychainSources::default() }).unwrap()
}

#[test]
fn helpers_are_asked_once_with_the_servers_name() {
    let folder = tempfile::tempdir().unwrap();
    let script = r#"read server; echo "$1 $server" >> "$DOCKER_CONFIG/asked"; echo '{"ServerURL":"x","Username":"h","Secret":"s"}'"#;
    // `read` gives 1 where the line has no end; the server's name comes without one.
    helper(folder.path(), "one", script);
    helper(folder.path(), "none", "cat >/dev/null; echo 'credentials not found in native keychain'; exit 1");
    let config = r#"{"credHelpers":{"r.example":"one","n.example":"none","p.example/team":"one"},"credsStore":"one"}"#;
    let keychain = with_helpers(folder.path(), config);
    assert_eq!(user(&keychain, "p.example", "team/a").as_deref(), Some("h:s"));
    assert_eq!(user(&keychain, "r.example", "a").as_deref(), Some("h:s"));
    assert_eq!(user(&keychain, "r.example", "b").as_deref(), Some("h:s"));
    assert_eq!(user(&keychain, "docker.io", "library/a").as_deref(), Some("h:s"));
    assert_eq!(user(&keychain, "n.example", "a"), None);
    let asked = fs::read_to_string(folder.path().join("asked")).unwrap();
    assert_eq!(asked, "get p.example/team\nget r.example\nget https://index.docker.io/v1/\n");
    let keychain = with_helpers(folder.path(), r#"{"credHelpers":{"index.docker.io":"one","p.example/team":"one"}}"#);
    assert_eq!(user(&keychain, "p.example", "teams/a"), None, "not a part of the path");
    assert_eq!(user(&keychain, "docker.io", "library/a").as_deref(), Some("h:s"));
    let asked = fs::read_to_string(folder.path().join("asked")).unwrap();
    assert!(asked.ends_with("get https://index.docker.io/v1/\nget https://index.docker.io/v1/\n"), "{asked}");
}

#[test]
fn a_helper_that_fails_is_no_missing_sign_in() {
    let folder = tempfile::tempdir().unwrap();
    helper(folder.path(), "bad", "echo hunter2; exit 3");
    let config = r#"{"credHelpers":{"r.example":"bad","m.example":"missing","e.example":"../evil"}}"#;
    let keychain = with_helpers(folder.path(), config);
    for (registry, expected) in [("r.example", "exit status: 3"), ("m.example", "PATH"), ("e.example", "not that of a program")] {
        let error = keychain.login_for(registry, "x").unwrap_err().to_string();
        assert!(error.contains(expected) && error.contains(registry) && !error.contains("hunter2"), "{error}");
    }
}
