//! The tree into structure tests.

use super::fields::{Fields, Problem, Reader};
use super::model::{CommandTest, Container, ContentTest, ExistenceTest, LicenseTest, Metadata, Pair, Structure};
use super::own;
use crate::config::yaml::{Node, Shape};

/// The schema that is understood.
const VERSION: &str = "2.0.0";

const ROOT: [&str; 10] = [
    "schemaVersion",
    "globalEnvVars",
    "commandTests",
    "fileExistenceTests",
    "fileContentTests",
    "metadataTest",
    "licenseTests",
    "containerRunOptions",
    "health",
    "sandbox",
];
const COMMAND: [&str; 11] = [
    "name",
    "setup",
    "teardown",
    "envVars",
    "exitCode",
    "command",
    "args",
    "expectedOutput",
    "excludedOutput",
    "expectedError",
    "excludedError",
];
const EXISTENCE: [&str; 7] = ["name", "path", "shouldExist", "permissions", "uid", "gid", "isExecutableBy"];
const METADATA: [&str; 11] = [
    "envVars",
    "unboundEnvVars",
    "exposedPorts",
    "unexposedPorts",
    "entrypoint",
    "cmd",
    "workdir",
    "volumes",
    "unmountedVolumes",
    "labels",
    "user",
];
const CONTAINER: [&str; 7] = ["user", "privileged", "allocateTty", "envVars", "envFile", "capabilities", "bindMounts"];
/// Go reads JSON by the names of its own fields, and this one has another.
const CONTAINER_JSON: [&str; 7] = ["user", "privileged", "TTY", "envVars", "envFile", "capabilities", "bindMounts"];

/// Reads a file.
pub(super) fn structure(root: &Node, json: bool) -> Result<Structure, Vec<Problem>> {
    let reader = Reader::new(json);
    if !matches!(root.shape, Shape::Map(_) | Shape::Null) {
        reader.wrong(root.place, format!("this must be a map, and is {}", root.found()));
        return Err(reader.problems());
    }
    let fields = reader.fields(root, &ROOT);
    version(&reader, root, &fields);
    let structure = Structure {
        file: String::new(),
        globals: pairs(&reader, &fields, "globalEnvVars"),
        commands: fields.items("commandTests").iter().map(|node| command(&reader, node)).collect(),
        existence: fields.items("fileExistenceTests").iter().map(|node| existence(&reader, node)).collect(),
        contents: fields.items("fileContentTests").iter().map(|node| content(&reader, node)).collect(),
        metadata: fields.get("metadataTest").map(|node| metadata(&reader, node)).filter(|metadata| *metadata != Metadata::default()),
        licenses: fields.items("licenseTests").iter().map(|node| license(&reader, node)).collect(),
        container: fields.get("containerRunOptions").map(|node| container(&reader, node)).unwrap_or_default(),
        health: own::health(&reader, &fields),
        sandbox: own::sandbox(&reader, &fields),
    };
    drop(fields);
    let problems = reader.problems();
    if problems.is_empty() { Ok(structure) } else { Err(problems) }
}

fn version(reader: &Reader, root: &Node, fields: &Fields<'_>) {
    match fields.get("schemaVersion") {
        Some(node) => {
            let found = reader.text(node);
            if found != VERSION {
                reader.wrong(node.place, format!("the schema version {found:?} is not known; write {VERSION}"));
            }
        }
        None => reader.wrong(root.place, format!("schemaVersion is missing; write schemaVersion: {VERSION}")),
    }
}

fn pairs(reader: &Reader, fields: &Fields<'_>, key: &str) -> Vec<Pair> {
    let pair = |node| {
        let fields = reader.fields(node, &["key", "value", "isRegex"]);
        Pair { key: fields.text("key"), value: fields.text("value"), is_regex: fields.flag("isRegex", false) }
    };
    fields.items(key).iter().map(pair).collect()
}

fn command(reader: &Reader, node: &Node) -> CommandTest {
    let fields = reader.fields(node, &COMMAND);
    let lists = |key: &str| -> Vec<Vec<String>> {
        let lists = fields.items(key).iter();
        lists.map(|node| reader.items(node).iter().map(|item| reader.text(item)).collect()).collect()
    };
    CommandTest {
        place: fields.place,
        name: fields.text("name"),
        setup: lists("setup"),
        teardown: lists("teardown"),
        env: pairs(reader, &fields, "envVars"),
        command: fields.text("command"),
        args: fields.texts("args"),
        expected_output: fields.texts("expectedOutput"),
        excluded_output: fields.texts("excludedOutput"),
        expected_error: fields.texts("expectedError"),
        excluded_error: fields.texts("excludedError"),
        exit_code: fields.number("exitCode", 0),
    }
}

fn existence(reader: &Reader, node: &Node) -> ExistenceTest {
    let fields = reader.fields(node, &EXISTENCE);
    // In JSON the original has Go's own defaults: nothing should exist, and all of it belongs to root.
    let (exists, owner) = if reader.json || node.shape == Shape::Null { (false, 0) } else { (true, -1) };
    ExistenceTest {
        place: fields.place,
        name: fields.text("name"),
        path: fields.text("path"),
        should_exist: fields.flag("shouldExist", exists),
        permissions: fields.text("permissions"),
        uid: fields.number("uid", owner),
        gid: fields.number("gid", owner),
        executable_by: fields.text("isExecutableBy"),
    }
}

fn content(reader: &Reader, node: &Node) -> ContentTest {
    let fields = reader.fields(node, &["name", "path", "expectedContents", "excludedContents"]);
    ContentTest {
        place: fields.place,
        name: fields.text("name"),
        path: fields.text("path"),
        expected: fields.texts("expectedContents"),
        excluded: fields.texts("excludedContents"),
    }
}

fn metadata(reader: &Reader, node: &Node) -> Metadata {
    let fields = reader.fields(node, &METADATA);
    Metadata {
        env: pairs(reader, &fields, "envVars"),
        unbound: pairs(reader, &fields, "unboundEnvVars"),
        labels: pairs(reader, &fields, "labels"),
        entrypoint: fields.texts_if_there("entrypoint"),
        cmd: fields.texts_if_there("cmd"),
        exposed: fields.texts("exposedPorts"),
        unexposed: fields.texts("unexposedPorts"),
        volumes: fields.texts("volumes"),
        unmounted: fields.texts("unmountedVolumes"),
        workdir: fields.text("workdir"),
        user: fields.text("user"),
    }
}

fn license(reader: &Reader, node: &Node) -> LicenseTest {
    let fields = reader.fields(node, &["debian", "files"]);
    LicenseTest { debian: fields.flag("debian", false), files: fields.texts("files") }
}

fn container(reader: &Reader, node: &Node) -> Container {
    let fields = reader.fields(node, if reader.json { &CONTAINER_JSON } else { &CONTAINER });
    Container {
        user: fields.text("user"),
        privileged: fields.flag("privileged", false),
        terminal: fields.flag(if reader.json { "TTY" } else { "allocateTty" }, false),
        env: fields.texts("envVars"),
        env_file: fields.text("envFile"),
        capabilities: fields.texts("capabilities"),
        binds: fields.texts("bindMounts"),
    }
}
