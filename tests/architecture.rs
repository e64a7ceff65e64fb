//! Holds the rooms: a module uses only rooms listed before it in `src/lib.rs`, or its own; files stay small.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// No source file is longer than this, in lines.
const LONGEST_FILE: usize = 500;

fn source() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

/// The rooms in their order, with their position.
fn rooms() -> BTreeMap<String, usize> {
    let text = fs::read_to_string(source().join("lib.rs")).unwrap();
    let names = text.lines().filter_map(|line| line.strip_prefix("pub mod ")?.strip_suffix(';'));
    names.enumerate().map(|(at, name)| (name.to_owned(), at)).collect()
}

fn files() -> Vec<PathBuf> {
    fn walk(folder: &Path, found: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(&path, found);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                found.push(path);
            }
        }
    }
    let mut found = Vec::new();
    walk(&source(), &mut found);
    found.sort();
    found
}

/// The room a file belongs to; `None` for `lib.rs` and `main.rs`.
fn room_of(path: &Path) -> Option<String> {
    let relative = path.strip_prefix(source()).unwrap();
    let mut parts = relative.components();
    let first = parts.next()?.as_os_str().to_str()?.to_owned();
    parts.next().map(|_| first)
}

/// The rooms a text names with `crate::room`, also in `use crate::{a, b}`, with the line.
fn named(text: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    for (at, line) in text.lines().enumerate() {
        let code = line.split("//").next().unwrap_or_default();
        for (start, _) in code.match_indices("crate::") {
            let rest = &code[start + "crate::".len()..];
            let group = rest.strip_prefix('{').map(|rest| rest.split('}').next().unwrap_or(rest));
            let names: Vec<&str> = group.map_or_else(|| vec![rest], |group| group.split(',').collect());
            for name in names {
                let word: String = name.trim().chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect();
                found.push((at + 1, word));
            }
        }
    }
    found
}

#[test]
fn rooms_use_only_rooms_before_them() {
    let rooms = rooms();
    assert!(rooms.len() > 10, "src/lib.rs lists the rooms, one `pub mod` a line");
    let mut wrong = Vec::new();
    let mut seen = 0;
    for path in files() {
        let Some(room) = room_of(&path) else { continue };
        let own = rooms[&room];
        for (line, used) in named(&fs::read_to_string(&path).unwrap()) {
            let Some(&position) = rooms.get(&used) else { continue };
            seen += 1;
            if position > own {
                wrong.push(format!("{}:{line}: {room} uses {used}, which is listed after it", path.display()));
            }
        }
    }
    assert!(seen > 100, "the uses of rooms were not found ({seen})");
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn rooms_beside_each_other_do_not_know_each_other() {
    let strangers = [
        ("testing", "publish"),
        ("testing", "registry"),
        ("report", "run"),
        ("report", "plan"),
        ("plan", "config"),
        ("template", "config"),
    ];
    let mut wrong = Vec::new();
    for path in files() {
        let Some(room) = room_of(&path) else { continue };
        for (line, used) in named(&fs::read_to_string(&path).unwrap()) {
            if strangers.contains(&(room.as_str(), used.as_str())) {
                wrong.push(format!("{}:{line}: {room} must not know {used}", path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn only_the_engine_names_bollard_and_only_cli_reads_the_environment() {
    let only: [(&str, &[&str]); 5] = [
        ("bollard::", &["engine"]),
        ("std::env::var", &["cli"]),
        ("reqwest::", &["registry", "fetch"]),
        ("minijinja::", &["template"]),
        ("lettre::", &["notify"]),
    ];
    let mut wrong = Vec::new();
    for path in files().into_iter().filter(|path| !path.ends_with("tests.rs")) {
        let room = room_of(&path).unwrap_or_default();
        let text = fs::read_to_string(&path).unwrap();
        let code = text.lines().enumerate().filter(|(_, line)| !line.trim_start().starts_with("//"));
        for (at, line) in code {
            for (word, homes) in only.iter().filter(|(word, homes)| line.contains(word) && !homes.contains(&room.as_str())) {
                wrong.push(format!("{}:{}: {word} belongs into {}", path.display(), at + 1, homes.join(" or ")));
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn files_stay_small() {
    let lines = |path: &PathBuf| fs::read_to_string(path).unwrap().lines().count();
    let long: Vec<String> =
        files().iter().filter(|path| lines(path) > LONGEST_FILE).map(|path| format!("{}: {}", path.display(), lines(path))).collect();
    assert!(long.is_empty(), "\n{}", long.join("\n"));
}

#[test]
fn every_dependency_says_why() {
    let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml")).unwrap();
    let mut in_dependencies = false;
    let mut above = "";
    let mut silent = Vec::new();
    for line in text.lines() {
        if line.starts_with('[') {
            in_dependencies = line.ends_with("dependencies]");
        } else if in_dependencies && line.contains(" = ") && !line.starts_with('#') && !line.contains('#') && !above.starts_with('#') {
            silent.push(line.to_owned());
        }
        above = line;
    }
    assert!(silent.is_empty(), "\n{}", silent.join("\n"));
}
