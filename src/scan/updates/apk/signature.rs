//! The signature in front of an index: an archive of its own, whose file is named after the key.

use crate::scan::Subject;
use flate2::bufread::GzDecoder;
use ring::signature::{RSA_PKCS1_2048_8192_SHA1_FOR_LEGACY_USE_ONLY, RSA_PKCS1_2048_8192_SHA256, RsaParameters, UnparsedPublicKey};
use rustls::pki_types::SubjectPublicKeyInfoDer;
use rustls::pki_types::pem::PemObject as _;
use std::collections::HashMap;
use std::io::{self, Read as _};

/// Where the keys stand.
const FOLDER: &str = "/etc/apk/keys";

/// The most bytes of the archive of a signature.
const LARGEST: u64 = 1 << 20;

/// Keys by the names of their files.
#[derive(Debug, Default)]
pub(super) struct Keys(HashMap<String, Vec<u8>>);

/// The bytes of signatures by the names of their files.
type Signatures = Vec<(String, Vec<u8>)>;

/// The keys of the image, and what is wrong with some.
pub(super) fn keys(subject: &Subject<'_>) -> (Keys, Vec<String>) {
    let (mut keys, mut errors) = (Keys::default(), Vec::new());
    for (path, _) in subject.contents.below(FOLDER).filter(|(path, _)| path.ends_with(".pub")) {
        let bytes = subject.contents.bytes(path).ok().flatten().unwrap_or_default();
        let name = path.rsplit('/').next().unwrap_or_default().to_owned();
        match SubjectPublicKeyInfoDer::from_pem_slice(&bytes).ok().and_then(|info| rsa(&info).map(<[u8]>::to_vec)) {
            Some(key) => {
                keys.0.insert(name, key);
            }
            None => errors.push(format!("{path} is no public key of RSA")),
        }
    }
    (keys, errors)
}

/// Checks an index where there are keys. Gives the place where what is signed begins.
///
/// # Errors
/// When it is not signed by one of the keys.
pub(super) fn check(bytes: &[u8], keys: &Keys) -> Result<usize, String> {
    let (begin, signatures) = signatures(bytes).map_err(|error| error.to_string())?;
    if keys.0.is_empty() {
        return Ok(begin);
    }
    if signatures.is_empty() {
        return Err("it is not signed".to_owned());
    }
    let mut reason = None;
    for (file, signature) in &signatures {
        let Some((parameters, name)) = kind(file) else { continue };
        match keys.0.get(name) {
            Some(key) if UnparsedPublicKey::new(parameters, key).verify(&bytes[begin..], signature).is_ok() => return Ok(begin),
            Some(_) => return Err(format!("its signature is not that of the key {name}")),
            None => reason = Some(format!("it is signed with {name}, which is not among the keys of {FOLDER} in the image")),
        }
    }
    Err(reason.unwrap_or_else(|| "it has no signature of a kind that is known".to_owned()))
}

/// The algorithm and the key that the name of a signature's file tells.
fn kind(file: &str) -> Option<(&'static RsaParameters, &str)> {
    let rest = file.strip_prefix(".SIGN.")?;
    match rest.split_once('.')? {
        ("RSA", name) => Some((&RSA_PKCS1_2048_8192_SHA1_FOR_LEGACY_USE_ONLY, name)),
        ("RSA256", name) => Some((&RSA_PKCS1_2048_8192_SHA256, name)),
        _ => None,
    }
}

/// The files of signatures in the first member, and where the second begins; 0 where the first holds no signatures.
fn signatures(bytes: &[u8]) -> io::Result<(usize, Signatures)> {
    let mut first = GzDecoder::new(bytes);
    let mut plain = Vec::new();
    first.by_ref().take(LARGEST).read_to_end(&mut plain)?;
    if plain.len() as u64 == LARGEST {
        // An index without a signature in front of it.
        return Ok((0, Vec::new()));
    }
    let begin = bytes.len() - first.into_inner().len();
    let mut found = Vec::new();
    let mut archive = tar::Archive::new(plain.as_slice());
    for entry in archive.entries()? {
        let mut entry = entry?;
        let name = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
        if name.starts_with(".SIGN.") {
            let mut signature = Vec::new();
            entry.read_to_end(&mut signature)?;
            found.push((name, signature));
        }
    }
    Ok(if found.is_empty() { (0, found) } else { (begin, found) })
}

/// The key itself inside its wrapping: a sequence of the algorithm and a string of bits. Source: RFC 5280, section 4.1.
fn rsa<'a>(info: &'a SubjectPublicKeyInfoDer<'_>) -> Option<&'a [u8]> {
    let (inside, _) = part(info, 0x30)?;
    let (_, rest) = part(inside, 0x30)?;
    let (bits, _) = part(rest, 0x03)?;
    bits.strip_prefix(&[0])
}

/// The first value of a DER text, which must have this tag: what is in it, what stands behind it.
fn part(bytes: &[u8], tag: u8) -> Option<(&[u8], &[u8])> {
    let (_, rest) = bytes.split_first().filter(|(first, _)| **first == tag)?;
    let (short, rest) = rest.split_first()?;
    let count = usize::from(short & 0x7f);
    let (length, rest) = match short {
        0..=0x7f => (usize::from(*short), rest),
        0x81..=0x83 => (rest.get(..count)?.iter().fold(0, |sum, byte| sum << 8 | usize::from(*byte)), &rest[count..]),
        _ => return None,
    };
    Some((rest.get(..length)?, rest.get(length..)?))
}
