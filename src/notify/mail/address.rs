//! Mail addresses as people write them.

use lettre::message::{Mailbox, Mailboxes};

/// The addresses of a text: one, or several with commas between, with or without names.
///
/// # Errors
/// What is wrong with it, to stand behind the text.
pub(in crate::notify) fn addresses(text: &str) -> Result<Vec<Mailbox>, String> {
    if text.chars().any(char::is_control) {
        return Err("is no mail address: it has control characters".to_owned());
    }
    let found: Mailboxes = text.trim().parse().map_err(|_| "is no mail address".to_owned())?;
    let found: Vec<Mailbox> = found.into_iter().collect();
    match found.iter().find(|mailbox| !mailbox.email.to_string().is_ascii()) {
        _ if found.is_empty() => Err("is no mail address".to_owned()),
        Some(_) => Err("has letters that not every mail server takes; write its domain as xn--…".to_owned()),
        None => Ok(found),
    }
}

/// As an owner is known: capitals make no difference.
pub(in crate::notify) fn key(mailbox: &Mailbox) -> String {
    mailbox.email.to_string().to_lowercase()
}

/// Each address once.
pub(in crate::notify) fn once(mailboxes: Vec<Mailbox>) -> Vec<Mailbox> {
    let mut seen = std::collections::BTreeSet::new();
    mailboxes.into_iter().filter(|mailbox| seen.insert(key(mailbox))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read_or_refused() {
        let emails = |text: &str| addresses(text).map(|all| all.iter().map(key).collect::<Vec<_>>());
        assert_eq!(emails(" A@example.org ").unwrap(), ["a@example.org"]);
        assert_eq!(emails("Ann <a@example.org>, b@example.org").unwrap(), ["a@example.org", "b@example.org"]);
        for wrong in ["", "nobody", "a@", "@b", "a b@c", "a@b\r\nBcc: c@d", "a@example.org\n", "ü@example.org", "a@b>c", "a@b\0"] {
            assert!(emails(wrong).is_err(), "{wrong:?}");
        }
    }
}
