//! The options of `run` and `create` of docker and podman in a text, each with its value.

use super::words::commands;

/// Options without a value. Sources: docker-run(1), podman-run(1).
const SWITCHES: &[&str] = &[
    "detach",
    "disable-content-trust",
    "env-host",
    "help",
    "http-proxy",
    "init",
    "interactive",
    "no-healthcheck",
    "no-hosts",
    "oom-kill-disable",
    "passwd",
    "privileged",
    "publish-all",
    "quiet",
    "read-only",
    "read-only-tmpfs",
    "replace",
    "rm",
    "rmi",
    "rootfs",
    "sig-proxy",
    "tls-verify",
    "tty",
];

/// The same as letters.
const SHORT_SWITCHES: &str = "ditPq";

/// Letters of options with a value that matter here.
const SHORT: &[(char, &str)] = &[('v', "volume")];

/// An option with its value; a switch that is on has the value `true`.
pub type Given = (String, String);

/// All options that stand in front of an image; a text without `run` or `create` is all options.
pub fn options(text: &str) -> Vec<Given> {
    let commands = commands(text);
    let runs = |words: &Vec<String>| words.iter().position(|word| matches!(word.as_str(), "run" | "create"));
    if !commands.iter().any(|words| runs(words).is_some()) {
        return commands.iter().flat_map(|words| given(words, false)).collect();
    }
    commands.iter().filter_map(|words| runs(words).map(|at| given(&words[at + 1..], true))).flatten().collect()
}

/// Reads options; where `strict` the first word that is none is the image, and what follows is the container's.
fn given(words: &[String], strict: bool) -> Vec<Given> {
    let mut found = Vec::new();
    let mut words = words.iter().map(String::as_str);
    while let Some(word) = words.next() {
        if word == "--" && strict {
            break;
        } else if let Some(long) = word.strip_prefix("--") {
            found.push(read_long(long, &mut words));
        } else if let Some(letters) = word.strip_prefix('-').filter(|letters| !letters.is_empty()) {
            found.extend(read_short(letters, &mut words));
        } else if strict && !is_placeholder(word) {
            break;
        }
    }
    found
}

fn read_long<'a>(long: &'a str, words: &mut impl Iterator<Item = &'a str>) -> Given {
    let (name, value) = match long.split_once('=') {
        Some((name, value)) => (name, value),
        None if SWITCHES.contains(&long) => (long, "true"),
        None => (long, words.next().unwrap_or_default()),
    };
    (name.to_owned(), value.to_owned())
}

/// `-it`, `-v /:/host`, `-v/:/host`, `-itv=/:/host`.
fn read_short<'a>(letters: &'a str, words: &mut impl Iterator<Item = &'a str>) -> Option<Given> {
    let (at, letter) = letters.char_indices().find(|(_, letter)| !SHORT_SWITCHES.contains(*letter))?;
    if letter == '=' {
        // The value of a switch.
        return None;
    }
    let rest = &letters[at + letter.len_utf8()..];
    let value = if rest.is_empty() { words.next().unwrap_or_default() } else { rest.strip_prefix('=').unwrap_or(rest) };
    let (_, name) = SHORT.iter().find(|(short, _)| *short == letter)?;
    Some(((*name).to_owned(), value.to_owned()))
}

/// `$OPT1` and `${OPT2}` stand for further options; `$IMAGE` for the image.
fn is_placeholder(word: &str) -> bool {
    word.starts_with('$') && !word.to_ascii_uppercase().contains("IMAGE")
}
