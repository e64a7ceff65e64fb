//! What people's catalogues, scripts and CI jobs get from docker-pkg 4.0.4 and must get from us: stdout, what tests see,
//! how templates come out. The expectations were observed by running it; docs/from-docker-pkg.md tells them to people.

mod support;

use serde_json::Value;
use std::fs;
use std::path::Path;
use std::process::Command;
use support::catalogue::{Catalogue, Outcome};

/// The lines of stdout that docker-pkg prints too, in order; namespace and folder are replaced by words.
fn headings(catalogue: &Catalogue, run: &Outcome) -> Vec<String> {
    let theirs = ["== ", "Will build ", "* ", " ERROR: ", "NOT publishing ", "Successfully published ", "You can see the logs "];
    let lines = run.stdout.lines().filter(|line| theirs.iter().any(|start| line.starts_with(start)));
    let root = catalogue.root().display().to_string();
    lines.map(|line| line.replace(&root, "DIRECTORY").replace(&catalogue.namespace, "NAMESPACE")).collect()
}

/// A catalogue without registry whose `broken` fails its test, below `base` and above `child`.
fn family() -> Catalogue {
    let catalogue = Catalogue::new("");
    catalogue.plain("base", "1.0", "base").plain_child("broken", "2.0-1", "base").plain_child("child", "0.1.0-s2", "broken");
    catalogue.script("broken/test.sh", "#!/bin/sh\nexit 3\n");
    catalogue
}

/// docker-pkg builds `child` on the broken image; blocking it is one of the differences, and so is the exit code.
#[test]
fn the_lines_of_a_run_stand_as_they_were() {
    let catalogue = family();
    let run = catalogue.expect(1, &["build"]);
    let expected = [
        "== Step 0: scanning DIRECTORY ==",
        "Will build the following images:",
        "* NAMESPACE/base:1.0",
        "* NAMESPACE/broken:2.0-1",
        "* NAMESPACE/child:0.1.0-s2",
        "== Step 1: building images ==",
        "* Built image NAMESPACE/base:1.0",
        " ERROR: image NAMESPACE/broken failed to build, see logs for details",
        " ERROR: image NAMESPACE/child failed to build, see logs for details",
        "== Step 2: publishing ==",
        "NOT publishing images as we have no auth setup",
        "== Build done! ==",
        "You can see the logs at ./cooperage-build.log",
    ];
    assert_eq!(headings(&catalogue, &run), expected);
}

#[test]
fn a_run_that_finds_nothing_to_build_prints_every_heading() {
    let catalogue = Catalogue::new("");
    catalogue.plain("base", "1.0", "base");
    catalogue.expect(0, &["build"]);
    let expected = [
        "== Step 0: scanning DIRECTORY ==",
        "Will build the following images:",
        "== Step 1: building images ==",
        "== Step 2: publishing ==",
        "NOT publishing images as we have no auth setup",
        "== Build done! ==",
    ];
    assert_eq!(headings(&catalogue, &catalogue.expect(0, &["--info", "build"])), expected);
}

#[test]
fn the_scanned_directory_is_printed_whole() {
    let catalogue = Catalogue::new("");
    catalogue.plain("base", "1.0", "base");
    let run = Outcome::of(catalogue.command(&["build", "../images"]).output().unwrap());
    let first = run.stdout.lines().next().unwrap_or_default();
    assert!(first.starts_with("== Step 0: scanning /") && first.ends_with("images =="), "{first}");
}

/// docker-pkg runs it where it was started itself, `{path}` is absolute, and proxies are set under four names.
#[test]
fn a_test_runs_where_the_call_is_made() {
    let catalogue = Catalogue::new("");
    catalogue
        .plain("base", "1.0", "base")
        .configure("http_proxy: http://proxy.example:3128\nverify_args: ['-c', 'pwd > seen; echo {path} {image} >> seen; env >> seen']\n");
    catalogue.expect(0, &["-c", "config.yaml", "build"]);
    let seen = fs::read_to_string(catalogue.work().join("seen")).unwrap();
    let lines: Vec<&str> = seen.lines().collect();
    assert_eq!(Path::new(lines[0]), catalogue.work().canonicalize().unwrap());
    assert_eq!(lines[1], format!("{} {}", catalogue.root().join("base").display(), catalogue.reference("base", "1.0")));
    for name in ["http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"] {
        assert!(lines.contains(&format!("{name}=http://proxy.example:3128").as_str()), "{name}: {seen}");
    }
}

/// The variables every template has without any configuration, as docker-pkg prints them (credentials apart).
#[test]
fn the_defaults_of_the_configuration_are_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let keys = [
        ("namespace", ""),
        ("registry", ""),
        ("base_images", "[]"),
        ("apt_options", ""),
        ("http_proxy", "None"),
        ("apt_only_proxy", "None"),
        ("scan_workers", "8"),
        ("fallback_author", "Author"),
        ("fallback_email", "email@domain"),
        ("distribution", "wikimedia"),
        ("update_id", "s"),
        ("ca_bundle", "None"),
        ("force_numeric_user", "False"),
        ("known_uid_mappings", "{'root': 0, 'www-data': 33, 'nobody': 65534}"),
        ("verify_command", "/bin/bash"),
        ("verify_args", "['-c', '{path}/test.sh {image}']"),
    ];
    let template: String = keys.iter().map(|(key, _)| format!("# {key} = {{{{ {key} }}}}\n")).collect();
    let expected: Vec<String> = keys.iter().map(|(key, value)| format!("# {key} = {value}")).collect();
    define(&folder.path().join("vars"), "vars", "1.0", &template);
    let rendered = render(folder.path(), "{}\n");
    assert_eq!(rendered("vars").unwrap(), expected.join("\n"));
}

#[test]
fn templates_come_out_as_docker_pkg_rendered_them() {
    let fixture = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/docker-pkg/rendered.json");
    let document: Value = serde_json::from_str(&fs::read_to_string(fixture).unwrap()).unwrap();
    let cases = document["cases"].as_array().unwrap();
    let folder = tempfile::tempdir().unwrap();
    for case in cases {
        let name = case["name"].as_str().unwrap();
        let version = name.replacen('t', "1.", 1);
        define(&folder.path().join(name), name, &version, case["template"].as_str().unwrap());
    }
    let rendered = render(folder.path(), document["config"].as_str().unwrap());
    let mut wrong = Vec::new();
    for case in cases {
        let found = rendered(case["name"].as_str().unwrap());
        if found.as_deref() != case["dockerfile"].as_str() {
            wrong.push(format!("{}\n  docker-pkg: {}\n  ours: {found:?}", case["template"], case["dockerfile"]));
        }
    }
    assert!(cases.len() > 90 && wrong.is_empty(), "{}", wrong.join("\n"));
}

fn define(folder: &Path, name: &str, version: &str, template: &str) {
    fs::create_dir_all(folder).unwrap();
    fs::write(folder.join("Dockerfile.template"), template).unwrap();
    let entry = format!("{name} ({version}) wikimedia; urgency=medium\n\n  * x\n\n -- A <a@b>  Thu, 07 Aug 2025 15:47:14 -0700\n");
    fs::write(folder.join("changelog"), entry).unwrap();
}

/// Renders a tree with a configuration; gives the Dockerfile of a definition, none where it was refused.
fn render(tree: &Path, config: &str) -> impl Fn(&str) -> Option<String> {
    let work = tempfile::tempdir().unwrap();
    fs::write(work.path().join("config.yaml"), config).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_cooperage"));
    command.args(["-c", "config.yaml", "render", "--output", "rendered"]).arg(tree);
    let output = command.current_dir(work.path()).env_clear().output().unwrap();
    assert!(output.status.code().is_some_and(|code| code <= 1), "{}", String::from_utf8_lossy(&output.stderr));
    move |name| fs::read_to_string(work.path().join("rendered").join(name).join("Dockerfile")).ok()
}

/// docker-pkg asks the registry through `http_proxy`, too; where nothing else leads outside, so must we.
#[test]
fn registries_are_asked_through_http_proxy() {
    use std::io::{BufRead as _, Write as _};
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let proxy = format!("http://{}", listener.local_addr().unwrap());
    let (asked, heard) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut line = String::new();
            std::io::BufReader::new(&stream).read_line(&mut line).unwrap();
            let _ = asked.send(line);
            let _ = stream.write_all(b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n");
        }
    });
    let mut catalogue = Catalogue::new("registry.invalid");
    catalogue.plain("base", "1.0", "base").configure(&format!("http_proxy: {proxy}\n"));
    catalogue.expect(3, &["-c", "config.yaml", "list"]);
    let lines: Vec<String> = heard.try_iter().collect();
    assert!(lines.iter().any(|line| line.starts_with("CONNECT registry.invalid:443 ")), "{lines:?}");
    catalogue.set("NO_PROXY", "registry.invalid");
    catalogue.expect(3, &["-c", "config.yaml", "list"]);
    assert_eq!(heard.try_iter().collect::<Vec<_>>(), [""; 0], "no_proxy names it");
}
