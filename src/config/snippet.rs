//! The line of a broken file that an error shows. A file that cannot be read as YAML still has a password in it, so
//! what may belong to one is masked by its looks.

use super::show::hide_userinfo;
use super::yaml::Place;

/// The line at `place` with its number and a mark under the column; nothing when the line may be part of a credential.
pub(crate) fn snippet(source: &str, place: Place) -> Option<String> {
    let lines: Vec<&str> = source.lines().collect();
    let index = place.line.checked_sub(1)?;
    let line = lines.get(index)?;
    if line.trim().is_empty() || continues_credential(&lines[..index], line) {
        return None;
    }
    let shown = hide_userinfo(&mask(line));
    let number = place.line.to_string();
    let column = place.column.saturating_sub(1).min(shown.chars().count());
    let cut: String = shown.chars().take(120).collect();
    Some(format!("  {number} | {cut}\n  {} | {}^", " ".repeat(number.len()), " ".repeat(column.min(120))))
}

/// The line up to the value of a credential.
fn mask(line: &str) -> String {
    credential_value(line).map_or_else(|| line.to_owned(), |at| format!("{} ***", &line[..at]))
}

/// Where in the line the value of `username` or `password` begins.
fn credential_value(line: &str) -> Option<usize> {
    ["username", "password"]
        .iter()
        .flat_map(|word| line.match_indices(word))
        .filter_map(|(at, word)| {
            let rest = &line[at + word.len()..];
            let colon = rest.find(|c: char| !matches!(c, '"' | '\'' | ' ' | '\t'))?;
            rest[colon..].starts_with(':').then_some(at + word.len() + colon + 1)
        })
        .min()
}

/// Whether a credential of the lines above goes on in this line: it stands deeper, or a quote is still open.
fn continues_credential(above: &[&str], line: &str) -> bool {
    let indent = |line: &str| line.len() - line.trim_start().len();
    let mut depth = indent(line);
    for earlier in above.iter().rev().filter(|line| !line.trim().is_empty()) {
        if let Some(at) = credential_value(earlier) {
            let value = &earlier[at..];
            let open = ['"', '\''].iter().any(|quote| value.matches(*quote).count() % 2 == 1);
            if open || indent(earlier) < depth {
                return true;
            }
        }
        depth = depth.min(indent(earlier));
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(source: &str, line: usize, column: usize) -> Option<String> {
        snippet(source, Place { line, column })
    }

    #[test]
    fn the_line_is_shown_with_a_mark() {
        assert_eq!(at("a: 1\nb: c: d\n", 2, 5).unwrap(), "  2 | b: c: d\n    |     ^");
    }

    #[test]
    fn credentials_are_masked() {
        for (source, line) in [
            ("password: hunter2: x\n", 1),
            ("'password' : \"hunter2\n", 1),
            ("{registry: a, password: hunter2, x: [}\n", 1),
            ("password:\n  hunter2: [\n", 2),
            ("password: |\n  a\n  hunter2\n", 3),
            ("password: 'a\nhunter2: [\n", 2),
            ("http_proxy: http://me:hunter2@proxy: x\n", 1),
        ] {
            assert!(!at(source, line, 1).unwrap_or_default().contains("hunter2"), "{source}");
        }
        assert!(at("password: x\nregistry: [\n", 2, 1).unwrap().contains("registry: ["));
        assert!(at("a: password_file\n", 1, 1).unwrap().contains("password_file"));
    }
}
