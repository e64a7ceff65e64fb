//! Text from builds, engines and registries, made harmless: it may not move the cursor, change colours, turn the
//! reading direction or begin a line of its own.

/// One line without control sequences. Line ends become blanks; of a line that was written over with carriage
/// returns (progress bars), the last state stays.
pub fn line(text: &str) -> String {
    lines(text).collect::<Vec<_>>().join(" ")
}

/// The lines of a text, each without control sequences.
pub fn lines(text: &str) -> impl Iterator<Item = String> {
    text.trim_end_matches(['\n', '\r']).split('\n').map(|line| sequences(last_state(line)))
}

fn last_state(line: &str) -> &str {
    let line = line.trim_end_matches('\r');
    line.rsplit('\r').next().unwrap_or(line)
}

/// Removes what ECMA-48 calls control functions: escape sequences, control sequences, control strings.
fn sequences(line: &str) -> String {
    let mut clean = String::with_capacity(line.len());
    let mut rest = line.chars();
    while let Some(char) = rest.next() {
        match char {
            '\u{1b}' => escape(&mut rest),
            '\u{9b}' => control_sequence(&mut rest),
            '\u{90}' | '\u{98}' | '\u{9d}' | '\u{9e}' | '\u{9f}' => control_string(&mut rest),
            '\t' => clean.push_str("    "),
            '\u{2028}' | '\u{2029}' => clean.push(' '),
            char if char.is_control() || turns_direction(char) => {}
            char => clean.push(char),
        }
    }
    clean
}

/// Unicode's embeddings, overrides, isolates and marks (UAX 9): they make text read differently from what it is.
fn turns_direction(char: char) -> bool {
    matches!(char, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200e}' | '\u{200f}' | '\u{61c}')
}

fn escape(rest: &mut std::str::Chars<'_>) {
    match rest.next() {
        Some('[') => control_sequence(rest),
        Some(']' | 'P' | 'X' | '^' | '_') => control_string(rest),
        Some(' '..='/') => while rest.next().is_some_and(|char| matches!(char, ' '..='/')) {},
        _ => {}
    }
}

fn control_sequence(rest: &mut std::str::Chars<'_>) {
    while rest.next().is_some_and(|char| matches!(char, ' '..='?')) {}
}

/// Ends at BEL or ST (`ESC \`, U+009C), at the latest with the line.
fn control_string(rest: &mut std::str::Chars<'_>) {
    while let Some(char) = rest.next() {
        if matches!(char, '\u{7}' | '\u{9c}') || (char == '\u{1b}' && rest.next() == Some('\\')) {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sequences_that_repaint_are_gone() {
        let cases = [
            ("plain ünïcode 漢字", "plain ünïcode 漢字"),
            ("\u{1b}[31mred\u{1b}[0m", "red"),
            ("\u{1b}[2J\u{1b}[H== Build done! ==", "== Build done! =="),
            ("a\u{1b}]0;title\u{7}b", "ab"),
            ("a\u{1b}]8;;http://x\u{1b}\\b", "ab"),
            ("a\u{1b}(Bb", "ab"),
            ("a\u{1b}Mb", "ab"),
            ("a\u{9b}2Jb", "ab"),
            ("a\u{8}\u{0}\u{7f}b", "ab"),
            ("a\tb", "a    b"),
            ("a\u{202e}b", "ab"),
            ("a\u{200f}\u{61c}b", "ab"),
            ("end\u{1b}", "end"),
            ("end\u{1b}[", "end"),
        ];
        for (text, clean) in cases {
            assert_eq!(line(text), clean, "{text:?}");
        }
    }

    #[test]
    fn a_line_written_over_keeps_its_last_state() {
        assert_eq!(line("10 %\r20 %\r30 %\r\n"), "30 %");
        assert_eq!(line("one\ntwo"), "one two");
        assert_eq!(lines("one\r\ntwo\n").collect::<Vec<_>>(), ["one", "two"]);
    }
}
