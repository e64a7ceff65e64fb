//! Arguments of commands: flags, what is no flag, subcommands.

use super::shell::{Command, Word};

/// Whether a word is a flag: it starts with a dash and is more than that.
pub(super) fn is_flag(word: &Word) -> bool {
    word.text.len() > 1 && word.text.starts_with('-')
}

/// The words that are no flags. Flags of `valued` take the next word along; `--` is left out.
pub(super) fn operands<'a>(words: &'a [Word], valued: &[&str]) -> Vec<&'a Word> {
    let mut found = Vec::new();
    let mut words = words.iter();
    while let Some(word) = words.next() {
        if valued.contains(&word.text.as_str()) {
            words.next();
        } else if !is_flag(word) {
            found.push(word);
        }
    }
    found
}

/// What a package manager is told to work on: the words behind its subcommand, if that is among `subcommands`.
pub(super) fn packages<'a>(command: &'a Command, subcommands: &[&str], valued: &[&str]) -> Option<Vec<&'a Word>> {
    let mut words = operands(command.arguments(), valued);
    if words.is_empty() || !subcommands.contains(&words[0].text.as_str()) {
        return None;
    }
    words.remove(0);
    Some(words)
}

/// Whether one of these flags is there: `--yes`, also as `--yes=…`; `-y`, also among other letters (`-qy`).
pub(super) fn has_flag(words: &[Word], flags: &[&str]) -> bool {
    words.iter().any(|word| {
        flags.iter().any(|flag| match flag.strip_prefix("--") {
            Some(_) => word.text.strip_prefix(flag).is_some_and(|rest| rest.is_empty() || rest.starts_with('=')),
            None => is_flag(word) && !word.text.starts_with("--") && flag[1..].chars().all(|letter| word.text[1..].contains(letter)),
        })
    })
}
