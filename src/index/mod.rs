//! The container index: YAML files in which projects list their git repositories, one entry an image.
//!
//! Facts: the original's files and names (`docs/index.md`). Reading and judging happens here; nothing here fetches,
//! builds or prints.

pub mod compatible;
mod entry;
pub mod fix;
mod folder;
mod graph;
mod load;
mod names;
mod outline;
pub mod plan;
mod project;
mod remotes;
pub mod strict;
pub mod values;

pub use entry::{Dependency, Entry, Prebuild};
pub use folder::{IndexError, IndexFile, IndexFolder, text};
pub use graph::order;
pub use load::{FileText, Loaded, files_at, load, load_at};
pub use names::{ImageName, normalised};
pub use outline::Outline;
pub use plan::{Change, Plan, Planned, plan};
pub use project::{PROJECT_FILES, Project, ProjectError, ProjectFault, ReadFile};
pub use remotes::{NoCache, remotes};
