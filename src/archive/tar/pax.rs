//! What headers of their own say of the member that follows them. Source: POSIX.1-2024, pax, "pax Extended Header"; GNU tar,
//! "Sparse Formats".

use super::header::{Piece, invalid};
use std::io;

/// What stood in front of a member.
#[derive(Default)]
pub(super) struct Told {
    pub path: Option<String>,
    pub link: Option<String>,
    pub size: Option<u64>,
    pub uid: Option<u64>,
    pub gid: Option<u64>,
    pub mtime: Option<i64>,
    pub capabilities: Option<Vec<u8>>,
    /// GNU's own longer names win over those of pax.
    pub long_path: Option<String>,
    pub long_link: Option<String>,
    pub sparse: Sparse,
}

/// What is told of a sparse file.
#[derive(Default)]
pub(super) struct Sparse {
    pub size: Option<u64>,
    pub pieces: Vec<Piece>,
    /// Whether the pieces stand in front of the content.
    pub inside: bool,
    pub told: bool,
    /// The beginning of a piece whose length has not come yet.
    offset: Option<u64>,
}

impl Told {
    /// Reads records `LENGTH KEY=VALUE\n`.
    pub(super) fn pax(&mut self, mut text: &[u8]) -> io::Result<()> {
        let wrong = || invalid("an extended header of the tar is damaged");
        while !text.is_empty() {
            let blank = text.iter().position(|byte| *byte == b' ').ok_or_else(wrong)?;
            let length: usize = std::str::from_utf8(&text[..blank]).ok().and_then(|text| text.parse().ok()).ok_or_else(wrong)?;
            let record = text.get(blank + 1..length).and_then(|record| record.strip_suffix(b"\n")).ok_or_else(wrong)?;
            let equals = record.iter().position(|byte| *byte == b'=').ok_or_else(wrong)?;
            self.record(&record[..equals], &record[equals + 1..])?;
            text = &text[length..];
        }
        Ok(())
    }

    fn record(&mut self, key: &[u8], value: &[u8]) -> io::Result<()> {
        // An empty value takes back what was said.
        match key {
            b"path" => self.path = name(value)?,
            b"linkpath" => self.link = name(value)?,
            b"size" => self.size = number(value)?,
            b"uid" => self.uid = number(value)?,
            b"gid" => self.gid = number(value)?,
            b"mtime" => self.mtime = seconds(value)?,
            b"SCHILY.xattr.security.capability" => self.capabilities = (!value.is_empty()).then(|| value.to_owned()),
            b"GNU.sparse.name" => self.path = name(value)?,
            b"GNU.sparse.size" | b"GNU.sparse.realsize" => (self.sparse.size, self.sparse.told) = (number(value)?, true),
            b"GNU.sparse.major" => self.sparse.inside = number::<u64>(value)? == Some(1),
            b"GNU.sparse.offset" => self.sparse.offset = number(value)?,
            b"GNU.sparse.numbytes" => self.sparse.pieces.extend(self.sparse.offset.take().zip(number(value)?)),
            b"GNU.sparse.map" => self.sparse.pieces = map(value)?,
            _ => {}
        }
        Ok(())
    }
}

fn name(value: &[u8]) -> io::Result<Option<String>> {
    if value.contains(&0) {
        return Err(invalid("a name in an extended header of the tar holds a zero byte"));
    }
    Ok((!value.is_empty()).then(|| String::from_utf8_lossy(value).into_owned()))
}

pub(super) fn number<T: std::str::FromStr>(value: &[u8]) -> io::Result<Option<T>> {
    if value.is_empty() {
        return Ok(None);
    }
    let parsed = std::str::from_utf8(value).ok().and_then(|text| text.parse().ok());
    parsed.map(Some).ok_or_else(|| invalid("an extended header of the tar has a number that is none"))
}

/// Whole seconds of a time with a fraction, rounded down.
fn seconds(value: &[u8]) -> io::Result<Option<i64>> {
    let point = value.iter().position(|byte| *byte == b'.');
    let whole: Option<i64> = number(&value[..point.unwrap_or(value.len())])?;
    let fraction = point.is_some_and(|point| value[point + 1..].iter().any(|byte| *byte != b'0'));
    Ok(whole.map(|whole| if fraction && value.first() == Some(&b'-') { whole.saturating_sub(1) } else { whole }))
}

fn map(value: &[u8]) -> io::Result<Vec<Piece>> {
    let numbers = value.split(|byte| *byte == b',').map(|part| number(part).map(|part| part.unwrap_or(0)));
    let numbers: Vec<u64> = numbers.collect::<io::Result<_>>()?;
    Ok(numbers.chunks_exact(2).map(|pair| (pair[0], pair[1])).collect())
}
