//! The file `yanked` of a catalogue: versions that plans, promotions and floating tags pass over.
//!
//! One file beside the definitions and not one in each of their folders: what stands in a folder is part of the image's
//! inputs, and a mark must not make an image look changed.

use super::defect::Defect;
use std::path::Path;

/// What stands at the top of a file that we begin.
const HEAD: &str = "# Versions that plans, promotions and floating tags pass over: NAME VERSION REASON\n";
/// No file is larger than this, in bytes.
const LIMIT: usize = 4 << 20;

/// The versions of a catalogue that were yanked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct YankedVersions {
    list: Vec<YankedVersion>,
    text: String,
}

/// A version that was yanked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct YankedVersion {
    /// The definition's name.
    pub name: String,
    /// The version, as in its changelog.
    pub version: String,
    /// Why; may be empty.
    pub reason: String,
    /// The line, from 1.
    pub line: usize,
}

impl YankedVersions {
    /// The file's name, in DIRECTORY.
    pub const FILE: &'static str = "yanked";

    /// Reads the file of a catalogue; without a file nothing is yanked.
    ///
    /// # Errors
    /// A defect with its line: a version that may be bad must not slip through because its line cannot be read.
    pub fn read(root: &Path) -> Result<Self, Box<Defect>> {
        let unreadable = |why: String| {
            let defect = Defect::error("unreadable", format!("the file {} cannot be read: {why}", Self::FILE)).at(Self::FILE);
            Box::new(defect.help("it holds one line for each version: NAME VERSION REASON"))
        };
        match std::fs::metadata(root.join(Self::FILE)) {
            Err(error) if matches!(error.kind(), std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory) => {
                return Ok(Self::default());
            }
            // A definition may be called so.
            Ok(found) if found.is_dir() => return Ok(Self::default()),
            Ok(found) if found.len() > LIMIT as u64 => return Err(unreadable(format!("it is larger than {} MiB", LIMIT >> 20))),
            _ => {}
        }
        let text = std::fs::read_to_string(root.join(Self::FILE)).map_err(|error| unreadable(error.to_string()))?;
        Self::parse(&text)
    }

    /// Reads the text of a file.
    ///
    /// # Errors
    /// A defect at the first line that is none.
    pub fn parse(text: &str) -> Result<Self, Box<Defect>> {
        let mut list: Vec<YankedVersion> = Vec::new();
        for (at, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty() && !line.starts_with('#')) {
            let (name, rest) = line.trim().split_once(char::is_whitespace).unwrap_or((line.trim(), ""));
            let (version, reason) = rest.trim_start().split_once(char::is_whitespace).unwrap_or((rest.trim(), ""));
            if version.is_empty() {
                let message = format!("line {} of {} names no version: \"{}\"", at + 1, Self::FILE, line.trim().escape_debug());
                return Err(Box::new(Defect::error("bad_yanked", message).at(Self::FILE).line(at + 1).help("write NAME VERSION REASON")));
            }
            list.push(YankedVersion { name: name.into(), version: version.into(), reason: reason.trim().into(), line: at + 1 });
        }
        Ok(Self { list, text: text.to_owned() })
    }

    /// All of them, in the order of the file.
    pub fn list(&self) -> &[YankedVersion] {
        &self.list
    }

    /// A sentence about why a version is passed over; `None` where it is not.
    pub fn why(&self, name: &str, version: &str) -> Option<String> {
        let found = self.list.iter().find(|one| one.name == name && one.version == version)?;
        Some(if found.reason.is_empty() { format!("{version} is yanked") } else { format!("{version} is yanked: {}", found.reason) })
    }

    /// The text with one more line, or with another reason in its line. Comments and order stay.
    #[must_use]
    pub fn with(&self, name: &str, version: &str, reason: &str) -> String {
        // A reason is one line, whatever it was given as.
        let reason = reason.split_whitespace().collect::<Vec<_>>().join(" ");
        let own = format!("{name} {version} {reason}").trim_end().to_owned();
        let mut lines: Vec<&str> = self.text.lines().collect();
        match self.list.iter().find(|one| one.name == name && one.version == version) {
            Some(found) => lines[found.line - 1] = &own,
            None => lines.push(&own),
        }
        let head = if self.text.is_empty() { HEAD } else { "" };
        format!("{head}{}\n", lines.join("\n"))
    }

    /// The text without a version.
    #[must_use]
    pub fn without(&self, name: &str, version: &str) -> String {
        let gone = |at: usize| self.list.iter().any(|one| one.line == at + 1 && one.name == name && one.version == version);
        self.text.lines().enumerate().filter(|(at, _)| !gone(*at)).flat_map(|(_, line)| [line, "\n"]).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_read_written_and_taken_away() {
        let none = YankedVersions::default();
        let text = none.with("base", "1.0-s2", "breaks\n TLS");
        assert_eq!(text, format!("{HEAD}base 1.0-s2 breaks TLS\n"));
        let one = YankedVersions::parse(&text).unwrap();
        assert_eq!(one.why("base", "1.0-s2").as_deref(), Some("1.0-s2 is yanked: breaks TLS"));
        assert_eq!((one.why("base", "1.0-s1"), one.why("app", "1.0-s2")), (None, None));
        let two = YankedVersions::parse(&one.with("app", "2", "")).unwrap();
        assert_eq!(two.why("app", "2").as_deref(), Some("2 is yanked"));
        assert_eq!(two.with("base", "1.0-s2", "x"), format!("{HEAD}base 1.0-s2 x\napp 2\n"));
        assert_eq!(two.without("base", "1.0-s2"), format!("{HEAD}app 2\n"));
        assert_eq!(two.without("base", "9"), two.text);
    }

    #[test]
    fn a_line_that_is_none_is_a_defect() {
        let defect = YankedVersions::parse("# x\n\nbase\n").unwrap_err();
        assert_eq!((defect.code, defect.line), ("bad_yanked", Some(3)));
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(YankedVersions::read(folder.path()), Ok(YankedVersions::default()));
        std::fs::write(folder.path().join("yanked"), [0xff, 0xfe]).unwrap();
        assert_eq!(YankedVersions::read(folder.path()).unwrap_err().code, "unreadable");
    }
}
