//! The words of a command line, as a shell reads them. Source: POSIX, Shell Command Language, 2.2 and 2.3.

/// The commands of a text, each with its words. Variables stay as they are written; a quote without an end ends with the
/// text.
pub fn commands(text: &str) -> Vec<Vec<String>> {
    let mut commands = vec![Vec::new()];
    let mut word: Option<String> = None;
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match c {
            ';' | '&' | '|' | '\n' => {
                finish(&mut commands, &mut word);
                commands.push(Vec::new());
            }
            c if c.is_whitespace() => finish(&mut commands, &mut word),
            '\\' => match chars.next() {
                Some('\n') | None => {}
                Some(c) => word.get_or_insert_default().push(c),
            },
            '\'' => word.get_or_insert_default().extend(chars.by_ref().take_while(|c| *c != '\'')),
            '"' => double_quoted(&mut chars, word.get_or_insert_default()),
            c => word.get_or_insert_default().push(c),
        }
    }
    finish(&mut commands, &mut word);
    commands.retain(|words| !words.is_empty());
    commands
}

fn double_quoted(chars: &mut std::str::Chars<'_>, word: &mut String) {
    while let Some(c) = chars.next() {
        match c {
            '"' => break,
            '\\' => match chars.next() {
                Some(c @ ('$' | '`' | '"' | '\\')) => word.push(c),
                Some('\n') | None => {}
                Some(c) => word.extend(['\\', c]),
            },
            c => word.push(c),
        }
    }
}

fn finish(commands: &mut [Vec<String>], word: &mut Option<String>) {
    if let (Some(last), Some(word)) = (commands.last_mut(), word.take()) {
        last.push(word);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_those_of_a_shell() {
        let of = |text: &str| commands(text).iter().map(|words| words.join("|")).collect::<Vec<_>>();
        assert_eq!(of("docker run -e 'A B' \"c \\\"d\\\" \\x\" e\\ f \\\n g"), ["docker|run|-e|A B|c \"d\" \\x|e f|g"]);
        assert_eq!(of("a;b && c | d\ne"), ["a", "b", "c", "d", "e"]);
        assert_eq!(of("a '' b"), ["a||b"]);
        assert_eq!(of("a 'b c"), ["a|b c"]);
        assert!(of(" \n ").is_empty());
    }
}
