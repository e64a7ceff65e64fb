//! The container index: YAML files in which projects list their git repositories, one entry an image.
//!
//! Facts: the original's files and names (`docs/index.md`). Reading and judging happens here; nothing here fetches,
//! builds or prints.

mod entry;
mod folder;
mod load;
mod names;
mod project;

pub use entry::{Dependency, Entry, Prebuild};
pub use folder::{IndexError, IndexFile, IndexFolder};
pub use load::{Loaded, load};
pub use names::{ImageName, normalised};
pub use project::{PROJECT_FILES, Project, ProjectError, ProjectFault};
