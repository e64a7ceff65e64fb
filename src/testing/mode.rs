//! Permissions as Go's `FileMode` prints them: `-rw-r--r--`, `urwxr-xr-x`, `dtrwxrwxrwx`, `Lrwxrwxrwx`.

use crate::layers::{Entry, Kind};

/// Letters of the special bits and of what a file is, in Go's order. Source: Go, `io/fs`, `FileMode.String`.
pub fn spelled(entry: &Entry) -> String {
    let letters = [
        (entry.kind == Kind::Folder, 'd'),
        (matches!(entry.kind, Kind::Link(_)), 'L'),
        (entry.stat.mode & 0o4000 != 0, 'u'),
        (entry.stat.mode & 0o2000 != 0, 'g'),
        (entry.stat.mode & 0o1000 != 0, 't'),
    ];
    let mut text: String = letters.into_iter().filter_map(|(set, letter)| set.then_some(letter)).collect();
    if text.is_empty() {
        text.push('-');
    }
    for (at, letter) in "rwxrwxrwx".chars().enumerate() {
        text.push(if entry.stat.mode & (0o400 >> at) == 0 { '-' } else { letter });
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layers::Stat;

    #[test]
    fn as_go_prints_them() {
        let spelled = |kind, mode| spelled(&Entry { path: "/x".into(), kind, stat: Stat { mode, ..Stat::default() }, ..Entry::default() });
        assert_eq!(spelled(Kind::File, 0o640), "-rw-r-----");
        assert_eq!(spelled(Kind::File, 0o4755), "urwxr-xr-x");
        assert_eq!(spelled(Kind::Folder, 0o1777), "dtrwxrwxrwx");
        assert_eq!(spelled(Kind::Folder, 0o2775), "dgrwxrwxr-x");
        assert_eq!(spelled(Kind::File, 0o6711), "ugrwx--x--x");
        assert_eq!(spelled(Kind::Link("x".into()), 0o777), "Lrwxrwxrwx");
        assert_eq!(spelled(Kind::File, 0), "----------");
    }
}
