//! `repomd.xml`: which documents a repository has; and lists of mirrors.

use super::xml::{Piece, Xml};
use crate::name::Digest;
use std::io;

/// A document of a repository.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Document {
    /// What it holds: `primary`, `updateinfo`, `modules`.
    pub kind: String,
    /// Its path below the repository.
    pub path: String,
    /// Its digest; none where only an algorithm is named that proves nothing.
    pub digest: Option<Digest>,
}

/// The documents that `repomd.xml` names.
///
/// # Errors
/// When it is something else.
pub(super) fn documents(bytes: &[u8]) -> io::Result<Vec<Document>> {
    let (mut xml, mut found) = (Xml::new(bytes), Vec::<Document>::new());
    let mut algorithm = String::new();
    let mut is = false;
    while let Some(piece) = xml.next()? {
        match piece {
            Piece::Start(element) => match (element.name.as_str(), found.last_mut()) {
                ("repomd", _) => is = true,
                ("data", _) => {
                    let kind = element.get("type").unwrap_or_default().to_owned();
                    found.push(Document { kind, path: String::new(), digest: None });
                }
                ("location", Some(last)) => last.path = element.get("href").unwrap_or_default().to_owned(),
                ("checksum", _) => algorithm = element.get("type").unwrap_or_default().to_owned(),
                _ => {}
            },
            Piece::Text(text) if xml.inside() == "checksum" => {
                if let Some(last) = found.last_mut() {
                    last.digest = digest(&algorithm, &text);
                }
            }
            Piece::Text(_) | Piece::End(_) => {}
        }
    }
    if is { Ok(found) } else { Err(io::Error::other("it is no repomd.xml")) }
}

/// The addresses that a metalink names, https before http, and the digests that `repomd.xml` may have.
///
/// # Errors
/// When it is something else.
pub(super) fn metalink(bytes: &[u8]) -> io::Result<(Vec<String>, Vec<Digest>)> {
    let (mut xml, mut addresses, mut digests) = (Xml::new(bytes), Vec::new(), Vec::new());
    let mut algorithm = String::new();
    while let Some(piece) = xml.next()? {
        match piece {
            Piece::Start(element) if element.name == "hash" => algorithm = element.get("type").unwrap_or_default().to_owned(),
            Piece::Text(text) if xml.inside() == "hash" => digests.extend(digest(&algorithm, &text)),
            Piece::Text(text) if xml.inside() == "url" && text.starts_with("http") => {
                let base = text.strip_suffix("repodata/repomd.xml").unwrap_or(&text).to_owned();
                addresses.push(base);
            }
            _ => {}
        }
    }
    addresses.sort_by_key(|address| !address.starts_with("https:"));
    Ok((addresses, digests))
}

/// The addresses of a plain list.
pub(super) fn mirrorlist(bytes: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(bytes);
    let lines = text.lines().map(str::trim).filter(|line| line.starts_with("http://") || line.starts_with("https://"));
    lines.map(str::to_owned).collect()
}

fn digest(algorithm: &str, hex: &str) -> Option<Digest> {
    Digest::parse(&format!("{}:{}", algorithm.trim().to_ascii_lowercase(), hex.trim().to_ascii_lowercase()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_have_paths_and_digests() {
        let hex = "a".repeat(64);
        let text = format!(
            "<repomd><data type=\"primary\"><checksum type=\"sha256\">{hex}</checksum><open-checksum type=\"sha\">x</open-checksum>\
             <location href=\"repodata/p.xml.gz\"/></data><data type=\"old\"><checksum type=\"sha\">{hex}</checksum></data></repomd>"
        );
        let found = documents(text.as_bytes()).unwrap();
        assert_eq!((found[0].kind.as_str(), found[0].path.as_str()), ("primary", "repodata/p.xml.gz"));
        assert!(found[0].digest.is_some() && found[1].digest.is_none());
        assert!(documents(b"<html></html>").is_err() && documents(b"no").is_err());
    }

    #[test]
    fn lists_of_mirrors_are_read() {
        let text = "<metalink><file><hash type=\"md5\">1</hash></file><url protocol=\"http\">http://a/repodata/repomd.xml</url>\
            <url>rsync://b/</url><url>https://c/repodata/repomd.xml</url></metalink>";
        let (addresses, digests) = metalink(text.as_bytes()).unwrap();
        assert_eq!((addresses, digests.len()), (vec!["https://c/".to_owned(), "http://a/".to_owned()], 0));
        assert_eq!(mirrorlist(b"# c\nhttp://a/\n\nnonsense\nhttps://b/x\n"), ["http://a/", "https://b/x"]);
    }
}
