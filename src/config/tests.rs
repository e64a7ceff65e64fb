//! Cases are folders under `fixtures/config`: the layers, and `expected.txt` with what comes of them. After a change
//! of texts: `UPDATE=1 cargo test --lib config`, then read the difference.

use super::*;
use serde_json::{Value, json};
use std::fmt::Write;
use std::fs;
use std::path::Path;

fn sources() -> Sources {
    Sources { configfile: ConfigFile::Default("no-such-config.yaml".into()), env: BTreeMap::new(), flags: Vec::new() }
}

/// The sources of a case: `config.yaml`, `user/*.yaml`, `env` with `NAME=value` lines.
fn case(folder: &Path) -> Sources {
    let mut env = BTreeMap::from([("XDG_CONFIG_HOME".to_owned(), folder.join("user").display().to_string())]);
    for line in fs::read_to_string(folder.join("env")).unwrap_or_default().lines() {
        let (name, value) = line.split_once('=').unwrap();
        env.insert(name.to_owned(), value.to_owned());
    }
    Sources { configfile: ConfigFile::Named(folder.join("config.yaml")), env, flags: Vec::new() }
}

/// What a person sees of a configuration: every value that is no default, the variables of templates, the warnings.
fn describe(config: &Config) -> String {
    let mut text = String::new();
    let defaults = load(&sources()).unwrap().template_variables();
    for row in config.values().into_iter().filter(|row| row.origin.layer != LayerName::Default) {
        let line = row.origin.line.map(|line| format!(":{line}")).unwrap_or_default();
        let layer = format!("{:?}", row.origin.layer).to_lowercase();
        writeln!(text, "value    {} = {} ({layer} {}{line})", row.key, row.value, row.origin.path.unwrap_or_default()).unwrap();
    }
    for (name, value) in config.template_variables().into_iter().filter(|(name, value)| defaults.get(name) != Some(value)) {
        writeln!(text, "variable {name} = {value}").unwrap();
    }
    for warning in &config.warnings {
        writeln!(text, "{} {}", warning.code, Problem::from(warning.clone())).unwrap();
    }
    text
}

#[test]
fn every_case_comes_out_as_it_says() {
    let cases = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/config");
    let mut wrong = Vec::new();
    for entry in fs::read_dir(&cases).unwrap() {
        let folder = entry.unwrap().path();
        let found = match load(&case(&folder)) {
            Ok(config) => describe(&config),
            Err(error) => format!("{error}\n"),
        };
        let found = found.replace(&format!("{}/", folder.display()), "");
        let file = folder.join("expected.txt");
        if std::env::var_os("UPDATE").is_some() {
            fs::write(&file, &found).unwrap();
        }
        if fs::read_to_string(&file).unwrap_or_default() != found {
            wrong.push(format!("== {}\n{found}", folder.display()));
        }
        assert!(!found.contains("hunter2") && !found.contains("0123"), "a secret shows: {found}");
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn defaults_alone_make_a_configuration() {
    let config = load(&sources()).unwrap();
    assert_eq!((config.registry.as_str(), config.scan_workers, config.update_id.as_str()), ("", 8, "s"));
    assert_eq!(config.uid_mappings, [("root".to_owned(), 0), ("www-data".to_owned(), 33), ("nobody".to_owned(), 65534)]);
    assert_eq!(config.verify_args, ["-c", "{path}/test.sh {image}"]);
    assert_eq!(config.cooperage.test_timeout.as_secs(), 900);
    assert_eq!((config.cooperage.builder, config.cooperage.latest), (BuilderChoice::Auto, LatestPolicy::Newer));
    assert_eq!((config.jobs(2), config.jobs(16), config.registry_parallel()), (4, 16, 8));
    assert!(config.limits.is_empty() && config.login().is_none() && config.warnings.is_empty());
    assert!(config.values().iter().all(|row| row.origin.layer == LayerName::Default && row.origin.line.is_some()));
}

#[test]
fn rows_are_the_document_of_the_command_line() {
    let config = load(&sources()).unwrap();
    let document = serde_json::to_value(config.document()).unwrap();
    let row = document["values"].as_array().unwrap().iter().find(|row| row["key"] == "distribution").unwrap().clone();
    assert_eq!(row["value"], "wikimedia");
    assert_eq!(row["origin"]["layer"], "default");
    assert_eq!(row["origin"]["path"], Value::Null);
    assert_eq!(document["values"].as_array().unwrap().len(), KEYS.len());
}

#[test]
fn templates_see_docker_pkgs_keys_then_variables_in_file_order() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("c.yaml");
    fs::write(&file, "z: 1\nhttp_proxy: http://p:1\na: 2\ncooperage: {jobs: 1}\nusername: u\npassword: p\n").unwrap();
    let config = load(&Sources { configfile: ConfigFile::Named(file), ..sources() }).unwrap();
    let variables = config.template_variables();
    let names: Vec<&str> = variables.keys().map(String::as_str).collect();
    let known: Vec<&str> = KEYS.iter().filter(|key| key.is_docker_pkg() && !key.secret).map(|key| key.name).collect();
    assert_eq!(names, [known, vec!["z", "a"]].concat());
    assert_eq!(variables["apt_only_proxy"], "http://p:1");
    assert_eq!(variables["known_uid_mappings"], json!({"root": 0, "www-data": 33, "nobody": 65534}));
    assert_eq!(config.apt_only_proxy.as_deref(), Some("http://p:1"));
}

#[test]
fn a_named_file_must_be_there_and_the_default_one_need_not() {
    let missing = Sources { configfile: ConfigFile::Named("no-such-config.yaml".into()), ..sources() };
    let error = load(&missing).unwrap_err();
    assert_eq!(error.problems[0].defect.code, "config_unreadable");
    assert!(error.to_string().starts_with("no-such-config.yaml: the configuration cannot be read: No such file"), "{error}");
    let folder = tempfile::tempdir().unwrap();
    let directory = Sources { configfile: ConfigFile::Default(folder.path().to_owned()), ..sources() };
    assert!(load(&directory).unwrap_err().to_string().contains("directory"));
    let mut endless = sources();
    endless.configfile = ConfigFile::Named("/dev/zero".into());
    assert!(load(&endless).unwrap_err().to_string().contains("larger than 4 MiB"));
}

#[test]
fn the_users_files_are_found_as_the_standard_says() {
    let home = tempfile::tempdir().unwrap();
    fs::create_dir(home.path().join(".config")).unwrap();
    fs::write(home.path().join(".config/cooperage.yaml"), "registry: mine\n").unwrap();
    let home_variable = ("HOME".to_owned(), home.path().display().to_string());
    let mut sources = Sources { env: BTreeMap::from([home_variable]), ..sources() };
    assert_eq!(load(&sources).unwrap().registry, "mine");
    sources.env.insert("XDG_CONFIG_HOME".into(), "relative/is/ignored".into());
    assert_eq!(load(&sources).unwrap().registry, "mine");
    sources.env.insert("XDG_CONFIG_HOME".into(), "/dev/null".into());
    assert_eq!(load(&sources).unwrap().registry, "");
}

#[test]
fn flags_win_and_are_checked() {
    let flag = |key: &str, value: Value, name: &str| Flag { key: key.into(), value, name: name.into() };
    let mut sources = Sources { env: BTreeMap::from([("COOPERAGE_JOBS".to_owned(), "3".to_owned())]), ..sources() };
    sources.flags = vec![flag("cooperage.jobs", json!(5), "--jobs")];
    let config = load(&sources).unwrap();
    assert_eq!(config.jobs(1), 5);
    let row = config.values().into_iter().find(|row| row.key == "cooperage.jobs").unwrap();
    assert_eq!(row.origin, Origin { layer: LayerName::Flag, path: Some("--jobs".into()), line: None });
    sources.flags = vec![flag("cooperage.jobs", json!(0), "--jobs"), flag("cooperage.jbos", json!(1), "--x")];
    let error = load(&sources).unwrap_err();
    assert_eq!(error.problems.len(), 2);
    assert_eq!(error.problems[0].to_string(), "--jobs: cooperage.jobs must be a whole number from 1 to 65535, found the number 0");
}

#[test]
fn credentials_come_from_files_and_never_print() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("p"), "hunter2 \n").unwrap();
    let mut sources = Sources { env: BTreeMap::from([("HOME".to_owned(), folder.path().display().to_string())]), ..sources() };
    sources.env.insert("COOPERAGE_USERNAME".into(), "ada".into());
    sources.env.insert("COOPERAGE_PASSWORD_FILE".into(), "~/p".into());
    let config = load(&sources).unwrap();
    let login = config.login().unwrap();
    assert_eq!((login.username.as_str(), login.password.expose().as_str()), ("ada", "hunter2 "));
    let shown = format!("{config:?} {} {}", json!(config.values()), json!(config.template_variables()));
    assert!(!shown.contains("hunter2") && !shown.contains("ada"), "{shown}");
    // A later layer's password beats an earlier layer's file.
    sources.flags.push(Flag { key: "password".into(), value: json!("other"), name: "--password".into() });
    assert_eq!(load(&sources).unwrap().login().unwrap().password.expose(), "other");
    fs::write(folder.path().join("p"), "\n").unwrap();
    sources.flags.clear();
    assert!(load(&sources).unwrap_err().to_string().contains("cooperage.password_file: ~/p is empty"));
}

#[test]
fn build_secrets_are_read_when_they_are_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("key");
    let sources_map = json!({"npm": {"env": "NPM_TOKEN"}, "unset": {"env": "NOBODY"}, "key": {"file": file}});
    let mut sources = Sources { env: BTreeMap::from([("NPM_TOKEN".to_owned(), "t0ken".to_owned())]), ..sources() };
    sources.flags.push(Flag { key: "cooperage.build_secrets".into(), value: sources_map, name: "--secret".into() });
    let config = load(&sources).unwrap();
    assert_eq!(config.build_secret("npm").unwrap().expose(), b"t0ken");
    assert!(matches!(config.build_secret("unset"), Err(SecretError::NotSet { .. })));
    assert!(matches!(config.build_secret("nobody"), Err(SecretError::Unknown { .. })));
    assert!(matches!(config.build_secret("key"), Err(SecretError::Unreadable { .. })));
    fs::write(&file, [0xff, 0]).unwrap();
    assert_eq!(config.build_secret("key").unwrap().expose(), &[0xff, 0]);
    assert!(!format!("{config:?}").contains("t0ken"));
}

/// The checks of the table and the types must not drift apart: what one lets pass the other can hold.
#[test]
fn what_the_checks_let_pass_fits_the_types() {
    let odd =
        [json!(1), json!(0), json!(-1), json!(1.5), json!(70000), json!(1u64 << 62), json!(""), json!("x"), json!("1h"), json!("a/b")];
    let nested = [json!([]), json!(["a"]), json!({}), json!({"a": "b"}), json!({"a": 1}), json!({"memory": 5}), json!({"memory": ""})];
    let more =
        [json!("memory="), json!("cpusetcpus=1,2"), json!(true), json!({"a": {"env": "X"}}), json!({"a": {"file": "X"}}), Value::Null];
    for key in KEYS {
        for value in odd.iter().chain(&nested).chain(&more) {
            let flag = Flag { key: key.name.into(), value: value.clone(), name: "--x".into() };
            if let Err(error) = load(&Sources { flags: vec![flag], ..sources() }) {
                assert!(!error.to_string().contains("does not fit together"), "{}: {value}", key.name);
            }
        }
    }
}

#[test]
fn of_the_users_two_files_the_second_one_wins() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("docker-pkg.yaml"), "username: ada\npassword: hunter2\n").unwrap();
    fs::write(folder.path().join("p"), "from-file").unwrap();
    let ours = format!("cooperage: {{password_file: {}}}\n", folder.path().join("p").display());
    fs::write(folder.path().join("cooperage.yaml"), ours).unwrap();
    let env = BTreeMap::from([("XDG_CONFIG_HOME".to_owned(), folder.path().display().to_string())]);
    assert_eq!(load(&Sources { env, ..sources() }).unwrap().login().unwrap().password.expose(), "from-file");
}

#[test]
fn variables_are_yaml_but_text_is_literal() {
    let env = [
        ("COOPERAGE_REGISTRY", "'quoted:5000'"),
        ("COOPERAGE_APT_OPTIONS", "-o A=b # c: d"),
        ("COOPERAGE_HTTP_PROXY", "null"),
        ("COOPERAGE_VERIFY_ARGS", "[-c, 'a, b']"),
        ("COOPERAGE_BASE_IMAGES", "a:1,b:2,"),
        ("COOPERAGE_USE_CACHE", "yes"),
        ("COOPERAGE_CONTAINER_LIMITS", "{memory: 1g}"),
        ("COOPERAGE_TEST_TIMEOUT", "90"),
        ("COOPERAGE_BUILD_ARGS", "{V: '1.10'}"),
        ("no_proxy", "localhost"),
    ];
    let env = env.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    let config = load(&Sources { env, ..sources() }).unwrap();
    assert_eq!((config.registry.as_str(), config.apt_options.as_str()), ("quoted:5000", "-o A=b # c: d"));
    assert_eq!((config.http_proxy.as_deref(), config.no_proxy.as_deref()), (None, Some("localhost")));
    assert_eq!(
        (config.verify_args.clone(), config.base_images.clone()),
        (vec!["-c".into(), "a, b".into()], vec!["a:1".into(), "b:2".into()])
    );
    assert_eq!((config.cooperage.use_cache, config.limits.memory), (true, Some(1 << 30)));
    assert_eq!((config.cooperage.test_timeout.as_secs(), config.cooperage.build_args["V"].as_str()), (90, "1.10"));
}

/// Destinations and the word on publishing, of a file, the environment and a flag.
fn publishing(yaml: &str, env: &[(&str, &str)], flag: Option<bool>) -> (Vec<String>, Option<bool>) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("config.yaml");
    fs::write(&file, yaml).unwrap();
    let flag = flag.map(|value| Flag { key: "cooperage.publish".to_owned(), value: value.into(), name: "--publish".to_owned() });
    let env = env.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let config = load(&Sources { configfile: ConfigFile::Named(file), env, flags: flag.into_iter().collect() }).unwrap();
    (config.destinations.iter().map(|entry| entry.settings.name.clone()).collect(), config.publishing())
}

#[test]
fn a_list_of_destinations_outlives_yes_and_no() {
    let list = "cooperage: {publish: [{name: a, to: h.example/x, tags: null, select: null}]}\n";
    let named = || vec!["a".to_owned()];
    assert_eq!(publishing(list, &[], None), (named(), Some(true)));
    assert_eq!(publishing(list, &[], Some(false)), (named(), Some(false)));
    assert_eq!(publishing(list, &[("COOPERAGE_PUBLISH", "false")], Some(true)), (named(), Some(true)));
    assert_eq!(publishing(list, &[("COOPERAGE_PUBLISH", "null")], None), (Vec::new(), None));
    let other = "[{name: b, to: 'oci:~/out'}, {name: c, to: h.example/y}]";
    assert_eq!(publishing(list, &[("COOPERAGE_PUBLISH", other)], None), (vec!["b".to_owned(), "c".to_owned()], Some(true)));
    assert_eq!(publishing("cooperage: {publish: false}\n", &[], None), (Vec::new(), Some(false)));
}
