//! The result of a command that runs nothing, on stdout.

use serde::Serialize;
use std::io::{self, ErrorKind, Write};

/// Writes one JSON document and a newline. A reader that went away (`… | head`) is no error.
///
/// # Errors
/// When the output cannot be written otherwise.
pub fn json(out: &mut dyn Write, document: &impl Serialize) -> io::Result<()> {
    let mut bytes = serde_json::to_vec_pretty(document)?;
    bytes.push(b'\n');
    put(out, &bytes)
}

/// Writes text as it is. A reader that went away (`… | head`) is no error.
///
/// # Errors
/// When the output cannot be written otherwise.
pub fn text(out: &mut dyn Write, text: &str) -> io::Result<()> {
    put(out, text.as_bytes())
}

pub(super) fn put(out: &mut dyn Write, bytes: &[u8]) -> io::Result<()> {
    match out.write_all(bytes).and_then(|()| out.flush()) {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        result => result,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Broken(ErrorKind);

    impl Write for Broken {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(self.0.into())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_document_is_one_value_and_a_newline() {
        let mut out = Vec::new();
        json(&mut out, &serde_json::json!({"v": 1})).unwrap();
        assert_eq!(String::from_utf8(out).unwrap(), "{\n  \"v\": 1\n}\n");
    }

    #[test]
    fn only_a_closed_pipe_is_forgiven() {
        assert!(text(&mut Broken(ErrorKind::BrokenPipe), "x").is_ok());
        assert!(text(&mut Broken(ErrorKind::StorageFull), "x").is_err());
    }
}
