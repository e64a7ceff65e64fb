//! How a file differs from its record: one letter for each kind of difference. Source: rpm(8), "VERIFY OPTIONS".

/// Ways in which a file differs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Letters(u16);

/// A letter with its word, in the order in which they are written.
const LETTERS: [(char, &str); 9] = [
    ('S', "size"),
    ('M', "mode"),
    ('5', "content"),
    ('D', "device number"),
    ('L', "link target"),
    ('U', "owner"),
    ('G', "group"),
    ('T', "modification time"),
    ('P', "capabilities"),
];

impl Letters {
    /// Adds a letter if the two differ.
    pub fn note(&mut self, letter: char, differs: bool) {
        if let Some(at) = LETTERS.iter().position(|(known, _)| *known == letter).filter(|_| differs) {
            self.0 |= 1 << at;
        }
    }

    /// Whether one of these letters is there.
    pub fn any(self, letters: &str) -> bool {
        self.present().any(|(letter, _)| letters.contains(letter))
    }

    /// Whether nothing differs.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// All nine places: `S.5....T.`.
    pub fn code(self) -> String {
        LETTERS.iter().enumerate().map(|(at, (letter, _))| if self.0 & (1 << at) == 0 { '.' } else { *letter }).collect()
    }

    /// `size, content and modification time`.
    pub fn words(self) -> String {
        let words: Vec<&str> = self.present().map(|(_, word)| word).collect();
        match words.as_slice() {
            [first @ .., last] if !first.is_empty() => format!("{} and {last}", first.join(", ")),
            _ => words.join(""),
        }
    }

    fn present(self) -> impl Iterator<Item = (char, &'static str)> {
        LETTERS.into_iter().enumerate().filter(move |(at, _)| self.0 & (1 << at) != 0).map(|(_, known)| known)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_have_their_places_and_words() {
        let mut letters = Letters::default();
        assert!(letters.is_empty() && letters.words().is_empty());
        for (letter, differs) in [('T', true), ('5', true), ('S', true), ('M', false), ('?', true)] {
            letters.note(letter, differs);
        }
        assert_eq!((letters.code().as_str(), letters.words().as_str()), ("S.5....T.", "size, content and modification time"));
        assert!(letters.any("5L") && !letters.any("MUG"));
        let mut one = Letters::default();
        one.note('P', true);
        assert_eq!((one.code().as_str(), one.words().as_str()), ("........P", "capabilities"));
    }
}
