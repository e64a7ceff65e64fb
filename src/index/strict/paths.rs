//! Paths of an entry, by their text alone: what links in a clone lead to is looked at when there is one.

/// Joins a path to a folder of the clone and settles `.` and `..`; a leading `/` is the clone itself. None where it leaves the
/// clone or holds what no path does.
pub(super) fn inside(folder: &str, path: &str) -> Option<String> {
    if path.contains(char::is_control) || folder.contains(char::is_control) {
        return None;
    }
    let start = if path.starts_with('/') { "" } else { folder };
    let mut parts: Vec<&str> = Vec::new();
    for part in start.split('/').chain(path.split('/')) {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()?),
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::inside;

    #[test]
    fn paths_stay_inside_or_are_none() {
        for (folder, path, expected) in [
            ("", "/", Some("")),
            ("", "./", Some("")),
            ("/", "a/b/", Some("a/b")),
            ("a/b", "../../", Some("")),
            ("a/b/", "../c", Some("a/c")),
            ("a", "/x", Some("x")),
            ("a", "../..", None),
            ("", "..", None),
            ("a", "/../x", None),
            ("a", "b/../../../a", None),
            ("a", "b\0c", None),
        ] {
            assert_eq!(inside(folder, path).as_deref(), expected, "{folder} {path}");
        }
    }
}
