//! Defects and warnings for people, in the shape compilers have.

use super::clean;
use super::documents;
use super::screen::{Paint, Screen};
use crate::catalog::{Defect, Severity};
use std::fmt::Write as _;
use std::io::{self, Write};

/// Writes `path:line:column: error[code]: message` for each, what to do about it on a line below.
/// A reader that went away is no error.
///
/// # Errors
/// When the output cannot be written otherwise.
pub fn defects(out: &mut dyn Write, defects: &[Defect], screen: &Screen) -> io::Result<()> {
    let text: String = defects.iter().map(|defect| one(defect, screen)).collect();
    documents::text(out, &text)
}

fn one(defect: &Defect, screen: &Screen) -> String {
    let (word, paint) = match defect.severity {
        Severity::Error => ("error", Paint::Bad),
        Severity::Warning => ("warning", Paint::Caution),
    };
    let mut text = place(defect);
    text.push_str(&paint.on(screen, &format!("{word}[{}]", defect.code)));
    text.push_str(": ");
    text.push_str(&indented(&defect.message));
    if let Some(help) = &defect.help {
        text.push_str(&format!("  {} {}", Paint::Strong.on(screen, "help:"), indented(help)));
    }
    text
}

/// The file with line and column; without a file, the definition.
fn place(defect: &Defect) -> String {
    let Some(path) = &defect.path else {
        return defect.name.as_deref().map(|name| format!("{}: ", clean::line(name))).unwrap_or_default();
    };
    let mut place = clean::line(path);
    for number in [defect.line, defect.line.and(defect.column)].into_iter().flatten() {
        // Writing to a String cannot fail.
        let _ = write!(place, ":{number}");
    }
    place + ": "
}

/// Lines after the first are set in, so that each defect begins at the margin.
fn indented(text: &str) -> String {
    clean::lines(text).collect::<Vec<_>>().join("\n    ") + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(defect: Defect, color: bool) -> String {
        let mut out = Vec::new();
        defects(&mut out, &[defect], &Screen { color, ..Screen::plain() }).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn place_word_code_message_and_help() {
        let defect = Defect::error("template_undefined", "'regstry' is undefined\nFROM {{ regstry }}")
            .at("python3/Dockerfile.template")
            .line(3)
            .column(9)
            .help("did you mean 'registry'?");
        let expected = "\
python3/Dockerfile.template:3:9: error[template_undefined]: 'regstry' is undefined
    FROM {{ regstry }}
  help: did you mean 'registry'?
";
        assert_eq!(written(defect, false), expected);
    }

    #[test]
    fn without_a_file_the_definition_is_named() {
        let defect = Defect::warning("missing_parent", "no such parent").of("python3");
        assert_eq!(written(defect.clone(), false), "python3: warning[missing_parent]: no such parent\n");
        assert_eq!(written(defect, true), "python3: \u{1b}[33mwarning[missing_parent]\u{1b}[0m: no such parent\n");
        assert_eq!(written(Defect::error("cycle", "a → b → a"), false), "error[cycle]: a → b → a\n");
    }

    #[test]
    fn bytes_of_broken_files_do_not_reach_the_terminal() {
        let defect = Defect::error("changelog", "cannot read '\u{1b}[2Jx'").at("a\u{1b}[31mb/changelog");
        assert_eq!(written(defect, false), "ab/changelog: error[changelog]: cannot read 'x'\n");
    }
}
