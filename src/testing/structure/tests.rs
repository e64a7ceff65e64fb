//! Files with structure tests, good and bad. What the original says to whole files is in `fixtures/structure`.

use super::*;

fn yaml(text: &str) -> Result<Structure, Vec<String>> {
    Structure::parse(&format!("schemaVersion: 2.0.0\n{text}"), false, "s.yaml").map_err(|error| error.problems)
}

#[test]
fn everything_a_file_may_hold() {
    let structure = yaml(
        "globalEnvVars: [{key: A, value: 1}]\n\
         commandTests: [{name: c, setup: [[a, b]], teardown: [[c]], envVars: [{key: K, value: v, isRegex: yes}], exitCode: 3, command: sh, args: [-c, 010],\n\
           expectedOutput: [a], excludedOutput: [b], expectedError: [c], excludedError: [d]}]\n\
         fileExistenceTests: [{name: e, path: /x, shouldExist: n, permissions: -rw-r--r--, uid: 1e1, gid: 0x5, isExecutableBy: any}]\n\
         health: {http: {port: 80, status: 204, expectedContents: [ok]}, timeout: 1m, stopWithin: 5, exitCode: 3}\n\
         sandbox: {network: true, timeout: 5s, memory: 64m, cpus: 1.5, processes: 10}\n",
    )
    .unwrap();
    let command = &structure.commands[0];
    assert_eq!((command.args.as_slice(), command.exit_code), (["-c".to_owned(), "010".to_owned()].as_slice(), 3));
    assert!(command.env[0].is_regex);
    let existence = &structure.existence[0];
    assert_eq!((existence.should_exist, existence.uid, existence.gid), (false, 10, 5));
    let health = structure.health.unwrap();
    assert_eq!((health.timeout.as_secs(), health.stop_within.as_secs(), health.exit_codes), (60, 5, vec![3]));
    assert_eq!((structure.sandbox.memory, structure.sandbox.processes, structure.sandbox.network), (64 << 20, 10, true));
}

#[test]
fn wrong_values_have_a_place() {
    let mut wrong = Vec::new();
    let cases = [
        ("foo: 1", "s.yaml:2:1: the key foo is not known here"),
        ("metadataTests: []", "s.yaml:2:1: the key metadataTests is not known; did you mean metadataTest?"),
        ("fileExistenceTests: [{name: a, path: [b]}]", "s.yaml:2:38: this must be text, and is a list"),
        ("fileExistenceTests: [{name: a, uid: '5'}]", "s.yaml:2:37: this must be a whole number, and is text"),
        ("fileContentTests: {}", "s.yaml:2:19: this must be a list, and is a map"),
        ("commandTests: [x]", "s.yaml:2:16: this must be a map, and is text"),
        ("metadataTest: {user: a, user: b}", "s.yaml:2:25: the key user stands here for the second time"),
        ("health: {}", "s.yaml:2:9: health needs exactly one of port, http and healthcheck: true"),
        ("health: {port: 70000}", "s.yaml:2:16: port must be a port, 1 to 65535"),
        ("health: {http: {port: 1, path: 'a b'}}", "s.yaml:2:16: path must begin with / and have no blanks"),
        ("health: {port: 1, timeout: soon}", "s.yaml:2:28: timeout must be a duration"),
        ("sandbox: {memory: 1k}", "s.yaml:2:19: memory must be bytes"),
        ("sandbox: {cpus: 0}", "s.yaml:2:17: cpus must be"),
        ("sandbox: {processes: 0}", "s.yaml:2:10: processes must be a number"),
        ("a: [", "s.yaml:"),
    ];
    for (text, expected) in cases {
        let problems = yaml(text).unwrap_err();
        if !(problems[0].starts_with(expected)) {
            wrong.push(format!("{text}: {problems:?}"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn json_is_read_as_go_reads_it() {
    let json = |text: &str| Structure::parse(text, true, "s.json").map_err(|error| error.problems);
    let structure =
        json("{\"SCHEMAVERSION\":\"2.0.0\",\n\t\"x\":1,\"FileExistenceTests\":[{\"NAME\":\"a\",\"path\":\"\\u00e9\\ud83d\\ude00\"}]}")
            .unwrap();
    let test = &structure.existence[0];
    assert_eq!((test.name.as_str(), test.path.as_str()), ("a", "é😀"));
    assert_eq!((test.should_exist, test.uid, test.gid), (false, 0, 0));
    assert_eq!(
        json("{\"schemaVersion\":\"2.0.0\",\n  \"fileExistenceTests\": [{\"name\":5}]}").unwrap_err(),
        ["s.json:2:34: this must be text, and is a whole number"]
    );
    assert!(json("{\"schemaVersion\":\"2.0.0\",").unwrap_err()[0].starts_with("s.json:1:25: EOF"));
}

#[test]
fn files_are_found_by_their_names() {
    let folder = tempfile::tempdir().unwrap();
    for name in [
        "structure.yaml",
        "structure-test.yml",
        "structure-test.health.yaml",
        "structure.json",
        "structure.yaml~",
        "structured.yaml",
        "test.yaml",
    ] {
        std::fs::write(folder.path().join(name), "").unwrap();
    }
    let found: Vec<String> =
        find(folder.path()).unwrap().iter().map(|path| path.file_name().unwrap().to_string_lossy().into_owned()).collect();
    assert_eq!(found, ["structure-test.health.yaml", "structure-test.yml", "structure.json", "structure.yaml"]);
}
