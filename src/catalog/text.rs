//! The text files of a definition: read with a limit, decoded line by line.

use std::borrow::Cow;
use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;

/// The largest changelog or control file that is read, in bytes (64 MiB). Real changelogs have a few kilobytes.
pub(super) const LIMIT: u64 = 64 << 20;

/// Why a file could not be read.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ReadError {
    /// The system said no.
    #[error("it cannot be read: {0}")]
    Io(io::Error),
    /// Not a regular file: a pipe, a device, a folder behind a link.
    #[error("it is no regular file")]
    NotAFile,
    /// Over [`LIMIT`].
    #[error("it is larger than {} MiB", LIMIT >> 20)]
    TooLarge,
}

/// Reads a whole file, links followed. A pipe is refused before it is opened, so nothing waits for a writer.
pub(crate) fn read(path: &Path, is_link: bool) -> Result<Vec<u8>, ReadError> {
    // A directory listing says what a plain entry is; only behind a link we have to look.
    if is_link && !std::fs::metadata(path).map_err(ReadError::Io)?.is_file() {
        return Err(ReadError::NotAFile);
    }
    let file = File::open(path).map_err(ReadError::Io)?;
    let length = file.metadata().map_err(ReadError::Io)?.len();
    if length > LIMIT {
        return Err(ReadError::TooLarge);
    }
    // Room for one byte more, so that the end is seen without growing the buffer.
    let mut bytes = Vec::with_capacity(usize::try_from(length).unwrap_or(0) + 1);
    file.take(LIMIT + 1).read_to_end(&mut bytes).map_err(ReadError::Io)?;
    if bytes.len() as u64 > LIMIT { Err(ReadError::TooLarge) } else { Ok(bytes) }
}

/// The lines of a file with their numbers from 1, without line ends (LF or CRLF) and without a byte order mark.
/// A line that is not UTF-8 is read as Latin-1: old entries of a changelog were written so.
pub(super) fn lines(bytes: &[u8]) -> impl Iterator<Item = (usize, Cow<'_, str>)> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    // Text is searched for line ends several times as fast as bytes, and nearly all files are text as a whole.
    let lines: Box<dyn Iterator<Item = Cow<'_, str>>> = match std::str::from_utf8(bytes) {
        Ok(text) => Box::new(text.split('\n').map(|line| Cow::Borrowed(line.strip_suffix('\r').unwrap_or(line)))),
        Err(_) => Box::new(bytes.split(|b| *b == b'\n').map(|line| decode(line.strip_suffix(b"\r").unwrap_or(line)))),
    };
    lines.enumerate().map(|(at, line)| (at + 1, line))
}

fn decode(line: &[u8]) -> Cow<'_, str> {
    match std::str::from_utf8(line) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => Cow::Owned(line.iter().map(|b| char::from(*b)).collect()),
    }
}

/// The line of the first NUL byte, which no text holds (UTF-16 does, too).
pub(super) fn line_of_nul(bytes: &[u8]) -> Option<usize> {
    // `contains` is the fast search; nearly no file has one.
    if !bytes.contains(&0) {
        return None;
    }
    let at = bytes.iter().position(|b| *b == 0)?;
    Some(1 + bytes.iter().take(at).filter(|b| **b == b'\n').count())
}

/// A piece of a line for a message: at most 60 characters, none of which a terminal would obey.
pub(super) fn excerpt(line: &str) -> String {
    printable(line.trim_end(), 60)
}

/// At most `most` characters of `text`, control characters escaped.
pub(super) fn printable(text: &str, most: usize) -> String {
    let mut printable = String::with_capacity(text.len().min(most));
    for c in text.chars().take(most) {
        if c.is_control() { printable.extend(c.escape_default()) } else { printable.push(c) }
    }
    if text.chars().nth(most).is_some() {
        printable.push('…');
    }
    printable
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_that_is_not_utf8_is_latin_1_and_the_others_stay() {
        let read: Vec<_> = lines(b"\xef\xbb\xbfF\xc3\xa1bian\r\nF\xe1bian\n").map(|(at, text)| (at, text.into_owned())).collect();
        assert_eq!(read, [(1, "Fábian".to_owned()), (2, "Fábian".to_owned()), (3, String::new())]);
    }

    #[test]
    fn an_excerpt_is_short_and_harmless() {
        assert_eq!(excerpt("a\x1b[31mb"), "a\\u{1b}[31mb");
        assert_eq!(excerpt(&"é".repeat(61)), format!("{}…", "é".repeat(60)));
    }

    #[test]
    fn the_line_of_a_nul_is_found() {
        assert_eq!(line_of_nul(b"a\nb\n\0"), Some(3));
        assert_eq!(line_of_nul(b"a\nb\n"), None);
    }
}
