//! What is inside an image: scanners over its layers. Nothing of the image is run, and nothing is needed in it.
//!
//! A layer is read once, in one pass ([`LayerRecord`]), whatever the scanners want of it; the layers of an image on top
//! of each other are its [`Contents`], with the [`Inventory`] of its packages. Each scanner of [`SCANNERS`] looks at
//! those and gives findings of the one shape. This room runs no container, knows no run and formats no text for people.

pub mod capabilities;
mod config;
mod contents;
mod file_capabilities;
mod image;
mod interest;
pub mod inventory;
pub mod languages;
mod os;
mod package;
pub mod paragraphs;
mod read;
mod record;
pub mod rpmdb;
pub mod sbom;
mod reference;
mod rules;
mod scanned;
mod store;
mod subject;
pub mod external;
mod table;
pub mod verify;
pub mod versions;
pub mod updates;
pub mod vulnerabilities;

pub use config::ImageConfig;
pub use contents::{Contents, Located};
pub use image::{ImageError, ImageReader, ImageSource, Whole};
pub use inventory::Inventory;
pub use os::Os;
pub use package::{Package, PackageKind, Source};
pub use read::ReadError;
pub use record::{Content, Embedded, FileRecord, LayerRecord, Leak};
pub use reference::reference;
pub use rules::{RULES, rules};
pub use scanned::{Difference, Scanned, System};
pub use subject::{Found, Insides, Subject};
pub use table::{Report, SCANNERS, Scanner, Status, scanner};
