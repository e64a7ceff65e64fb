//! The file of `promote --images`: which images a job made, where they stand, which of them are optional.

use super::super::error::{ConfigError, Problem};
use super::super::kind::Kind;
use super::super::source::read;
use super::super::yaml::{Entry, Node, Place, Shape};
use crate::catalog::Defect;
use crate::name::{Digest, Reference};
use std::path::Path;

/// The images of a job.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ImagesFile {
    /// The images, in the order of the file, no name twice.
    pub images: Vec<ImageToPromote>,
    /// Whether images that a change does not affect were left out of the build. None: not said.
    pub build_if_affected: Option<bool>,
}

/// An image that may be promoted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImageToPromote {
    /// Its name.
    pub name: String,
    /// Whether it is promoted only where it is asked for.
    pub optional: bool,
    /// Where it stands, if that is known.
    pub source: Option<Reference>,
    /// Of its manifest, if that is known.
    pub digest: Option<Digest>,
}

const ITEM: Kind = Kind::Fields(&[
    ("name", Kind::Text),
    ("to", Kind::Text),
    ("from", Kind::Text),
    ("optional", Kind::Flag),
    ("source", Kind::Text),
    ("digest", Kind::Text),
]);

/// Reads the file: a list of names and of maps (`name` or `to`, `optional`, `source`, `digest`), also as `items` of a
/// map beside `build_if_affected`, and that also below `images`, as CI configurations have it. JSON is YAML.
///
/// # Errors
/// Everything that is wrong at once, with file, line and column.
pub fn read_images(path: &Path) -> Result<ImagesFile, ConfigError> {
    if let Err(error) = std::fs::File::open(path) {
        let message = format!("the file of images cannot be read: {error}");
        let defect = Defect::error("unreadable", message).at(path.display().to_string());
        return Err(ConfigError::from(vec![Problem::from(defect.help("name one with --images; docs/promote.md says what stands in it"))]));
    }
    let root = read(path, true).map_err(|problem| ConfigError::from(vec![*problem]))?;
    let mut reader = Reader { path: path.display().to_string(), problems: Vec::new() };
    let file = root.map(|root| reader.file(&root)).unwrap_or_default();
    if reader.problems.is_empty() { Ok(file) } else { Err(reader.problems.into()) }
}

struct Reader {
    path: String,
    problems: Vec<Problem>,
}

impl Reader {
    fn file(&mut self, root: &Node) -> ImagesFile {
        match &root.shape {
            Shape::List(items) => ImagesFile { images: self.list("images", items), build_if_affected: None },
            Shape::Map(entries) => match only(entries, "images") {
                Some(inner) => self.file(inner),
                None => self.map(entries),
            },
            Shape::Null => ImagesFile::default(),
            _ => {
                let message = format!("a file of images must be a list of them, found {}", root.found());
                self.problem("wrong_type", root.place, message, "write `- NAME` for each, or a map with items");
                ImagesFile::default()
            }
        }
    }

    fn map(&mut self, entries: &[Entry]) -> ImagesFile {
        let mut file = ImagesFile::default();
        for entry in entries {
            match (entry.key.as_str(), &entry.node.shape) {
                ("items", Shape::List(items)) => {
                    let more = self.list("items", items);
                    file.images.extend(more);
                }
                ("build_if_affected", Shape::Flag(flag)) => file.build_if_affected = Some(*flag),
                ("items" | "build_if_affected", Shape::Null) => {}
                ("items", _) => self.problem("wrong_type", entry.node.place, "items must be a list of images", "write `- NAME` for each"),
                ("build_if_affected", _) => {
                    self.problem("wrong_type", entry.node.place, "build_if_affected must be true or false", "write it without quotes");
                }
                (key, _) => {
                    self.problem(
                        "unknown_key",
                        entry.place,
                        format!("a file of images has no key {key}"),
                        "it has items and build_if_affected",
                    );
                }
            }
        }
        file
    }

    fn list(&mut self, subject: &str, items: &[Node]) -> Vec<ImageToPromote> {
        let mut images: Vec<ImageToPromote> = Vec::new();
        for (at, node) in items.iter().enumerate() {
            let Some(image) = self.image(&format!("{subject}[{at}]"), node) else { continue };
            if images.iter().any(|earlier| earlier.name == image.name) {
                self.problem("image_twice", node.place, format!("the image {} stands twice", image.name), "remove one of the two");
            } else {
                images.push(image);
            }
        }
        images
    }

    fn image(&mut self, subject: &str, node: &Node) -> Option<ImageToPromote> {
        match &node.shape {
            Shape::Text(name) if name.is_empty() => {
                self.problem("no_name", node.place, format!("{subject} is an empty name"), "remove it");
                None
            }
            Shape::Text(name) => Some(ImageToPromote { name: name.clone(), optional: false, source: None, digest: None }),
            Shape::Map(entries) => self.described(subject, node, entries),
            _ => {
                let message = format!("{subject} must be a name or a map, found {}", node.found());
                self.problem("wrong_type", node.place, message, "put a name that looks like a number in quotes");
                None
            }
        }
    }

    fn described(&mut self, subject: &str, node: &Node, entries: &[Entry]) -> Option<ImageToPromote> {
        let wrong = ITEM.check(subject, node, false);
        for wrong in &wrong {
            self.problem("wrong_type", wrong.place, wrong.message.clone(), wrong.help.as_deref().unwrap_or("see docs/promote.md"));
        }
        if !wrong.is_empty() {
            return None;
        }
        let names = (text(entries, "name"), text(entries, "to"));
        let ((Some((name, _)), None) | (None, Some((name, _)))) = names else {
            let message = format!("{subject} must have exactly one of name and to");
            self.problem("no_name", node.place, message, "both mean the name of the image");
            return None;
        };
        if name.is_empty() {
            self.problem("no_name", node.place, format!("{subject} has an empty name"), "name the image");
            return None;
        }
        let optional = entries.iter().any(|entry| entry.key == "optional" && entry.node.shape == Shape::Flag(true));
        Some(ImageToPromote { name: name.to_owned(), optional, source: self.source(entries), digest: self.digest(entries) })
    }

    fn source(&mut self, entries: &[Entry]) -> Option<Reference> {
        let (text, place) = text(entries, "source")?;
        Reference::parse(text)
            .map_err(|error| self.problem("bad_reference", place, error.to_string(), "source is where the image stands: host/path:tag"))
            .ok()
    }

    fn digest(&mut self, entries: &[Entry]) -> Option<Digest> {
        let (text, place) = text(entries, "digest")?;
        let digest = Digest::parse(text);
        if digest.is_none() {
            self.problem("bad_digest", place, format!("\"{text}\" is not a digest"), "a digest is sha256: and 64 hex digits");
        }
        digest
    }

    fn problem(&mut self, code: &'static str, place: Place, message: impl Into<String>, help: &str) {
        let defect = Defect::error(code, message).at(self.path.clone()).line(place.line).column(place.column).help(help);
        self.problems.push(defect.into());
    }
}

fn only<'a>(entries: &'a [Entry], key: &str) -> Option<&'a Node> {
    entries.first().filter(|entry| entries.len() == 1 && entry.key == key).map(|entry| &entry.node)
}

fn text<'a>(entries: &'a [Entry], key: &str) -> Option<(&'a str, Place)> {
    entries.iter().find(|entry| entry.key == key).and_then(|entry| match &entry.node.shape {
        Shape::Text(text) => Some((text.as_str(), entry.node.place)),
        _ => None,
    })
}
