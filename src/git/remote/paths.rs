//! Paths inside of a clone: joined by their words, and followed through the links of a commit.

use std::collections::BTreeMap;

/// What stands at a path of a commit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A file, or a link to one in the clone.
    File,
    /// A folder, or a link to one in the clone. A submodule is an empty one.
    Folder,
    /// A link that leads out of the clone, nowhere, or in a circle. It is never followed.
    Link,
}

/// How many links are followed on the way to one file, as Linux does.
const MOST_LINKS: usize = 40;

/// Joins a path to `git_path` by its words alone, and takes `.` and `..` out: `a/b`, or the empty text for the clone itself.
/// A leading `/` of either is the clone. `None` where it leaves the clone, or holds a NUL.
pub fn confined(git_path: &str, path: &str) -> Option<String> {
    if git_path.contains('\0') || path.contains('\0') {
        return None;
    }
    let mut parts = Vec::new();
    let start = if path.starts_with('/') { "" } else { git_path };
    // `git_path` has to stay inside by itself, whatever the path leads back to.
    for part in start.split('/').chain(path.split('/')) {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()?),
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

/// One thing in the listing of a commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Item {
    /// A file: its object and its size in bytes.
    File { object: String, size: u64 },
    /// A link: its object, which holds the target.
    Link { object: String, size: u64 },
    /// A folder or a submodule.
    Folder,
}

/// All that a commit holds, by path.
pub(super) type Listing = BTreeMap<Vec<u8>, Item>;

/// Where a path ends.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum End {
    Nothing,
    Folder,
    File { object: String, size: u64 },
    Unfollowed,
}

/// Follows a path through the links of a commit, never out of it. `target` reads what a link holds.
pub(super) fn follow<E>(listing: &Listing, path: &str, target: &mut dyn FnMut(&str, u64) -> Result<Vec<u8>, E>) -> Result<End, E> {
    let mut here: Vec<Vec<u8>> = Vec::new();
    let mut ahead: Vec<Vec<u8>> = words(path.as_bytes());
    let mut links = 0;
    while let Some(word) = ahead.pop() {
        if word == b".." {
            match here.pop() {
                Some(_) => continue,
                None => return Ok(if links == 0 { End::Nothing } else { End::Unfollowed }),
            }
        }
        here.push(word);
        let missing = if links == 0 { End::Nothing } else { End::Unfollowed };
        match listing.get(&here.join(&b'/')) {
            None => return Ok(missing),
            Some(Item::Folder) => {}
            Some(Item::File { .. }) if !ahead.is_empty() => return Ok(missing),
            Some(Item::File { object, size }) => return Ok(End::File { object: object.clone(), size: *size }),
            Some(Item::Link { object, size }) => {
                links += 1;
                let to = target(object, *size)?;
                if links > MOST_LINKS || to.is_empty() || to.starts_with(b"/") {
                    return Ok(End::Unfollowed);
                }
                here.pop();
                ahead.extend(words(&to));
            }
        }
    }
    Ok(End::Folder)
}

/// The parts of a path, the first one last.
fn words(path: &[u8]) -> Vec<Vec<u8>> {
    let words = path.split(|b| *b == b'/').filter(|word| !word.is_empty() && *word != b".");
    let mut words: Vec<Vec<u8>> = words.map(<[u8]>::to_vec).collect();
    words.reverse();
    words
}

/// Reads `git ls-tree -r -t -l -z`: mode, type, object and size, a tab, the path, a NUL. `None` where it is something else.
pub(super) fn listing(output: &[u8]) -> Option<Listing> {
    let mut listing = Listing::new();
    for record in output.split(|b| *b == 0).filter(|record| !record.is_empty()) {
        let tab = record.iter().position(|b| *b == b'\t')?;
        let heading = std::str::from_utf8(&record[..tab]).ok()?;
        let mut words = heading.split_ascii_whitespace();
        let (mode, _, object, size) = (words.next()?, words.next()?, words.next()?.to_owned(), words.next()?);
        let item = match mode {
            "040000" | "160000" => Item::Folder,
            "120000" => Item::Link { object, size: size.parse().ok()? },
            _ => Item::File { object, size: size.parse().ok()? },
        };
        listing.insert(record[tab + 1..].to_vec(), item);
    }
    Some(listing)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn joined_paths_stay_inside() {
        for (git_path, path, joined) in [
            ("/", "Dockerfile", Some("Dockerfile")),
            ("a/b/", "./c", Some("a/b/c")),
            ("/a", "../", Some("")),
            ("a/b", "../../", Some("")),
            ("a/b", "../../../x", None),
            ("../a", "b", None),
            ("a/../..", "a", None),
            ("a", "/x/../y", Some("y")),
            ("a", "/../y", None),
            ("", "", Some("")),
            ("a", "b\0", None),
            ("a", "..b/c..", Some("a/..b/c..")),
        ] {
            assert_eq!(confined(git_path, path).as_deref(), joined, "{git_path} {path}");
        }
    }

    /// A listing in which links hold their object as target.
    fn tree(items: &[(&str, &str)]) -> Listing {
        let item = |target: &str| match target {
            "" => Item::Folder,
            "file" => Item::File { object: "f".into(), size: 1 },
            target => Item::Link { object: target.into(), size: 1 },
        };
        items.iter().map(|(path, target)| (path.as_bytes().to_vec(), item(target))).collect()
    }

    fn end(listing: &Listing, path: &str) -> End {
        follow::<()>(listing, path, &mut |object, _| Ok(object.as_bytes().to_vec())).unwrap()
    }

    #[test]
    fn links_are_followed_inside_and_never_out() {
        let listing = tree(&[
            ("a", ""),
            ("a/file", "file"),
            ("a/up", "../b"),
            ("b", ""),
            ("b/file", "file"),
            ("b/to", "../a/up/file"),
            ("out", "../x"),
            ("root", "/etc/passwd"),
            ("deep", "a/../../x"),
            ("loop", "loop"),
            ("gone", "nowhere"),
            ("through", "a/file/x"),
            ("home", "."),
        ]);
        for path in ["a/file", "a/up/file", "b/to", "home/a/file", "./a//file"] {
            assert!(matches!(end(&listing, path), End::File { .. }), "{path}");
        }
        for path in ["out", "root", "deep", "loop", "gone", "through", "out/x", "root/x"] {
            assert_eq!(end(&listing, path), End::Unfollowed, "{path}");
        }
        for path in ["", ".", "a", "a/up", "home"] {
            assert_eq!(end(&listing, path), End::Folder, "{path}");
        }
        for path in ["x", "a/x", "a/file/x", ".."] {
            assert_eq!(end(&listing, path), End::Nothing, "{path}");
        }
    }

    #[test]
    fn listings_are_read() {
        let output =
            b"040000 tree aa       -\ta\x00100644 blob bb      12\ta/b\tc\n\x00120000 blob cc       3\tl\x00160000 commit dd       -\tsub\0";
        let read = listing(output).unwrap();
        assert_eq!(read[&b"a/b\tc\n"[..]], Item::File { object: "bb".into(), size: 12 });
        assert_eq!((&read[&b"sub"[..]], &read[&b"a"[..]]), (&Item::Folder, &Item::Folder));
        assert_eq!(listing(b"nonsense\0"), None);
    }
}
