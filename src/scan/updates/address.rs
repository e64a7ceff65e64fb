//! Addresses of repositories, and the mirrors that stand instead.

use std::collections::BTreeMap;

/// The address to ask: that of the mirror whose beginning fits best, else the repository's own. A beginning ends where a
/// part of the path ends, so `https://r.example/debian` is not the beginning of `https://r.example/debian-security`.
pub(super) fn rewritten(address: &str, mirrors: &BTreeMap<String, String>) -> String {
    let rest_of = |from: &str| {
        let rest = address.strip_prefix(from.trim_end_matches('/'))?;
        (rest.is_empty() || rest.starts_with('/')).then_some(rest)
    };
    let fits = mirrors.iter().filter_map(|(from, to)| Some((from.len(), rest_of(from)?, to)));
    match fits.max_by_key(|(length, _, _)| *length) {
        Some((_, rest, to)) => format!("{}{rest}", to.trim_end_matches('/')),
        None => address.to_owned(),
    }
}

/// A path below an address.
pub(super) fn below(base: &str, path: &str) -> String {
    format!("{}/{}", base.trim_end_matches('/'), path.trim_start_matches('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_beginning_wins_and_ends_with_a_part() {
        let mirrors = BTreeMap::from([
            ("http://r.example/debian".to_owned(), "http://m.example/d/".to_owned()),
            ("http://r.example/debian/old/".to_owned(), "http://old.example".to_owned()),
        ]);
        for (address, asked) in [
            ("http://r.example/debian", "http://m.example/d"),
            ("http://r.example/debian/", "http://m.example/d/"),
            ("http://r.example/debian/dists", "http://m.example/d/dists"),
            ("http://r.example/debian-security/", "http://r.example/debian-security/"),
            ("http://r.example/debian/old/x", "http://old.example/x"),
        ] {
            assert_eq!(rewritten(address, &mirrors), asked);
        }
        assert_eq!(below("http://r.example/a/", "/b"), "http://r.example/a/b");
    }
}
