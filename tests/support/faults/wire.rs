//! HTTP/1.1 on the wire: heads, and bodies of both framings.

use std::io::{BufRead, Error, ErrorKind, Read, Result, Write};

/// The first line and the headers of a request or an answer.
#[derive(Clone, Debug)]
pub struct Head {
    pub first: String,
    pub headers: Vec<(String, String)>,
}

/// How a body ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Framing {
    None,
    Length(u64),
    Chunked,
    ToTheEnd,
}

impl Head {
    /// Reads a head; `None` at the end of the connection.
    pub fn read(from: &mut impl BufRead) -> Result<Option<Self>> {
        let Some(first) = line(from)? else { return Ok(None) };
        let mut headers = Vec::new();
        while let Some(text) = line(from)?.filter(|text| !text.is_empty()) {
            let (key, value) = text.split_once(':').ok_or(ErrorKind::InvalidData)?;
            headers.push((key.to_owned(), value.trim().to_owned()));
        }
        Ok(Some(Self { first, headers }))
    }

    pub fn get(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    pub fn remove(&mut self, name: &str) {
        self.headers.retain(|(key, _)| !key.eq_ignore_ascii_case(name));
    }

    pub fn set(&mut self, name: &str, value: &str) {
        self.remove(name);
        self.headers.push((name.to_owned(), value.to_owned()));
    }

    /// The word at a place of the first line.
    pub fn word(&self, at: usize) -> &str {
        self.first.split(' ').nth(at).unwrap_or_default()
    }

    pub fn framing(&self) -> Option<Framing> {
        if self.get("transfer-encoding").is_some_and(|value| value.eq_ignore_ascii_case("chunked")) {
            return Some(Framing::Chunked);
        }
        self.get("content-length").and_then(|text| text.parse().ok()).map(Framing::Length)
    }

    pub fn to_bytes(&self) -> Vec<u8> {
        let mut text = format!("{}\r\n", self.first);
        for (key, value) in &self.headers {
            text += &format!("{key}: {value}\r\n");
        }
        (text + "\r\n").into_bytes()
    }
}

fn line(from: &mut impl BufRead) -> Result<Option<String>> {
    let mut bytes = Vec::new();
    if from.take(64 << 10).read_until(b'\n', &mut bytes)? == 0 {
        return Ok(None);
    }
    let text = String::from_utf8(bytes).map_err(|_| Error::from(ErrorKind::InvalidData))?;
    Ok(Some(text.trim_end_matches(['\r', '\n']).to_owned()))
}

/// Passes a body on with its framing.
pub fn copy_body(from: &mut impl BufRead, to: &mut impl Write, framing: Framing) -> Result<()> {
    match framing {
        Framing::None => Ok(()),
        Framing::Length(length) => copy_exactly(from, to, length),
        Framing::ToTheEnd => std::io::copy(from, to).map(drop),
        Framing::Chunked => loop {
            let size = line(from)?.ok_or(ErrorKind::UnexpectedEof)?;
            let length = u64::from_str_radix(size.split(';').next().unwrap_or_default().trim(), 16).map_err(|_| ErrorKind::InvalidData)?;
            to.write_all(format!("{size}\r\n").as_bytes())?;
            if length == 0 {
                // Trailers, then an empty line.
                while let Some(text) = line(from)?.filter(|text| !text.is_empty()) {
                    to.write_all(format!("{text}\r\n").as_bytes())?;
                }
                return to.write_all(b"\r\n");
            }
            copy_exactly(from, to, length)?;
            let _ = line(from)?;
            to.write_all(b"\r\n")?;
        },
    }
}

fn copy_exactly(from: &mut impl Read, to: &mut impl Write, length: u64) -> Result<()> {
    let copied = std::io::copy(&mut from.take(length), to)?;
    if copied == length { Ok(()) } else { Err(ErrorKind::UnexpectedEof.into()) }
}

/// Passes so many bytes on, then fails.
pub struct Scissors<W> {
    pub inner: W,
    pub left: usize,
}

impl<W: Write> Write for Scissors<W> {
    fn write(&mut self, bytes: &[u8]) -> Result<usize> {
        if self.left == 0 {
            return Err(ErrorKind::BrokenPipe.into());
        }
        let written = self.inner.write(&bytes[..bytes.len().min(self.left)])?;
        self.left -= written;
        Ok(written)
    }

    fn flush(&mut self) -> Result<()> {
        self.inner.flush()
    }
}

/// Passes on in small pieces, with a wait before each.
pub struct Drops<W> {
    pub inner: W,
    pub bytes: usize,
    pub time: std::time::Duration,
}

impl<W: Write> Write for Drops<W> {
    fn write(&mut self, bytes: &[u8]) -> Result<usize> {
        std::thread::sleep(self.time);
        self.inner.write(&bytes[..bytes.len().min(self.bytes)])
    }

    fn flush(&mut self) -> Result<()> {
        self.inner.flush()
    }
}
