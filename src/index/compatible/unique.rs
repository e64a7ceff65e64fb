//! What the entries of a file before this one had.

use super::record::Said;
use super::subject::Subject;
use std::collections::{HashMap, HashSet};

/// Ids and images of one file so far, with the line they stand in.
#[derive(Default)]
pub(super) struct Seen {
    ids: HashMap<String, usize>,
    images: HashSet<[String; 3]>,
}

impl Seen {
    /// An id that is there already ends it, and the image is not kept then. No id is an id, too.
    pub(super) fn check(&mut self, subject: &Subject<'_>) -> Said {
        let line = subject.place("id").line;
        if let Some(first) = self.ids.get(&subject.get("id").key()) {
            let message = format!("the id of line {first} stands here again");
            return Said::default().error("duplicate_id", subject.place("id"), message);
        }
        self.ids.insert(subject.get("id").key(), line);
        // After YAML's types: a tag 8.10 is 8.1, and 7 is the text "7".
        let image = [subject.get("app-id").key(), subject.get("job-id").key(), subject.get("desired-tag").printed()];
        let [.., tag] = &image;
        let message = format!("an entry before this one has the same app-id, job-id and desired-tag ({tag})");
        if self.images.insert(image) {
            return Said::default();
        }
        Said::default().error("duplicate_image", subject.place("desired-tag"), message)
    }
}
