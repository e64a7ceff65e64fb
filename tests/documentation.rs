//! The documentation names what there is: every flag and key in the README, every page of `docs/` linked.

use cooperage::config::KEYS;
use cooperage::publish::promotion::{Blame, ProblemCode};
use std::fs;
use std::path::Path;
use std::process::Command;

fn read(path: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap()
}

fn help(args: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_cooperage")).args(args).arg("--help").output().unwrap();
    assert!(output.status.success());
    String::from_utf8(output.stdout).unwrap()
}

/// The long options of a help text.
fn flags(help: &str) -> Vec<String> {
    let starts = help.lines().map(str::trim_start).filter(|line| line.starts_with('-'));
    let words = starts.flat_map(|line| line.split([' ', ',', '=']).filter(|word| word.starts_with("--")).take(1));
    let mut found: Vec<String> = words.map(str::to_owned).collect();
    found.sort();
    found.dedup();
    found
}

/// Every command that the program's help lists, so that none can be forgotten; `config` has commands of its own.
fn verbs() -> Vec<String> {
    let help = help(&[]);
    let lines = help.lines().skip_while(|line| *line != "Commands:").skip(1).take_while(|line| !line.is_empty());
    let words = lines.filter(|line| line.starts_with("  ") && !line.starts_with("   ")).filter_map(|line| line.split_whitespace().next());
    let verbs: Vec<String> = words.filter(|word| !["config", "help"].contains(word)).map(str::to_owned).collect();
    assert!(verbs.contains(&"build".to_owned()) && verbs.len() > 10, "{verbs:?}");
    verbs
}

#[test]
fn the_readme_names_every_flag_of_every_command() {
    let readme = read("README.md");
    let verbs = verbs();
    let verbs: Vec<&str> = verbs.iter().map(String::as_str).collect();
    let below = ["list", "inspect", "gc", "usage", "touch"].map(|verb| ["registry", verb]);
    let below = below.iter().map(<[&str; 2]>::as_slice);
    for command in [&[] as &[&str], &["config", "show"]]
        .into_iter()
        .chain(below)
        .chain(["validate", "plan", "fix"].map(|verb| ["index", verb]).iter().map(<[&str; 2]>::as_slice))
        .chain(verbs.iter().map(std::slice::from_ref))
    {
        let flags = flags(&help(command));
        assert!(flags.len() > 2, "{command:?}: {flags:?}");
        let missing: Vec<&String> = flags.iter().filter(|flag| !readme.contains(flag.as_str())).collect();
        assert!(missing.is_empty(), "README.md does not name {missing:?} of {command:?}");
    }
}

#[test]
fn the_readme_names_every_key() {
    let readme = read("README.md");
    let missing: Vec<&str> = KEYS.iter().map(|key| key.name).filter(|name| !readme.contains(&format!("`{name}`"))).collect();
    assert!(missing.is_empty(), "README.md does not name {missing:?}");
}

#[test]
fn every_page_is_linked_and_every_link_leads_somewhere() {
    let readme = read("README.md");
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs");
    for page in fs::read_dir(docs).unwrap() {
        let name = format!("docs/{}", page.unwrap().file_name().to_string_lossy());
        assert!(readme.contains(&format!("({name}")), "README.md does not link {name}");
    }
    let targets = readme.split("](").skip(1).filter_map(|rest| rest.split(')').next()).filter(|target| !target.contains("://"));
    for target in targets {
        let path = target.split('#').next().unwrap();
        assert!(path.is_empty() || Path::new(env!("CARGO_MANIFEST_DIR")).join(path).exists(), "README.md links {target}");
    }
}

#[test]
fn the_page_on_promotions_names_every_problem() {
    let page = read("docs/promote.md");
    let word = |code: &ProblemCode| match code.blame() {
        Blame::Configuration => "error, 2",
        Blame::Images => "error, 1",
        Blame::Nobody => "warning",
    };
    let rows = ProblemCode::ALL.iter().map(|code| format!("| `{}` | {} | {} |", code.as_str(), word(code), code.about()));
    let missing: Vec<String> = rows.filter(|row| !page.contains(row.as_str())).collect();
    assert!(missing.is_empty(), "docs/promote.md lacks\n{}", missing.join("\n"));
}

#[test]
fn help_shows_examples_and_exit_codes() {
    assert!(help(&[]).contains("Exit codes"));
    for command in verbs() {
        assert!(help(&[&command]).contains("Examples:"), "{command}");
    }
}
