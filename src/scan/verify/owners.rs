//! Names of users and groups, as the image has them.

use crate::scan::Contents;
use std::collections::HashMap;

/// Numbers of names.
pub struct Names(HashMap<String, Vec<u64>>);

impl Names {
    /// From `/etc/passwd` or `/etc/group`: both have the name in the first column and the number in the third. The
    /// superuser is there even without them.
    pub fn of(contents: &Contents, file: &str) -> Self {
        let bytes = contents.bytes(file).ok().flatten().unwrap_or_default();
        let mut names: HashMap<String, Vec<u64>> = HashMap::from([("root".to_owned(), vec![0])]);
        for line in String::from_utf8_lossy(&bytes).lines() {
            let mut columns = line.split(':');
            if let (Some(name), Some(Ok(number))) = (columns.next(), columns.nth(1).map(str::parse)) {
                names.entry(name.to_owned()).or_default().push(number);
            }
        }
        Self(names)
    }

    /// Whether a name, or `#NUMBER`, is that of a number.
    pub fn is(&self, name: &str, number: u64) -> bool {
        match name.strip_prefix('#') {
            Some(digits) => digits.parse() == Ok(number),
            None => self.0.get(name).is_some_and(|numbers| numbers.contains(&number)),
        }
    }
}
