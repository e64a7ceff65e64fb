//! Why changelogs are not written.

use std::io;
use std::path::PathBuf;

/// Why one changelog cannot get an entry.
#[derive(Debug, thiserror::Error)]
pub enum NotWritten {
    /// The system says no.
    #[error("{}: {source}", file.display())]
    Io {
        /// The changelog.
        file: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The file or the file system is read-only.
    #[error("{} is read-only; make it writable (chmod u+w) or check the file out for editing", .0.display())]
    ReadOnly(PathBuf),
    /// Git could not merge it.
    #[error("{}:{line}: the changelog holds marks of an unfinished merge; resolve the conflict first", file.display())]
    Conflict {
        /// The changelog.
        file: PathBuf,
        /// The first mark's line, from 1.
        line: usize,
    },
    /// A link that leads outside.
    #[error("{} is a link to {}, which is outside of {}; nothing is written there", file.display(), target.display(), boundary.display())]
    Outside {
        /// The changelog.
        file: PathBuf,
        /// Where it leads.
        target: PathBuf,
        /// What may not be left.
        boundary: PathBuf,
    },
    /// Somebody wrote it after it was read.
    #[error("{} was changed by somebody else while it was to be written; try again", .0.display())]
    Changed(PathBuf),
    /// Two definitions with one file.
    #[error("{} is the same file as another definition's changelog", .0.display())]
    Shared(PathBuf),
}

/// Why nothing was written, or what stands half written.
#[derive(Debug, thiserror::Error)]
pub enum UpdateWriteError {
    /// Found before anything was written.
    #[error("nothing was written, because {} cannot be:\n{}", counted(.0.len()), listed(.0))]
    Refused(Vec<NotWritten>),
    /// It went wrong on the way and was taken back.
    #[error("nothing was changed, because {0}")]
    TakenBack(Box<NotWritten>),
    /// It went wrong on the way and could not be taken back.
    #[error("{cause}, and what was written already cannot be taken back ({undo}); once that works, the next update takes it back with the journal {}", journal.display())]
    HalfWritten {
        /// What went wrong first.
        cause: Box<NotWritten>,
        /// What went wrong then.
        undo: Box<UpdateWriteError>,
        /// The journal.
        journal: PathBuf,
    },
    /// An interrupted call left something that cannot be taken back.
    #[error("an interrupted update cannot be taken back: {0}")]
    Stuck(Box<NotWritten>),
    /// The journal of an interrupted call is damaged.
    #[error("the journal {} of an interrupted update cannot be read: {why}; see with `git status` or `git diff` what it wrote, and remove it", journal.display())]
    Journal {
        /// The journal.
        journal: PathBuf,
        /// What is wrong.
        why: String,
    },
}

fn counted(files: usize) -> String {
    if files == 1 { "a changelog".to_owned() } else { format!("{files} changelogs") }
}

fn listed(reasons: &[NotWritten]) -> String {
    reasons.iter().map(|reason| format!("  {reason}")).collect::<Vec<_>>().join("\n")
}
