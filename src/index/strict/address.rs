//! `git-url` and `git-branch`: what is handed to git must be an address or a name, and nothing that git takes for more.

/// What is wrong with an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wrong {
    /// It is no address that we hand to git; why.
    Form(&'static str),
    /// It is a folder of this machine.
    Local,
    /// It holds a password or a token.
    Credentials,
}

/// Whether git may be given this address. Sources: gitprotocol(7) and git-clone(1), "GIT URLS"; gitremote-helpers(7).
pub(super) fn url(text: &str) -> Result<(), Wrong> {
    if text.starts_with('-') {
        return Err(Wrong::Form("it starts with `-`, so git would take it for an option"));
    }
    if text.contains(|c: char| c.is_whitespace() || c.is_control()) {
        return Err(Wrong::Form("it holds a blank or a control character"));
    }
    if let Some((scheme, rest)) = text.split_once("://") {
        return with_scheme(&scheme.to_ascii_lowercase(), rest);
    }
    let front = text.split('/').next().unwrap_or_default();
    if front.contains("::") {
        return Err(Wrong::Form("what stands before `::` names a program that git would run"));
    }
    match front.split_once(':') {
        Some(("file", _)) => Err(Wrong::Local),
        Some((host, _)) => scp(host, text.split_once(':').map_or("", |(_, path)| path)),
        None => Err(Wrong::Local),
    }
}

fn with_scheme(scheme: &str, rest: &str) -> Result<(), Wrong> {
    match scheme {
        "file" => return Err(Wrong::Local),
        "https" | "http" | "ssh" | "git" => {}
        _ if scheme.contains("::") => return Err(Wrong::Form("what stands before `::` names a program that git would run")),
        _ => return Err(Wrong::Form("only https, http, ssh and git are spoken")),
    }
    let is_web = scheme.starts_with("http");
    let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
    let (user, host) = authority.rsplit_once('@').map_or((None, authority), |(user, host)| (Some(user), host));
    // A slash in a password ends what looks like the host.
    if user.is_some_and(|user| is_web || user.contains(':'))
        || (is_web && path.contains('@') && host.contains(':') && !has_port(host) && !host.ends_with(']'))
    {
        return Err(Wrong::Credentials);
    }
    if is_web && rest.contains(['?', '#']) {
        return Err(Wrong::Form("it has a query or a fragment, which addresses of repositories have not"));
    }
    names_a_host(host.rsplit_once(':').filter(|_| has_port(host)).map_or(host, |(host, _)| host), user, path)
}

/// `user@host:path`.
fn scp(authority: &str, path: &str) -> Result<(), Wrong> {
    let (user, host) = authority.rsplit_once('@').map_or((None, authority), |(user, host)| (Some(user), host));
    names_a_host(host, user, path)
}

fn names_a_host(host: &str, user: Option<&str>, path: &str) -> Result<(), Wrong> {
    let is_host = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | '[' | ']' | ':');
    if host.is_empty() || !host.chars().all(is_host) {
        return Err(Wrong::Form("it names no host"));
    }
    // ssh would take it for an option.
    if host.starts_with('-') || user.is_some_and(|user| user.is_empty() || user.starts_with('-')) {
        return Err(Wrong::Form("neither user nor host may be empty or start with `-`"));
    }
    if path.trim_matches('/').is_empty() { Err(Wrong::Form("it names no repository of the host")) } else { Ok(()) }
}

fn has_port(host: &str) -> bool {
    host.rsplit_once(':').is_some_and(|(_, port)| !port.is_empty() && port.bytes().all(|b| b.is_ascii_digit()))
}

/// Whether a branch, a tag or a commit can be called so. Source: git-check-ref-format(1).
pub(super) fn branch(text: &str) -> Result<(), &'static str> {
    let refused = |c: char| c.is_control() || c.is_whitespace() || matches!(c, '~' | '^' | ':' | '?' | '*' | '[' | '\\');
    if text.starts_with('-') {
        return Err("it starts with `-`, so git would take it for an option");
    }
    if text.contains(refused) {
        return Err("it holds a blank, a control character, or one of ~ ^ : ? * [ \\");
    }
    if text.contains("..") || text.contains("@{") || text == "@" {
        return Err("it holds `..` or `@{`, or is `@`");
    }
    if text.ends_with('.') || text.split('/').any(|part| part.is_empty() || part.starts_with('.') || part.ends_with(".lock")) {
        return Err("a part of it is empty, starts or ends with `.`, or ends with `.lock`");
    }
    Ok(())
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
    fn addresses_of_repositories_are_accepted() {
        for text in [
            "https://git.example.org/team/app.git",
            "https://git.example.org:8443/team/app",
            "http://git.example.org/a",
            "HTTPS://git.example.org/@scope/a",
            "ssh://git@git.example.org:22/team/app.git",
            "git://[::1]:9418/app",
            "git@git.example.org:team/app.git",
            "host:app",
        ] {
            assert_eq!(url(text), Ok(()), "{text}");
        }
    }

    #[test]
    fn what_git_takes_for_more_is_refused() {
        for text in [
            "--upload-pack=touch x",
            "-oProxyCommand=x",
            "ext::sh -c id",
            "ext::id",
            "ext::https://h/a",
            "fd::17",
            "ftp://h/a",
            "ssh://-oProxyCommand=id/a",
            "ssh://-l@h/a",
            "-host:path",
            "git@-h:path",
            "https:///a",
            "https://h/",
            "https://h/a?x=1",
            "https://h/a b",
            "https://h/a\nb",
            "host:",
        ] {
            assert!(matches!(url(text), Err(Wrong::Form(_))), "{text}");
        }
        for text in ["file:///srv/a", "FILE:///srv/a", "file:/srv/a", "/srv/a", "./a", "../a:b", "a"] {
            assert_eq!(url(text), Err(Wrong::Local), "{text}");
        }
        for text in ["https://user:word@h/a", "https://token@h/a", "ssh://git:word@h/a", "https://user:wo/rd@h/a"] {
            assert_eq!(url(text), Err(Wrong::Credentials), "{text}");
        }
    }

    #[test]
    fn branches_are_names_of_refs() {
        for text in
            ["master", "6.2.x", "release/1.2", "2016-11-02_12-56-14", "v1", "HEAD", "a@b", "0123456789abcdef0123456789abcdef01234567"]
        {
            assert_eq!(branch(text), Ok(()), "{text}");
        }
        for text in [
            "-b", "a b", "a..b", "a~1", "a^", "a:b", "@", "@{1}", "a/", "/a", "a//b", ".a", "a/.b", "a.lock", "a.", "a\n", "$(id) x",
            "a\\b",
        ] {
            assert!(branch(text).is_err(), "{text}");
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
