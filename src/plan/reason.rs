//! Why an action was chosen: one code for programs, one sentence for people.

/// The reasons of CLI.md, with what they need to be told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// Neither the engine nor the registry has it.
    Missing {
        /// Whether a registry was asked.
        registry_asked: bool,
        /// Whether its changelog says UNRELEASED.
        unreleased: bool,
    },
    /// The engine has an image of this version that was made from something else.
    InputsChanged,
    /// A parent is built in this run, so the engine's copy is out of date.
    ParentBuilt(String),
    /// Published, but not in the engine, and nothing may be pulled.
    NoPull,
    /// A selected child needs it.
    NeededByChild(String),
    /// Everything selected is built under a stamp.
    Stamped(String),
    /// The engine has it, the registry does not.
    NotPublished {
        /// Whether this run publishes.
        publishing: bool,
    },
    /// The registry has it.
    Published,
    /// The registry has this stamped tag.
    AlreadyPublished,
    /// The engine has it, and its changelog says UNRELEASED.
    Unreleased,
}

impl Reason {
    /// The code of CLI.md.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Missing { .. } => "missing",
            Self::InputsChanged | Self::ParentBuilt(_) => "inputs_changed",
            Self::NoPull => "no_pull",
            Self::NeededByChild(_) => "needed_by_child",
            Self::Stamped(_) => "stamped",
            Self::NotPublished { .. } => "not_published",
            Self::Published => "published",
            Self::AlreadyPublished => "already_published",
            Self::Unreleased => "unreleased",
        }
    }

    /// The sentence.
    pub fn text(&self) -> String {
        match self {
            Self::Missing { registry_asked, unreleased } => {
                let missing = if *registry_asked { "neither in the registry nor in the engine" } else { "not in the engine" };
                let unreleased = if *unreleased { "; UNRELEASED, so it will not be published" } else { "" };
                format!("{missing}{unreleased}")
            }
            Self::InputsChanged => "the engine's copy was made from other inputs".to_owned(),
            Self::ParentBuilt(parent) => format!("its parent {parent} is built in this run"),
            Self::NoPull => "published, but not in the engine, and --no-pull forbids to pull it".to_owned(),
            Self::NeededByChild(child) => format!("missing, and {child} needs it"),
            Self::Stamped(stamp) => format!("everything selected is built under the stamp {stamp}"),
            Self::NotPublished { publishing: true } => "in the engine, not in the registry".to_owned(),
            Self::NotPublished { publishing: false } => "in the engine; publishing is off".to_owned(),
            Self::Published => "this version is published".to_owned(),
            Self::AlreadyPublished => "this stamped tag is published already".to_owned(),
            Self::Unreleased => "in the engine; UNRELEASED, so it will not be published".to_owned(),
        }
    }
}
