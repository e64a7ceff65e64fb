//! What dpkg was told to leave out: `path-exclude` and `path-include`. Source: dpkg(1), "Filtering options".

use crate::name::Pattern;
use crate::scan::Contents;

const FILE: &str = "/etc/dpkg/dpkg.cfg";
const FOLDER: &str = "/etc/dpkg/dpkg.cfg.d";

/// What is left out; the last pattern that matches counts.
#[derive(Default)]
pub struct Excluded(Vec<(bool, Pattern)>);

impl Excluded {
    /// Whether its bytes are needed.
    pub fn wants(path: &str) -> bool {
        path == FILE || crate::layers::parent(path) == Some(FOLDER)
    }

    /// As the image says; what cannot be read leaves nothing out.
    pub fn of(contents: &Contents) -> Self {
        let parts = contents.below(FOLDER).map(|(path, _)| path);
        let texts = parts.chain([FILE]).filter_map(|path| contents.bytes(path).ok().flatten());
        Self(texts.flat_map(|text| patterns(&String::from_utf8_lossy(&text))).collect())
    }

    /// Whether dpkg leaves a path out.
    pub fn leaves_out(&self, path: &str) -> bool {
        self.0.iter().rfind(|(_, pattern)| pattern.matches(path)).is_some_and(|(out, _)| *out)
    }
}

fn patterns(text: &str) -> Vec<(bool, Pattern)> {
    let of = |line: &str| {
        let (key, value) = line.trim().trim_start_matches("--").split_once(['=', ' ', '\t'])?;
        let out = match key {
            "path-exclude" => true,
            "path-include" => false,
            _ => return None,
        };
        Some((out, Pattern::parse(value.trim().trim_matches('"')).ok()?))
    };
    text.lines().filter_map(of).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_pattern_counts() {
        let text = "# c\npath-exclude=/usr/share/doc/*\npath-include /usr/share/doc/*/copyright\nforce-unsafe-io\n";
        let excluded = Excluded(patterns(text));
        assert!(excluded.leaves_out("/usr/share/doc/x/README"));
        assert!(!excluded.leaves_out("/usr/share/doc/x/copyright") && !excluded.leaves_out("/usr/share/man/x"));
    }
}
