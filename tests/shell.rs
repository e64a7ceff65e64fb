//! Completions in a real shell, and the manual pages.

use std::fs;
use std::path::Path;
use std::process::Command;

const PROGRAM: &str = env!("CARGO_BIN_EXE_cooperage");

/// What bash offers for a line, with DIRECTORY or without it, in the sample catalogue's folder.
fn offered(folder: &Path, words: &[&str], at: usize) -> Vec<String> {
    let quoted: Vec<String> = words.iter().map(|word| format!("'{word}'")).collect();
    let script = format!(
        "source <(cooperage completions bash); COMP_WORDS=({}); COMP_CWORD={at}; COMP_TYPE=9; COMP_POINT=0; COMP_LINE=x; \
         _clap_complete_cooperage cooperage \"${{COMP_WORDS[{at}]}}\" ''; printf '%s\\n' \"${{COMPREPLY[@]}}\"",
        quoted.join(" ")
    );
    let path = format!("{}:{}", Path::new(PROGRAM).parent().unwrap().display(), std::env::var("PATH").unwrap());
    let output = Command::new("bash").args(["-c", &script]).current_dir(folder).env("PATH", path).output().unwrap();
    let stdout = String::from_utf8(output.stdout).unwrap();
    stdout.lines().map(|line| line.trim().to_owned()).filter(|line| !line.is_empty()).collect()
}

fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

#[test]
fn bash_completes_commands_options_and_values() {
    assert_eq!(offered(repository(), &["cooperage", "bui"], 1), ["build"]);
    assert_eq!(offered(repository(), &["cooperage", "build", "--sel"], 2), ["--select"]);
    assert_eq!(offered(repository(), &["cooperage", "graph", "--as", "m"], 3), ["mermaid"]);
}

#[test]
fn bash_completes_names_of_images_by_asking_the_program() {
    let folder = repository();
    assert_eq!(offered(folder, &["cooperage", "explain", "pyth", "dockerfiles"], 2), ["python3", "python3-build"]);
    assert_eq!(offered(&folder.join("dockerfiles"), &["cooperage", "tree", "busy"], 2), ["busybox"]);
    assert_eq!(offered(folder, &["cooperage", "list", "--select", "*python3", "dockerfiles"], 3), ["*python3-build:*", "*python3:*"]);
}

#[test]
fn an_open_quote_around_a_pattern_is_no_part_of_it() {
    assert_eq!(offered(repository(), &["cooperage", "pull", "--parents-of", "\"*yaml", "dockerfiles"], 3), ["*yamllint:*"]);
    assert_eq!(offered(repository(), &["cooperage", "build", "--skip-label", "no_yam", "dockerfiles"], 3), ["no_yamllint"]);
}

/// Runs a script of a shell in the sample catalogue, with the program on its PATH.
fn shell(program: &str, args: &[&str], script: &str) -> String {
    let path = format!("{}:{}", Path::new(PROGRAM).parent().unwrap().display(), std::env::var("PATH").unwrap());
    let home = tempfile::tempdir().unwrap();
    let mut call = Command::new(program);
    call.args(args)
        .args(["-c", script])
        .current_dir(repository().join("dockerfiles"))
        .env("PATH", path)
        .env("HOME", home.path())
        .env_remove("XDG_CONFIG_HOME");
    let output = call.output().unwrap_or_else(|error| panic!("{program} is needed (apt install {program}): {error}"));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[test]
fn fish_completes_names_of_images() {
    let script = "cooperage completions fish | source; complete -C 'cooperage explain pyth'; complete -C \"cooperage list --select '*ngi\"";
    assert_eq!(shell("fish", &["--no-config"], script), "python3\npython3-build\n*nginx:*\n");
}

#[test]
fn zsh_completes_names_of_images() {
    // zsh shows what `_describe` is given; outside of its line editor nobody takes that.
    let script = "autoload -U compinit; compinit -u -D; source <(cooperage completions zsh); \
        _describe() { print -l -- ${(P)3} }; \
        words=(cooperage explain pyth); CURRENT=3; _clap_dynamic_completer_cooperage";
    let offered = shell("zsh", &["-f"], script);
    assert!(offered.lines().any(|line| line == "python3") && offered.lines().any(|line| line == "python3-build"), "{offered}");
}

#[test]
fn a_folder_that_is_neither_catalogue_nor_repository_is_not_searched() {
    let folder = tempfile::tempdir().unwrap();
    let own = folder.path().join("images/one");
    fs::create_dir_all(&own).unwrap();
    fs::write(own.join("Dockerfile.template"), "FROM scratch\n").unwrap();
    let entry = "one (1.0) bookworm; urgency=medium\n\n  * One.\n\n -- T <t@example.org>  Mon, 02 Nov 2026 10:00:00 +0000\n";
    fs::write(own.join("changelog"), entry).unwrap();
    assert!(!offered(folder.path(), &["cooperage", "explain", "on"], 2).contains(&"one".to_owned()));
    fs::write(folder.path().join("config.yaml"), "").unwrap();
    assert_eq!(offered(folder.path(), &["cooperage", "explain", "on"], 2), ["one"]);
}

#[test]
fn every_shell_gets_a_script_and_others_are_refused() {
    for shell in ["bash", "zsh", "fish"] {
        let output = Command::new(PROGRAM).args(["completions", shell]).output().unwrap();
        let script = String::from_utf8(output.stdout).unwrap();
        assert!(
            output.status.success()
                && script.contains(&format!("_COOPERAGE_COMPLETE={shell}").replace("=bash", "=\"bash\"").replace("=zsh", "=\"zsh\"")),
            "{script}"
        );
    }
    assert_eq!(Command::new(PROGRAM).args(["completions", "csh"]).output().unwrap().status.code(), Some(2));
}

#[test]
fn there_is_a_page_for_every_command() {
    let folder = tempfile::tempdir().unwrap();
    let pages = folder.path().join("share/man1");
    let output = Command::new(PROGRAM).arg("man").arg("--output").arg(&pages).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let page = |name: &str| fs::read_to_string(pages.join(name)).unwrap();
    assert!(page("cooperage.1").contains("Exit codes"));
    assert!(page("cooperage-build.1").contains("\\-\\-dry\\-run"));
    assert!(page("cooperage-config-show.1").contains(".TH cooperage"));
    let printed = Command::new(PROGRAM).arg("man").output().unwrap().stdout;
    assert_eq!(String::from_utf8(printed).unwrap(), page("cooperage.1"));
    let refused = Command::new(PROGRAM).args(["man", "--output", "/dev/null/pages"]).output().unwrap();
    assert_eq!(refused.status.code(), Some(2));
}
