//! Why an action was chosen: one code for programs, one sentence for people.

/// Why an image may never be published.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Withheld {
    /// Its changelog says UNRELEASED.
    Itself,
    /// It stands on an image whose changelog says so and that nobody else could get.
    Parent(String),
}

impl std::fmt::Display for Withheld {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Itself => f.write_str("UNRELEASED, so it will not be published"),
            Self::Parent(name) => write!(f, "it needs {name}, which is UNRELEASED, so it will not be published"),
        }
    }
}

/// The reasons of CLI.md, with what they need to be told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// Neither the engine nor the registry has it.
    Missing {
        /// Whether a registry was asked.
        registry_asked: bool,
        /// Why it will not be published, if so.
        withheld: Option<Withheld>,
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
    /// Some destinations have it, others do not: it is copied.
    Partial {
        /// The names of those that do not.
        missing: Vec<String>,
    },
    /// The engine has it, and no destination takes it.
    NoDestination,
    /// The registry has it.
    Published,
    /// The registry has this stamped tag.
    AlreadyPublished,
    /// A label of the change skips this image, or one that it needs.
    SkipLabel {
        /// The image that the label names.
        named: String,
        /// Whether that is this image itself.
        itself: bool,
    },
    /// The engine has it, and it may not be published.
    Unreleased(Withheld),
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
            Self::NotPublished { .. } | Self::NoDestination => "not_published",
            Self::Partial { .. } => "partial",
            Self::Published => "published",
            Self::AlreadyPublished => "already_published",
            Self::SkipLabel { .. } => "skip_label",
            Self::Unreleased(_) => "unreleased",
        }
    }

    /// The sentence.
    pub fn text(&self) -> String {
        match self {
            Self::Missing { registry_asked, withheld } => {
                let missing = if *registry_asked { "neither in the registry nor in the engine" } else { "not in the engine" };
                withheld.as_ref().map_or_else(|| missing.to_owned(), |withheld| format!("{missing}; {withheld}"))
            }
            Self::InputsChanged => "the engine's copy was made from other inputs".to_owned(),
            Self::ParentBuilt(parent) => format!("its parent {parent} is built in this run"),
            Self::NoPull => "published, but not in the engine, and --no-pull forbids to pull it".to_owned(),
            Self::NeededByChild(child) => format!("missing, and {child} needs it"),
            Self::Stamped(stamp) => format!("everything selected is built under the stamp {stamp}"),
            Self::NotPublished { publishing: true } => "in the engine, not in the registry".to_owned(),
            Self::NotPublished { publishing: false } => "in the engine; publishing is off".to_owned(),
            Self::Partial { missing } => format!("published elsewhere, not at {}; it is copied from there", missing.join(", ")),
            Self::NoDestination => "in the engine; no destination takes it".to_owned(),
            Self::Published => "this version is published".to_owned(),
            Self::AlreadyPublished => "this stamped tag is published already".to_owned(),
            Self::SkipLabel { named, itself: true } => format!("the label no_{named} skips it"),
            Self::SkipLabel { named, itself: false } => format!("it needs {named}, which the label no_{named} skips"),
            Self::Unreleased(withheld) => format!("in the engine; {withheld}"),
        }
    }
}
