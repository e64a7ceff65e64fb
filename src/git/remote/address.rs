//! Which addresses and revisions git is handed. They come from people we do not know: nothing of them may become an
//! option, a program or a file of this machine.

use super::super::url::without_credentials;
use super::error::FetchError;
use crate::name::looks_like_credential;

/// What an address may begin with.
const ALLOWED: &str = "https://, http://, git:// or ssh://";
const ALLOWED_WITH_FILE: &str = "https://, http://, git://, ssh:// or file://";

/// The transports for `GIT_ALLOW_PROTOCOL`, which holds for redirects, too.
pub(super) fn protocols(allow_file: bool) -> &'static str {
    if allow_file { "https:http:git:ssh:file" } else { "https:http:git:ssh" }
}

/// Says no to an address that is not to be fetched.
pub(super) fn check_url(url: &str, allow_file: bool) -> Result<(), FetchError> {
    let bad = |reason: &str| Err(FetchError::Address { url: shown(url), reason: reason.to_owned() });
    if url.is_empty() {
        return bad("it is empty");
    }
    if url.starts_with('-') {
        return bad("no address begins with a dash");
    }
    if url.chars().any(|c| c.is_control() || c.is_whitespace()) {
        return bad("an address holds no blanks, line ends or control characters");
    }
    let transport = transport(url);
    let file = allow_file && transport == "file";
    if !file && !["https", "http", "git", "ssh"].contains(&transport) {
        let allowed = if allow_file { ALLOWED_WITH_FILE } else { ALLOWED };
        return Err(FetchError::Transport { url: shown(url), transport: transport.to_owned(), allowed });
    }
    if file {
        let absolute = url.starts_with('/') || url.starts_with("file:///");
        return if absolute { Ok(()) } else { bad("a path on this machine begins with /") };
    }
    let (user, host, path) = parts(url);
    if host.is_empty() || host.starts_with('-') || path.starts_with('-') || user.starts_with('-') {
        return bad("a host is missing, or a part of it begins with a dash");
    }
    if user.contains(':') || (transport.starts_with("http") && looks_like_credential("", user)) {
        return bad("it holds a password, which everybody could read; take it out");
    }
    Ok(())
}

/// What fetches it: a scheme, `ssh` of `host:path`, `file` of a path, or a helper: `ext::`.
fn transport(url: &str) -> &str {
    let is_word = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"+-._".contains(&b));
    if let Some((helper, _)) = url.split_once("::")
        && is_word(helper)
    {
        return &url[..helper.len() + 2];
    }
    if let Some((scheme, _)) = url.split_once("://") {
        return if is_word(scheme) { scheme } else { "an unknown transport" };
    }
    let colon = url.find(':').unwrap_or(usize::MAX);
    if colon < url.find('/').unwrap_or(usize::MAX) { "ssh" } else { "file" }
}

/// User with password, host, and what stands behind it.
fn parts(url: &str) -> (&str, &str, &str) {
    let (place, path) = match url.split_once("://") {
        Some((_, rest)) => rest.split_once('/').unwrap_or((rest, "")),
        None => url.split_once(':').unwrap_or((url, "")),
    };
    match place.rsplit_once('@') {
        Some((user, host)) => (user, host, path),
        None => ("", place, path),
    }
}

/// The address for a message.
fn shown(url: &str) -> String {
    without_credentials(url).chars().map(|c| if c.is_control() { ' ' } else { c }).take(200).collect()
}

/// Why a text can name no branch, tag or commit; rules of git-check-ref-format(1). Characters that mean something to a
/// shell are allowed there, and no shell sees them.
pub(super) fn fault_of_revision(revision: &str) -> Option<&'static str> {
    let special = |c: char| c.is_control() || c.is_whitespace() || "~^:?*[\\".contains(c);
    let part = |part: &str| part.is_empty() || part.starts_with('.') || part.ends_with(".lock");
    if revision.is_empty() {
        return Some("it is empty");
    }
    if revision.starts_with('-') {
        return Some("no name begins with a dash");
    }
    if revision.chars().any(special) {
        return Some("it holds a blank, a control character or one of ~^:?*[\\");
    }
    let wrong = revision.contains("..") || revision.contains("@{") || revision == "@" || revision.ends_with('.');
    (wrong || revision.split('/').any(part) || revision.len() > 1000).then_some("git allows no such name")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ordinary_addresses_pass() {
        for url in [
            "https://h.example/a.git",
            "http://user@h.example:8080/a",
            "git://h.example/a",
            "ssh://git@h.example:22/a",
            "git@h.example:a/b.git",
            "h.example:a",
            "ssh://[::1]/a",
            "https://h.example/a'b;$(c)",
        ] {
            assert!(check_url(url, false).is_ok(), "{url}");
        }
        for url in ["/srv/a.git", "file:///srv/a.git"] {
            assert!(check_url(url, true).is_ok(), "{url}");
            assert!(matches!(check_url(url, false), Err(FetchError::Transport { transport, .. }) if transport == "file"), "{url}");
        }
    }

    #[test]
    fn others_are_refused_with_the_reason() {
        for (url, said) in [
            ("", "it is empty"),
            ("--upload-pack=touch x", "dash"),
            ("-oProxyCommand=x:a", "dash"),
            ("https://-h.example/a", "dash"),
            ("ssh://-oProxyCommand=x/a", "dash"),
            ("ssh://h.example/-a", "dash"),
            ("git@-h:a", "dash"),
            ("h:-a", "dash"),
            ("https:///a", "host is missing"),
            ("https://h/a\nb", "line ends"),
            ("https://h/a b", "blanks"),
            ("https://u:secret@h/a", "password"),
            ("ssh://u:secret@h/a", "password"),
            ("ext::sh -c x", "blanks"),
            ("ext::sh", "over ext::"),
            ("fd::3", "over fd::"),
            ("https::https://h/a", "over https::"),
            ("ftp://h/a", "over ftp"),
            ("HTTPS://h/a", "over HTTPS"),
            ("file:///a", "over file"),
            ("../a", "over file"),
            ("./a:b", "over file"),
        ] {
            let error = check_url(url, false).unwrap_err().to_string();
            assert!(error.contains(said) && !error.contains("secret"), "{url}: {error}");
        }
        assert!(check_url("../a", true).is_err());
    }

    #[test]
    fn revisions_are_names_and_nothing_else() {
        for name in ["main", "6.2.x", "a/b", "2016-11-02_12-56-14", "$(id)", "a;b|c&d", "`x`", "it's", "HEAD", "+x", "ä"] {
            assert_eq!(fault_of_revision(name), None, "{name}");
        }
        for name in
            ["", "-x", "--all", "a b", "a\nb", "a..b", "a~1", "a^", "a:b", "x*", "@", "@{1}", "a//b", "/a", "a/", ".a", "a.lock", "a."]
        {
            assert!(fault_of_revision(name).is_some(), "{name}");
        }
    }
}
