//! `git-url` and `notify-email`: what is handed to git must be an address, and nothing that git takes for more; what is handed to
//! mail servers, too.

use crate::git::{FetchError, check_url};

/// What is wrong with an address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Wrong {
    /// It is no address that we hand to git; why.
    Form(String),
    /// It is a folder of this machine.
    Local,
    /// It holds a password or a token.
    Credentials,
}

/// Whether an entry may name this address.
pub(super) fn url(text: &str, allow_file: bool) -> Result<(), Wrong> {
    if has_credentials(text) {
        return Err(Wrong::Credentials);
    }
    match check_url(text, allow_file) {
        Ok(()) => Ok(()),
        Err(FetchError::Transport { transport, .. }) if transport == "file" => Err(Wrong::Local),
        Err(FetchError::Transport { transport, allowed, .. }) => {
            Err(Wrong::Form(format!("nothing is fetched over {transport}; write one that begins with {allowed}")))
        }
        Err(FetchError::Address { reason, .. }) => Err(Wrong::Form(reason)),
        Err(other) => Err(Wrong::Form(other.to_string())),
    }
}

/// Whether it holds a user's secret. On the web the user's name alone is often a token, and a query may hold one; a slash in a
/// password ends what looks like the host.
fn has_credentials(text: &str) -> bool {
    let Some((scheme, rest)) = text.split_once("://") else { return false };
    let is_web = scheme.to_ascii_lowercase().starts_with("http");
    let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
    let user = authority.rsplit_once('@').map(|(user, _)| user);
    let is_port = |port: &str| port.bytes().all(|b| b.is_ascii_digit());
    let cut = authority.rsplit_once(':').is_some_and(|(_, port)| !is_port(port) && !authority.ends_with(']')) && path.contains('@');
    user.is_some_and(|user| is_web || user.contains(':')) || (is_web && (cut || rest.contains('?')))
}

/// Whether mail can be sent there: one address, `user@host`. Source: RFC 5321 with the dot-atoms of RFC 5322, and no quoted names.
pub(super) fn mail(text: &str) -> Result<(), &'static str> {
    let Some((user, host)) = text.rsplit_once('@') else { return Err("there is no `@`") };
    let atom = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-/=?^_`{|}~.".contains(c);
    if user.is_empty() || user.len() > 64 || !user.chars().all(atom) || user.split('.').any(str::is_empty) {
        return Err("what stands before the `@` is no name of a mailbox");
    }
    let label = |label: &str| {
        !label.is_empty() && label.len() <= 63 && !label.starts_with('-') && !label.ends_with('-') && label.chars().all(is_host_letter)
    };
    if host.len() > 253 || !host.split('.').all(label) { Err("what stands behind the `@` is no name of a host") } else { Ok(()) }
}

fn is_host_letter(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '-'
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_told_by_what_is_wrong_with_them() {
        for text in ["https://git.example.org:8443/team/app", "https://[::1]/a@b", "ssh://git@git.example.org:22/a.git", "git@host:a/b"] {
            assert_eq!(url(text, false), Ok(()), "{text}");
        }
        for text in [
            "--upload-pack=touch",
            "ext::sh -c id",
            "ext::https://h/a",
            "ftp://h/a",
            "ssh://-oProxyCommand=id/a",
            "git@-h:p",
            "https://h/a b",
        ] {
            assert!(matches!(url(text, true), Err(Wrong::Form(_))), "{text}");
        }
        for text in ["file:///srv/a", "/srv/a", "./a", "../a:b", "a"] {
            assert_eq!(url(text, false), Err(Wrong::Local), "{text}");
        }
        assert_eq!(url("file:///srv/a", true), Ok(()));
        for text in ["https://user:word@h/a", "https://word@h/a", "ssh://git:word@h/a", "https://user:wo/rd@h/a", "https://h/a?token=word"]
        {
            assert_eq!(url(text, false), Err(Wrong::Credentials), "{text}");
        }
    }

    #[test]
    fn mail_goes_to_one_mailbox() {
        for text in ["a@b", "first.last@example.org", "the-team+x@mail.example.org"] {
            assert_eq!(mail(text), Ok(()), "{text}");
        }
        let long = format!("{}@b", "a".repeat(65));
        for text in ["a", "@b", "a@", "a b@c", "a..b@c", "a@b..c", "a@-b", "a@b,c@d", "a@b\nBcc: c@d", "<a@b>", "ä@b", &long] {
            assert!(mail(text).is_err(), "{text}");
        }
    }
}
