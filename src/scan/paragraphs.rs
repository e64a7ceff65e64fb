//! Texts of paragraphs with fields: Debian's status files and package indexes, Python's metadata. Source: deb822(5).
//!
//! Nothing is refused here: a line that is neither a field nor the continuation of one is passed over.

/// One paragraph, its fields in their order. The value of a field with further lines holds them with line ends, without
/// the blank that each begins with.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Paragraph<'a> {
    fields: Vec<(&'a str, &'a str, usize)>,
    lines: Vec<&'a str>,
}

impl<'a> Paragraph<'a> {
    /// The first line of a field; upper and lower case are the same.
    pub fn get(&self, name: &str) -> Option<&'a str> {
        self.all(name).next()
    }

    /// The first lines of a field that may stand there more than once.
    pub fn all(&self, name: &str) -> impl Iterator<Item = &'a str> {
        self.fields.iter().filter(move |(key, _, _)| key.eq_ignore_ascii_case(name)).map(|(_, value, _)| *value)
    }

    /// The lines of a field behind its first.
    pub fn further(&self, name: &str) -> &[&'a str] {
        let Some(at) = self.fields.iter().position(|(key, _, _)| key.eq_ignore_ascii_case(name)) else { return &[] };
        let end = self.fields.get(at + 1).map_or(self.lines.len(), |(_, _, first)| *first);
        self.lines.get(self.fields[at].2..end).unwrap_or_default()
    }

    fn take(&mut self, line: &'a str) {
        if line.starts_with([' ', '\t']) {
            self.lines.push(line.trim());
        } else if let Some((name, value)) = line.split_once(':') {
            self.fields.push((name.trim_end(), value.trim(), self.lines.len()));
        }
    }
}

/// The paragraphs of a text; empty lines stand between them.
pub fn paragraphs(text: &str) -> impl Iterator<Item = Paragraph<'_>> {
    let mut lines = text.lines();
    std::iter::from_fn(move || {
        let mut paragraph = Paragraph::default();
        for line in lines.by_ref() {
            if line.trim().is_empty() {
                if !paragraph.fields.is_empty() {
                    break;
                }
            } else if !line.starts_with('#') {
                paragraph.take(line);
            }
        }
        (!paragraph.fields.is_empty()).then_some(paragraph)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_keep_their_further_lines() {
        let text = "\n# c\nPackage: a\nConffiles:\n /etc/a 12\n /etc/b 13 obsolete\nversion:1\nnonsense\n \n\n\nPackage: b\n";
        let all: Vec<_> = paragraphs(text).collect();
        assert_eq!(all.len(), 2);
        assert_eq!(all[0].further("conffiles"), ["/etc/a 12", "/etc/b 13 obsolete"]);
        assert_eq!((all[0].get("Version"), all[0].get("Package"), all[0].further("Version")), (Some("1"), Some("a"), &[][..]));
        assert_eq!(all[1].get("package"), Some("b"));
    }
}
