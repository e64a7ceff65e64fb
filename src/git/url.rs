//! Remote URLs without what must not be seen.

/// Takes user, password, query and fragment out of a web address; of other addresses only the password, since
/// the user of `ssh://git@host/…` is part of the way there. What is no URL (`git@host:path`, a path) stays.
pub(super) fn without_credentials(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else { return url.to_owned() };
    let (user, place) = rest.split_at(user_end(rest));
    let is_web = scheme.to_ascii_lowercase().ends_with("http") || scheme.to_ascii_lowercase().ends_with("https");
    if is_web {
        let place = place.split(['?', '#']).next().unwrap_or(place);
        return format!("{scheme}://{place}");
    }
    match user.split_once(':') {
        Some((name, _)) => format!("{scheme}://{name}@{place}"),
        None => format!("{scheme}://{user}{place}"),
    }
}

/// Where the host begins: behind the last `@` of the authority.
fn user_end(rest: &str) -> usize {
    let authority = rest.split(['/', '?', '#']).next().unwrap_or(rest);
    if let Some(at) = authority.rfind('@') {
        return at + 1;
    }
    // A password with an unescaped slash: "user:pa/ss@host". What looks like a port is then none.
    let port = authority.rsplit_once(':').map_or("", |(_, port)| port);
    if port.bytes().all(|b| b.is_ascii_digit()) || authority.ends_with(']') {
        return 0;
    }
    rest.rfind('@').map_or(0, |at| at + 1)
}

#[cfg(test)]
mod tests {
    use super::without_credentials;

    #[test]
    fn secrets_are_taken_out() {
        for (url, clean) in [
            ("https://user:secret@h.example/a.git", "https://h.example/a.git"),
            ("https://token@h.example:8443/a@b", "https://h.example:8443/a@b"),
            ("HTTPS://u:p@x@h.example/a?private_token=s#t", "HTTPS://h.example/a"),
            ("https://user:sec/ret@h.example/a", "https://h.example/a"),
            ("ssh://git:secret@h.example/a", "ssh://git@h.example/a"),
            ("ftp://u:p@h/a", "ftp://u@h/a"),
        ] {
            assert_eq!(without_credentials(url), clean);
        }
    }

    #[test]
    fn the_rest_stays() {
        for url in [
            "https://h.example/a.git",
            "https://h.example:8443/@scope/a",
            "https://[::1]/a@b",
            "ssh://git@h.example:22/a",
            "git@h.example:a/b.git",
            "../elsewhere",
            "",
        ] {
            assert_eq!(without_credentials(url), url);
        }
    }
}
