//! What a server says it has: branches and tags with their commits, from one `git ls-remote`.

use crate::name::nearest;
use std::collections::BTreeMap;

/// Branches and tags of a repository, by full name; of an annotated tag the commit, not the tag.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Listed(BTreeMap<String, String>);

/// What a revision is on the server.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Wanted {
    /// A branch or tag by its full name, and the commit it named when asked.
    Named { name: String, commit: String },
    /// A full commit id.
    Commit(String),
    /// The beginning of a commit id that no branch or tag stands at.
    Beginning(String),
}

impl Listed {
    /// Reads lines of an id, a tab and a name; `^{}` behind a name is what the tag points to.
    pub fn read(output: &[u8]) -> Self {
        let output = String::from_utf8_lossy(output);
        let mut all = BTreeMap::new();
        for (id, name) in output.lines().filter_map(|line| line.split_once('\t')) {
            match name.strip_suffix("^{}") {
                Some(tag) => drop(all.insert(tag.to_owned(), id.to_owned())),
                None => drop(all.entry(name.to_owned()).or_insert_with(|| id.to_owned())),
            }
        }
        Self(all)
    }

    /// Finds a branch, else a tag, else a commit. The error is what may have been meant.
    pub fn find(&self, revision: &str) -> Result<Wanted, String> {
        if is_full_id(revision) {
            return Ok(Wanted::Commit(revision.to_ascii_lowercase()));
        }
        let is_whole = revision == "HEAD" || revision.starts_with("refs/heads/") || revision.starts_with("refs/tags/");
        let names =
            if is_whole { vec![revision.to_owned()] } else { vec![format!("refs/heads/{revision}"), format!("refs/tags/{revision}")] };
        for name in names {
            if let Some(commit) = self.0.get(&name) {
                return Ok(Wanted::Named { name, commit: commit.clone() });
            }
        }
        if is_beginning(revision) {
            return self.beginning(&revision.to_ascii_lowercase());
        }
        Err(self.hint(revision))
    }

    fn beginning(&self, short: &str) -> Result<Wanted, String> {
        let found: BTreeMap<&String, &String> =
            self.0.iter().filter(|(_, id)| id.starts_with(short)).map(|(name, id)| (id, name)).collect();
        let mut found = found.into_iter();
        match (found.next(), found.next()) {
            (Some((commit, name)), None) => Ok(Wanted::Named { name: name.clone(), commit: commit.clone() }),
            (None, _) => Ok(Wanted::Beginning(short.to_owned())),
            (Some(_), Some(_)) => Err("; more than one commit begins so, write more of its id".to_owned()),
        }
    }

    fn hint(&self, revision: &str) -> String {
        if self.0.is_empty() {
            return "; the repository is empty".to_owned();
        }
        let short = |name: &'_ str| name.strip_prefix("refs/heads/").or_else(|| name.strip_prefix("refs/tags/")).unwrap_or(name).to_owned();
        let names: Vec<String> = self.0.keys().map(|name| short(name)).collect();
        let near = nearest(revision, names.iter().map(String::as_str));
        let clean = |text: &str| text.chars().filter(|c| !c.is_control()).take(100).collect::<String>();
        let shown = |names: &[&str]| names.iter().map(|name| clean(name)).collect::<Vec<_>>().join(", ");
        if near.is_empty() {
            let some: Vec<&str> = names.iter().map(String::as_str).take(5).collect();
            return format!("; there are {}{}", shown(&some), if names.len() > 5 { " and others" } else { "" });
        }
        format!("; did you mean {}?", shown(&near))
    }
}

/// Whether it is the id of a commit, SHA-1 or SHA-256, in full.
pub(super) fn is_full_id(revision: &str) -> bool {
    matches!(revision.len(), 40 | 64) && revision.bytes().all(|b| b.is_ascii_hexdigit())
}

/// Whether it may be the beginning of one: seven digits are what git shows at least.
fn is_beginning(revision: &str) -> bool {
    (7..64).contains(&revision.len()) && revision.bytes().all(|b| b.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn branches_come_before_tags_and_tags_before_commits() {
        let (a, b, c) = ("a".repeat(40), "b".repeat(40), "cafe123".to_owned() + &"0".repeat(33));
        let output = format!(
            "{a}\trefs/heads/main\n{b}\trefs/heads/v1\n{a}\trefs/tags/v1\n{c}\trefs/tags/v2\n{b}\trefs/tags/v2^{{}}\n{c}\trefs/heads/beef1234\n"
        );
        let listed = Listed::read(output.as_bytes());
        let named = |name: &str, commit: &str| Ok(Wanted::Named { name: name.to_owned(), commit: commit.to_owned() });
        assert_eq!(listed.find("main"), named("refs/heads/main", &a));
        assert_eq!(listed.find("v1"), named("refs/heads/v1", &b));
        assert_eq!(listed.find("refs/tags/v1"), named("refs/tags/v1", &a));
        assert_eq!(listed.find("v2"), named("refs/tags/v2", &b), "the commit and not the tag");
        assert_eq!(listed.find("beef1234"), named("refs/heads/beef1234", &c));
        assert_eq!(listed.find("CAFE123"), named("refs/heads/beef1234", &c));
        assert_eq!(listed.find("1234567"), Ok(Wanted::Beginning("1234567".to_owned())));
        assert_eq!(listed.find(&c), Ok(Wanted::Commit(c.clone())));
        assert_eq!(listed.find("mian"), Err("; did you mean main?".to_owned()));
        assert!(listed.find("zzz").unwrap_err().starts_with("; there are beef1234, main, v1"));
        assert_eq!(Listed::default().find("main"), Err("; the repository is empty".to_owned()));
    }
}
