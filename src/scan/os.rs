//! Which operating system an image holds.

/// What `os-release` says. Source: freedesktop.org, os-release(5).
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Os {
    /// `ID`: debian, alpine, rhel.
    pub id: String,
    /// `ID_LIKE`, word by word.
    pub like: Vec<String>,
    /// `VERSION_ID`: 12, 3.20.1, 9.4.
    pub version: String,
    /// `VERSION_CODENAME`: bookworm.
    pub codename: String,
    /// `PRETTY_NAME`.
    pub pretty: String,
}

impl Os {
    /// Where the text stands; the first that is there counts.
    pub const PATHS: [&'static str; 2] = ["/etc/os-release", "/usr/lib/os-release"];

    /// Reads the text; lines that are no assignments are passed over.
    pub fn parse(text: &str) -> Self {
        let mut os = Self::default();
        for (key, value) in text.lines().filter_map(|line| line.trim().split_once('=')) {
            let value = unquoted(value);
            match key {
                "ID" => os.id = value,
                "ID_LIKE" => os.like = value.split_whitespace().map(str::to_owned).collect(),
                "VERSION_ID" => os.version = value,
                "VERSION_CODENAME" => os.codename = value,
                "PRETTY_NAME" => os.pretty = value,
                _ => {}
            }
        }
        os
    }

    /// Whether it is this system or one that says it is like it.
    pub fn is(&self, id: &str) -> bool {
        self.id == id || self.like.iter().any(|like| like == id)
    }
}

/// A value of a shell assignment.
fn unquoted(value: &str) -> String {
    let value = value.trim();
    let quoted = |mark: char| value.len() >= 2 && value.starts_with(mark) && value.ends_with(mark);
    match () {
        () if quoted('\'') => value[1..value.len() - 1].to_owned(),
        () if quoted('"') => {
            let mut plain = String::new();
            let mut characters = value[1..value.len() - 1].chars();
            while let Some(one) = characters.next() {
                plain.extend(if one == '\\' { characters.next() } else { Some(one) });
            }
            plain
        }
        () => value.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_may_be_quoted_in_both_ways() {
        let os =
            Os::parse("# c\nID=rocky\nID_LIKE=\"rhel centos fedora\"\nVERSION_ID='9.4'\nPRETTY_NAME=\"Rocky \\\"9\\\"\"\nrubbish\n\"\n");
        assert_eq!((os.id.as_str(), os.version.as_str(), os.pretty.as_str()), ("rocky", "9.4", "Rocky \"9\""));
        assert!(os.is("rocky") && os.is("rhel") && !os.is("debian"));
    }
}
