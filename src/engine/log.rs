//! Log lines as people want them: whole lines, without colours, the last state of a progress bar.

use super::LogSink;
use super::mask::Mask;

/// A line that never ends is cut here, in bytes.
const LONGEST: usize = 64 * 1024;

/// Cuts what an engine sends in pieces into clean lines.
#[derive(Default)]
pub(super) struct Lines {
    rest: Vec<u8>,
}

impl Lines {
    /// Takes a piece and gives the lines that are whole with it.
    pub(super) fn take(&mut self, piece: &[u8]) -> Vec<String> {
        self.rest.extend_from_slice(piece);
        let mut lines = Vec::new();
        while let Some(end) = self.rest.iter().position(|b| *b == b'\n') {
            let line: Vec<u8> = self.rest.drain(..=end).collect();
            lines.push(clean(&line[..end]));
        }
        self.forget_progress();
        if self.rest.len() > LONGEST {
            lines.extend(self.finish());
        }
        lines
    }

    /// What stands behind the last line end.
    pub(super) fn finish(&mut self) -> Option<String> {
        let rest = std::mem::take(&mut self.rest);
        (!rest.is_empty()).then(|| clean(&rest))
    }

    /// Of `10 %\r20 %\r30 %` only the last state is kept, so a long download does not grow in memory.
    fn forget_progress(&mut self) {
        let Some((_, before)) = self.rest.split_last() else { return };
        if let Some(at) = before.iter().rposition(|b| *b == b'\r') {
            self.rest.drain(..=at);
        }
    }
}

/// One line without its end: the text behind the last carriage return, without escape sequences and control characters.
fn clean(line: &[u8]) -> String {
    let text = String::from_utf8_lossy(line);
    let text = text.trim_end_matches('\r');
    let text = text.rsplit('\r').next().unwrap_or(text);
    without_escapes(text).trim_end().to_owned()
}

/// Drops ECMA-48 sequences (CSI, OSC, character sets and two-character ones) and control characters other than the tab.
fn without_escapes(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\u{1b}' => match chars.next() {
                Some('[') => while chars.next().is_some_and(|c| !('\u{40}'..='\u{7e}').contains(&c)) {},
                Some(']') => skip_osc(&mut chars),
                Some(' '..='/') => while chars.next().is_some_and(|c| (' '..='/').contains(&c)) {},
                _ => {}
            },
            '\t' => out.push(c),
            c if c.is_control() => {}
            c => out.push(c),
        }
    }
    out
}

/// An operating system command ends with BEL or `ESC \`.
fn skip_osc(chars: &mut std::iter::Peekable<std::str::Chars<'_>>) {
    while let Some(c) = chars.next() {
        if c == '\u{7}' {
            return;
        }
        if c == '\u{1b}' && chars.next_if_eq(&'\\').is_some() {
            return;
        }
    }
}

/// Where clean lines go, masked.
pub(super) struct Output {
    sink: LogSink,
    mask: Mask,
}

impl Output {
    pub(super) fn new(sink: LogSink, mask: Mask) -> Self {
        Self { sink, mask }
    }

    /// Sends one line.
    pub(super) fn line(&self, line: &str) {
        (self.sink)(&self.mask.clean(line));
    }

    /// A text that goes elsewhere than into the log, such as an error.
    pub(super) fn masked(&self, text: &str) -> String {
        self.mask.clean(text)
    }
}

const REMOVING: &str = "Removing intermediate container ";

/// Whether a piece of the classic builder's answer is the start of its own words.
pub(super) fn begins_bookkeeping(piece: &str) -> bool {
    piece.starts_with(REMOVING) || piece.starts_with(" ---> ")
}

/// Whether a line of the classic builder (or of buildah) is its own bookkeeping: image and container ids.
pub(super) fn is_bookkeeping(line: &str) -> bool {
    let is_id = |text: &str| text.len() >= 11 && text.bytes().all(|b| b.is_ascii_hexdigit());
    let line = line.trim();
    match line.strip_prefix("--->").or_else(|| line.strip_prefix("-->")).map(str::trim) {
        Some(rest) => rest.is_empty() || is_id(rest) || rest.starts_with("Running in "),
        None => {
            line.is_empty()
                || line.starts_with(REMOVING)
                || line.strip_prefix("Successfully built ").is_some_and(is_id)
                || (line.len() == 64 && is_id(line))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_become_lines() {
        let mut lines = Lines::default();
        assert!(lines.take(b"one").is_empty());
        assert_eq!(lines.take(b" line\ntwo\r\nthr"), ["one line", "two"]);
        assert_eq!(lines.finish().as_deref(), Some("thr"));
        assert_eq!(lines.finish(), None);
    }

    #[test]
    fn progress_collapses_to_its_last_state() {
        let mut lines = Lines::default();
        for percent in 0..100_000 {
            assert!(lines.take(format!("{percent} %\r").as_bytes()).is_empty());
        }
        assert!(lines.rest.len() < 32, "{}", lines.rest.len());
        assert_eq!(lines.take(b"done\n"), ["done"]);
        assert_eq!(lines.take(b"1 %\r2 %\r\n"), ["2 %"]);
    }

    #[test]
    fn colours_and_titles_are_dropped() {
        assert_eq!(clean(b"\x1b[1;31mred\x1b[0m \x1b]0;title\x07and\x1b]8;;x\x1b\\ plain\x1b(B\x08"), "red and plain");
        assert_eq!(clean(b"caf\xe9\ttab"), "caf\u{fffd}\ttab");
    }

    #[test]
    fn an_endless_line_is_cut() {
        let mut lines = Lines::default();
        assert_eq!(lines.take(&vec![b'x'; LONGEST + 1]).len(), 1);
    }

    #[test]
    fn ids_are_bookkeeping_and_output_is_not() {
        for line in [
            " ---> 1a2b3c4d5e6f",
            " ---> Running in 1a2b3c4d5e6f",
            "Removing intermediate container 1a2b3c",
            "--> 1a2b3c4d5e6",
            " --->",
            "",
        ] {
            assert!(is_bookkeeping(line), "{line}");
        }
        for line in [" ---> Using cache", "Step 1/2 : FROM scratch", "Successfully built the thing", "hello"] {
            assert!(!is_bookkeeping(line), "{line}");
        }
    }
}
