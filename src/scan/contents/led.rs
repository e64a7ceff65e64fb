//! Wanted paths that links lead from: their bytes stand where nobody who reads a layer by itself looks for them.

use super::Contents;
use super::merge::{find, record};
use crate::layers::Kind;
use crate::scan::interest::Interest;
use std::collections::BTreeSet;

/// So many paths below links are looked at, and so many files are read once more.
const MOST_LOOKS: usize = 4_000_000;
const MOST_FILES: usize = 1_000;

/// Files that have to be read once more.
#[derive(Debug, Default)]
pub struct Unkept {
    /// Their paths, as their layers have them.
    pub paths: BTreeSet<String>,
    /// The numbers of those layers, from the lowest.
    pub layers: BTreeSet<usize>,
}

impl Contents {
    /// Each wanted path that a link leads from, and the path of the file that it leads to: links themselves by `wants`, what
    /// stands below a link to a folder by `below`.
    pub fn led(&self, wants: impl Fn(&str) -> bool, below: impl Fn(&str) -> bool) -> Vec<(String, String)> {
        let (mut led, mut looks) = (Vec::new(), 0);
        let links = self.files().filter(|(_, found)| matches!(found.file.kind, Kind::Link(_)));
        for (link, _) in links {
            let Some(real) = self.end_of(link) else { continue };
            if self.get(&real).is_some_and(|found| found.file.kind != Kind::Folder) {
                led.extend(wants(link).then(|| (link.to_owned(), real)));
                continue;
            }
            for (path, _) in self.below(&real).take(MOST_LOOKS - looks) {
                looks += 1;
                let through = format!("{link}{}", &path[real.len()..]);
                if below(&through) {
                    led.push((through, path.to_owned()));
                }
            }
        }
        led
    }

    /// Files that wanted paths lead to and whose bytes were not kept.
    pub(in crate::scan) fn unkept(&self, interest: &Interest) -> Unkept {
        let mut unkept = Unkept::default();
        let hard = self.files().filter(|(path, found)| matches!(found.file.kind, Kind::HardLink(_)) && interest.wants(path));
        let led = self.led(|path| interest.wants(path), interest.through).into_iter().map(|(_, real)| real);
        for path in hard.map(|(path, _)| path.to_owned()).chain(led).take(MOST_FILES) {
            if self.content(&path).is_some() {
                continue;
            }
            let Some(place) = find(&self.layers, &self.shown, &path) else { continue };
            let place = self.linked.get(&place).map_or(place, |(source, _)| *source);
            let file = record(&self.layers, place);
            if file.kind == Kind::File {
                unkept.paths.insert(file.path.clone());
                unkept.layers.insert(place.0 as usize);
            }
        }
        unkept
    }
}
