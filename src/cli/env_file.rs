//! Files of variables, as `docker run --env-file` reads them: `KEY=VALUE` a line, the value as it stands; `KEY` alone
//! takes the caller's value, if there is one; empty lines and lines that begin with `#` count for nothing.

use super::exit::Trouble;
use std::collections::BTreeMap;
use std::path::Path;

/// The variables of a file as `KEY=VALUE`, in its order.
pub fn read(file: &Path, ours: &BTreeMap<String, String>) -> Result<Vec<String>, Trouble> {
    let name = file.display();
    let text = std::fs::read_to_string(file).map_err(|error| Trouble::call(format!("--env-file {name} cannot be read: {error}")))?;
    // The line itself may hold a secret.
    parse(&text, ours).map_err(|line| Trouble::call(format!("{name}:{line}: this is neither KEY=VALUE nor the name of a variable")))
}

/// The variables, or the number of the line that holds none.
fn parse(text: &str, ours: &BTreeMap<String, String>) -> Result<Vec<String>, usize> {
    let mut found = Vec::new();
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    for (at, line) in text.lines().enumerate() {
        let line = line.trim_start();
        if line.trim_end().is_empty() || line.starts_with('#') {
            continue;
        }
        let key = line.split('=').next().unwrap_or_default();
        if key.is_empty() || key.contains(|c: char| c.is_whitespace() || c == '\0') || line.contains('\0') {
            return Err(at + 1);
        }
        if line.contains('=') {
            found.push(line.to_owned());
        } else if let Some(value) = ours.get(key) {
            found.push(format!("{key}={value}"));
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ours() -> BTreeMap<String, String> {
        [("HOME".to_owned(), "/home/me".to_owned())].into()
    }

    #[test]
    fn variables_are_taken_as_they_stand() {
        let text = "\u{feff}# a remark\n\nA=1\r\n  B= two = \"2\" # no remark\nEMPTY=\nHOME\nNOT_SET\n";
        assert_eq!(parse(text, &ours()).unwrap(), ["A=1", "B= two = \"2\" # no remark", "EMPTY=", "HOME=/home/me"]);
    }

    #[test]
    fn what_is_no_variable_is_told_by_its_line() {
        for (text, line) in [("A=1\n=2\n", 2), ("export A=1", 1), ("A B", 1), ("\n\nA\0=1", 3), ("A=\0", 1)] {
            assert_eq!(parse(text, &ours()), Err(line), "{text:?}");
        }
    }
}
