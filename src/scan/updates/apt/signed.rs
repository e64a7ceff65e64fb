//! A suite's document with its signature: `InRelease`, else `Release` and `Release.gpg`.

use super::super::address::below;
use super::super::keys;
use super::super::openpgp::{Clearsigned, Keyring, Unproven};
use super::super::repository::{Asker, Trouble};
use super::sources::{SignedBy, Source};

/// The keys of the image for a source, and those of the configuration.
struct Keys {
    keyring: Keyring,
    /// Whether any of them is the image's.
    own: bool,
}

/// The text of the suite's document; its signature is checked where the image has keys for it.
pub(super) async fn release(asker: Asker<'_>, configured: &Keyring, source: &Source, base: &str) -> Result<String, Trouble> {
    let keys = keys(asker, configured, source);
    match asker.document(&below(base, "InRelease")).await {
        Ok(bytes) => {
            let message = Clearsigned::parse(&bytes).map_err(|error| Trouble::Wrong(format!("InRelease: {error}")))?;
            accept(&keys, keys.keyring.check_clearsigned(&message, asker.subject.now), "InRelease")?;
            Ok(message.text())
        }
        Err(error) if error.is_absent() => apart(asker, source, &keys, base).await,
        Err(error) => Err(error),
    }
}

/// `Release`, whose signature stands beside it.
async fn apart(asker: Asker<'_>, source: &Source, keys: &Keys, base: &str) -> Result<String, Trouble> {
    let bytes = asker.document(&below(base, "Release")).await?;
    if !keys.keyring.is_empty() {
        match asker.document(&below(base, "Release.gpg")).await {
            Ok(signature) => accept(keys, keys.keyring.check_detached(&bytes, &signature, asker.subject.now), "Release.gpg")?,
            Err(error) if error.is_absent() && keys.own => {
                return Err(Trouble::Wrong(format!("{} has neither InRelease nor Release.gpg: it is not signed", source.name())));
            }
            Err(error) if error.is_absent() => {}
            Err(error) => return Err(error),
        }
    }
    String::from_utf8(bytes.to_vec()).map_err(|_| Trouble::Wrong("Release is no text".to_owned()))
}

/// Keys of the configuration alone cannot say that a signature of somebody else is wrong.
fn accept(keys: &Keys, checked: Result<(), Unproven>, file: &str) -> Result<(), Trouble> {
    match checked {
        Ok(()) => Ok(()),
        Err(_) if keys.keyring.is_empty() => Ok(()),
        Err(Unproven::UnknownKey(_)) if !keys.own => Ok(()),
        Err(error) => Err(Trouble::Wrong(format!("{file}: {error}"))),
    }
}

/// A source that is trusted needs none.
fn keys(asker: Asker<'_>, configured: &Keyring, source: &Source) -> Keys {
    if source.trusted {
        return Keys { keyring: Keyring::default(), own: false };
    }
    let mut keyring = Keyring::default();
    match &source.signed_by {
        SignedBy::Trusted => trusted(asker, &mut keyring),
        SignedBy::Inline(text) => {
            // What cannot be read leaves no key, and then nothing is checked with it.
            let _ = keyring.add(text.as_bytes());
        }
        SignedBy::Named(names) => {
            let (files, prints): (Vec<String>, Vec<String>) = names.iter().cloned().partition(|name| name.starts_with('/'));
            for file in files {
                let _ = keys::add(&mut keyring, asker.subject, &file);
            }
            if !prints.is_empty() {
                let mut all = Keyring::default();
                trusted(asker, &mut all);
                keyring.join(&all.only(&prints));
            }
        }
    }
    let own = !keyring.is_empty();
    keyring.join(configured);
    Keys { keyring, own }
}

fn trusted(asker: Asker<'_>, keyring: &mut Keyring) {
    // It is there only in old images.
    let _ = keys::add(keyring, asker.subject, "/etc/apt/trusted.gpg");
    keys::add_below(keyring, asker.subject, "/etc/apt/trusted.gpg.d", &[".gpg", ".asc"]);
}
