//! Looks through a file while its layer is read. It has to be fast: one automaton goes over the text for the words of all
//! rules, and only rules whose word is there look closer.

use super::table::{Places, SECRETS};
use crate::scan::Leak;
use aho_corasick::{AhoCorasick, MatchKind};
use regex::bytes::{Regex, RegexBuilder};
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// A file with so many of a rule is told with these.
const MOST: usize = 10;

/// Text has no zero among so many first bytes.
const HEAD: usize = 4096;

/// What examples and templates have in the place of a secret, in lower case.
const PLACEHOLDERS: &[&str] =
    &["example", "xxxx", "****", "....", "changeme", "placeholder", "your_", "your-", "<", "eby8vdm02xnocqflquwjpl"];

/// Words of all rules, and whose each is.
struct Words {
    automaton: Option<AhoCorasick>,
    rules: Vec<Vec<usize>>,
}

static WORDS: LazyLock<Words> = LazyLock::new(|| {
    let mut owners: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (at, secret) in SECRETS.iter().enumerate() {
        if let Places::Words(words) = secret.places {
            words.iter().for_each(|word| owners.entry(*word).or_default().push(at));
        }
    }
    // A test holds that it can be built, and that all patterns can.
    let automaton = AhoCorasick::builder().match_kind(MatchKind::LeftmostFirst).build(owners.keys()).ok();
    Words { automaton, rules: owners.into_values().collect() }
});

static PATTERNS: LazyLock<Vec<Option<Regex>>> =
    LazyLock::new(|| SECRETS.iter().map(|secret| RegexBuilder::new(secret.pattern).unicode(false).build().ok()).collect());

/// What looks like a secret in a file of at most 1 MiB.
pub fn leaks(path: &str, text: &[u8]) -> Vec<Leak> {
    let mut looks = [false; SECRETS.len()];
    for (look, secret) in looks.iter_mut().zip(SECRETS) {
        *look = matches!(secret.places, Places::Files(ends) if ends.iter().any(|end| path.ends_with(end)));
    }
    if !text[..text.len().min(HEAD)].contains(&0) {
        for found in WORDS.automaton.iter().flat_map(|automaton| automaton.find_iter(text)) {
            WORDS.rules[found.pattern().as_usize()].iter().for_each(|rule| looks[*rule] = true);
        }
    }
    let mut leaks = Vec::new();
    for at in (0..SECRETS.len()).filter(|at| looks[*at]) {
        leaks.extend(lines(at, text).into_iter().map(|line| Leak { path: path.to_owned(), rule: SECRETS[at].rule.id.to_owned(), line }));
    }
    leaks
}

/// The lines, from 1, where a rule finds its secret.
fn lines(rule: usize, text: &[u8]) -> Vec<usize> {
    let mut lines: Vec<usize> = Vec::new();
    let (mut line, mut counted) = (1, 0);
    for found in PATTERNS[rule].iter().flat_map(|pattern| pattern.captures_iter(text)) {
        if found.get(1).is_some_and(|secret| entropy(secret.as_bytes()) < SECRETS[rule].bits || is_placeholder(secret.as_bytes())) {
            continue;
        }
        let start = found.get(0).map_or(counted, |whole| whole.start());
        line += text[counted..start].iter().filter(|byte| **byte == b'\n').count();
        counted = start;
        if lines.last() != Some(&line) {
            lines.push(line);
        }
        if lines.len() == MOST {
            break;
        }
    }
    lines
}

/// A variable of a template, or a word that says it is an example.
fn is_placeholder(secret: &[u8]) -> bool {
    let text = String::from_utf8_lossy(secret).to_ascii_lowercase();
    let variable =
        text.starts_with("${") || text.starts_with("{{") || text.starts_with("%(") || (text.starts_with('$') && !text[1..].contains('$'));
    variable || PLACEHOLDERS.iter().any(|word| text.contains(word))
}

/// Shannon's entropy, in bits for each byte.
fn entropy(secret: &[u8]) -> f64 {
    let mut counts = [0_u32; 256];
    secret.iter().for_each(|byte| counts[usize::from(*byte)] += 1);
    let all = u32::try_from(secret.len()).map_or(f64::MAX, f64::from);
    let shares = counts.iter().filter(|count| **count > 0).map(|count| f64::from(*count) / all);
    shares.map(|share| -share * share.log2()).sum()
}
