use super::*;

fn sources() -> Sources {
    Sources { configfile: ConfigFile::Default("nowhere.yaml".into()), env: BTreeMap::new(), flags: Vec::new() }
}

#[test]
fn defaults_alone_make_a_configuration() {
    let config = load(&sources()).unwrap();
    assert_eq!(config.registry, "");
    assert_eq!(config.verify_command, "/bin/bash");
}
