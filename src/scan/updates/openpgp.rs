//! Signatures of OpenPGP, and the keys that may make them.
//!
//! As apt does: one good signature of a known key is enough, MD5 and SHA-1 prove nothing, and a key counts only while it
//! is neither revoked nor expired. Source: RFC 9580.

use jiff::Timestamp;
use pgp::composed::{CleartextSignedMessage, Deserializable as _, DetachedSignature, SignedPublicKey};
use pgp::crypto::hash::HashAlgorithm;
use pgp::packet::Signature;
use pgp::types::{KeyDetails, VerifyingKey};

/// The most signatures that are looked at.
const SIGNATURES: usize = 32;

/// Keys.
#[derive(Clone, Debug, Default)]
pub(super) struct Keyring {
    certificates: Vec<SignedPublicKey>,
}

/// Why nothing proves a document.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Unproven {
    /// It has no signature, or one that cannot be read.
    #[error("its signature cannot be read: {0}")]
    Unreadable(String),
    /// None of the keys made a signature.
    #[error("it is signed by {0}, and none of the image's keys for it is that one; name the key with `scanners.keys`")]
    UnknownKey(String),
    /// A key is known, and its signature is not good.
    #[error("its signature is not good: {0}")]
    Bad(String),
}

impl Keyring {
    /// Adds the keys of a file: binary, or as text, several after each other.
    ///
    /// # Errors
    /// When the file holds something else.
    pub(super) fn add(&mut self, bytes: &[u8]) -> Result<(), String> {
        let marks = b"-----BEGIN PGP PUBLIC KEY BLOCK-----";
        let starts: Vec<usize> = bytes.windows(marks.len()).enumerate().filter(|(_, part)| part == marks).map(|(at, _)| at).collect();
        if starts.is_empty() {
            return self.add_block(bytes);
        }
        let ends = starts.iter().skip(1).copied().chain([bytes.len()]);
        starts.iter().zip(ends).try_for_each(|(start, end)| self.add_block(&bytes[*start..end]))
    }

    fn add_block(&mut self, bytes: &[u8]) -> Result<(), String> {
        let (keys, _) = SignedPublicKey::from_reader_many_buf(bytes).map_err(|error| error.to_string())?;
        let before = self.certificates.len();
        // One key of a kind that we do not know must not take the others away.
        self.certificates.extend(keys.filter_map(Result::ok));
        if self.certificates.len() > before { Ok(()) } else { Err("no key in it".to_owned()) }
    }

    /// Adds the keys of another one.
    pub(super) fn join(&mut self, other: &Self) {
        self.certificates.extend(other.certificates.iter().cloned());
    }

    pub(super) fn is_empty(&self) -> bool {
        self.certificates.is_empty()
    }

    /// The keys with one of these fingerprints, of the key itself or of a part of it.
    pub(super) fn only(&self, fingerprints: &[String]) -> Self {
        let told = |key: &dyn KeyDetails| {
            let own = key.fingerprint().to_string();
            fingerprints.iter().any(|one| one.trim_end_matches('!').eq_ignore_ascii_case(&own))
        };
        let fits = |key: &&SignedPublicKey| told(&key.primary_key) || key.public_subkeys.iter().any(|part| told(&part.key));
        Self { certificates: self.certificates.iter().filter(fits).cloned().collect() }
    }

    /// Checks a text that holds its signature.
    ///
    /// # Errors
    /// When nothing proves it.
    pub(super) fn check_clearsigned(&self, message: &Clearsigned, now: Timestamp) -> Result<(), Unproven> {
        self.check(message.0.signatures(), message.0.signed_text().as_bytes(), now)
    }

    /// Checks data with the signature that stands beside it.
    ///
    /// # Errors
    /// When nothing proves it.
    pub(super) fn check_detached(&self, data: &[u8], signature: &[u8], now: Timestamp) -> Result<(), Unproven> {
        let unreadable = |error: pgp::errors::Error| Unproven::Unreadable(error.to_string());
        let (all, _) = DetachedSignature::from_reader_many_buf(signature).map_err(unreadable)?;
        let all: Vec<Signature> = all.take(SIGNATURES).filter_map(|one| Some(one.ok()?.signature)).collect();
        self.check(&all, data, now)
    }

    fn check(&self, signatures: &[Signature], data: &[u8], now: Timestamp) -> Result<(), Unproven> {
        let mut bad = None;
        for signature in signatures.iter().take(SIGNATURES) {
            for certificate in &self.certificates {
                match proves(certificate, signature, data, now) {
                    Some(Ok(())) => return Ok(()),
                    Some(Err(reason)) => bad = Some(reason),
                    None => {}
                }
            }
        }
        if let Some(reason) = bad {
            return Err(Unproven::Bad(reason));
        }
        let makers: Vec<String> = signatures.iter().take(3).filter_map(maker).collect();
        if makers.is_empty() {
            return Err(Unproven::Unreadable("there is none in it that is known here".to_owned()));
        }
        Err(Unproven::UnknownKey(makers.join(", ")))
    }
}

/// A text that holds its signature, not yet checked.
pub(super) struct Clearsigned(CleartextSignedMessage);

impl Clearsigned {
    /// Reads it.
    ///
    /// # Errors
    /// When it is not of this form.
    pub(super) fn parse(bytes: &[u8]) -> Result<Self, Unproven> {
        let read = CleartextSignedMessage::from_armor_buf(bytes, Default::default());
        read.map(|(message, _)| Self(message)).map_err(|error| Unproven::Unreadable(error.to_string()))
    }

    /// What was signed.
    pub(super) fn text(&self) -> String {
        self.0.signed_text()
    }
}

/// Who says to have made a signature.
fn maker(signature: &Signature) -> Option<String> {
    let fingerprint = signature.issuer_fingerprint().first().map(ToString::to_string);
    fingerprint.or_else(|| signature.issuer_key_id().first().map(ToString::to_string)).map(|id| format!("the key {}", id.to_uppercase()))
}

/// Whether a signature of this key proves the data; none where the signature is another one's.
fn proves(certificate: &SignedPublicKey, signature: &Signature, data: &[u8], now: Timestamp) -> Option<Result<(), String>> {
    if made_by(signature, &certificate.primary_key) {
        return Some(usable(certificate, now).and_then(|()| good(signature, &certificate.primary_key, data, now)));
    }
    let part = certificate.public_subkeys.iter().find(|part| made_by(signature, &part.key))?;
    let bound = || {
        let bindings = part.signatures.iter().filter(|one| one.verify_subkey_binding(&certificate.primary_key, &part.key).is_ok());
        let newest = bindings.max_by_key(|one| one.created().map(|time| time.as_secs())).ok_or("its part of the key is not bound to it")?;
        if !newest.key_flags().sign() {
            return Err("its part of the key is not for signatures".to_owned());
        }
        alive(&part.key, newest, now)
    };
    Some(usable(certificate, now).and_then(|()| bound()).and_then(|()| good(signature, &part.key, data, now)))
}

fn made_by(signature: &Signature, key: &impl KeyDetails) -> bool {
    let prints = signature.issuer_fingerprint();
    if prints.is_empty() { signature.issuer_key_id().contains(&&key.legacy_key_id()) } else { prints.contains(&&key.fingerprint()) }
}

/// Whether a key is neither revoked nor expired.
fn usable(certificate: &SignedPublicKey, now: Timestamp) -> Result<(), String> {
    let key = &certificate.primary_key;
    if certificate.details.revocation_signatures.iter().any(|one| one.verify_key(key).is_ok()) {
        return Err(format!("the key {:X} is revoked", key.fingerprint()));
    }
    let mut own: Vec<&Signature> = certificate.details.direct_signatures.iter().filter(|one| one.verify_key(key).is_ok()).collect();
    for user in &certificate.details.users {
        let id = &user.id;
        own.extend(user.signatures.iter().filter(|one| {
            one.is_certification() && made_by(one, key) && one.verify_certification(key, pgp::types::Tag::UserId, id).is_ok()
        }));
    }
    match own.into_iter().max_by_key(|one| one.created().map(|time| time.as_secs())) {
        Some(newest) => alive(key, newest, now),
        None => Err(format!("the key {:X} does not vouch for itself", key.fingerprint())),
    }
}

/// Whether a key has not expired, as a signature over it says.
fn alive(key: &impl KeyDetails, over: &Signature, now: Timestamp) -> Result<(), String> {
    let Some(lasts) = over.key_expiration_time().map(|lasts| i64::from(lasts.as_secs())).filter(|lasts| *lasts > 0) else { return Ok(()) };
    let ends = i64::from(key.created_at().as_secs()) + lasts;
    if ends >= now.as_second() { Ok(()) } else { Err(format!("the key {:X} has expired; the image needs a newer one", key.fingerprint())) }
}

fn good(signature: &Signature, key: &impl VerifyingKey, data: &[u8], now: Timestamp) -> Result<(), String> {
    match signature.hash_alg() {
        Some(HashAlgorithm::Sha256 | HashAlgorithm::Sha384 | HashAlgorithm::Sha512 | HashAlgorithm::Sha224) => {}
        Some(HashAlgorithm::Sha3_256 | HashAlgorithm::Sha3_512) => {}
        other => return Err(format!("it is made with {other:?}, which proves nothing")),
    }
    let ends = signature.signature_expiration_time().map(|lasts| i64::from(lasts.as_secs())).filter(|lasts| *lasts > 0);
    let made = signature.created().map(|time| i64::from(time.as_secs())).unwrap_or_default();
    if ends.is_some_and(|lasts| made + lasts < now.as_second()) {
        return Err("it has expired".to_owned());
    }
    signature.verify(key, data).map_err(|_| format!("what the key {:X} signed is something else", key.fingerprint()))
}
