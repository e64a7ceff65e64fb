//! Options that several commands take.

use clap::Args;
use std::path::PathBuf;

/// Choosing definitions.
#[derive(Args, Clone, Debug, Default)]
pub struct Choice {
    /// Only images whose whole reference matches; * crosses /, repeatable (any matches)
    #[arg(long, value_name = "GLOB")]
    pub select: Vec<String>,

    /// Not images whose whole reference matches; repeatable
    #[arg(long, value_name = "GLOB")]
    pub exclude: Vec<String>,

    /// And everything that needs a chosen one
    #[arg(long)]
    pub with_dependents: bool,

    /// And everything a chosen one needs
    #[arg(long)]
    pub with_dependencies: bool,

    /// Only definitions whose folder changed in git since REV
    #[arg(long, value_name = "REV")]
    pub changed_since: Option<String>,
}

impl Choice {
    /// Whether nothing is chosen, which stands for all.
    pub fn is_empty(&self) -> bool {
        let widened = self.with_dependents || self.with_dependencies;
        self.select.is_empty() && self.exclude.is_empty() && !widened && self.changed_since.is_none()
    }
}

/// How tags move.
#[derive(Args, Clone, Debug, Default)]
pub struct Moving {
    /// When latest and other floating tags move: newer, always or never
    #[arg(long, value_name = "WHEN")]
    pub latest: Option<String>,

    /// What moves together: image, or run (no floating tag unless the whole run was good)
    #[arg(long, value_name = "WHAT")]
    pub atomic: Option<String>,

    /// Moves a tag also to an image that serves fewer platforms
    #[arg(long)]
    pub drop_platforms: bool,
}

/// What a run writes when it ends.
#[derive(Args, Clone, Debug, Default)]
pub struct Reports {
    /// Writes the record of the run (JSON)
    #[arg(long, value_name = "FILE")]
    pub record: Option<PathBuf>,

    /// Writes a JUnit report: one case an image and step
    #[arg(long, value_name = "FILE")]
    pub junit: Option<PathBuf>,

    /// Writes a Markdown summary
    #[arg(long, value_name = "FILE")]
    pub summary: Option<PathBuf>,
}

/// Whether a run would push, for commands that tell what it would do.
#[derive(Args, Clone, Copy, Debug, Default)]
pub struct Publishing {
    /// Decides as a run that pushes good images
    #[arg(long, conflicts_with = "no_publish")]
    pub publish: bool,

    /// Decides as a run that pushes nothing
    #[arg(long)]
    pub no_publish: bool,
}
