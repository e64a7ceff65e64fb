//! What is wrong with a promotion, or looks like it: one table of codes.

use crate::catalog::Severity;

/// How bad a problem is, and for the exit code what is to blame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Blame {
    /// The configuration: nothing may be promoted.
    Configuration,
    /// What the job made, or did not make.
    Images,
    /// Nobody: somebody should look.
    Nobody,
}

/// The one table: code, word for programs, who is to blame, what it means.
macro_rules! problems {
    ($($code:ident $word:literal $blame:ident $text:literal,)*) => {
        /// What a problem is about.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum ProblemCode {
            $(#[doc = $text] $code,)*
        }

        impl ProblemCode {
            /// All codes, in the order of the table.
            pub const ALL: &[Self] = &[$(Self::$code,)*];

            /// The word for programs.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$code => $word,)* }
            }

            /// Who is to blame.
            pub fn blame(self) -> Blame {
                match self { $(Self::$code => Blame::$blame,)* }
            }

            /// What it means, in one sentence.
            pub fn about(self) -> &'static str {
                match self { $(Self::$code => $text,)* }
            }
        }
    };
}

problems! {
    NothingConfigured "nothing_configured" Configuration
        "There are neither images nor items in `to`.",
    NamespaceMissing "namespace_missing" Configuration
        "An item of `to` has no namespace.",
    NameAndTagMissing "name_and_tag_missing" Configuration
        "An item of `to` has neither name nor tag.",
    NameAndTag "name_and_tag" Configuration
        "An item of `to` has both name and tag.",
    NamespaceReserved "namespace_reserved" Configuration
        "The namespace begins with kube, openshift or redhat, or is default; only `openshift` itself is allowed.",
    SameTarget "same_target" Configuration
        "Two items of `to` have the same namespace, name and tag; told for both.",
    OfficialWithoutRelease "official_without_release" Configuration
        "Built images go to `ocp` or `origin`, and the context says that there is neither a release `latest` nor a tag_specification.",
    ContextMissing "context_missing" Configuration
        "The build cache needs org, repo and branch of the context.",
    BadRepository "bad_repository" Configuration
        "`repository` or `pull_as` is not host/path.",
    PushToProxy "push_to_proxy" Configuration
        "Images would be pushed to the proxy, which only serves pulls.",
    BadReference "bad_reference" Configuration
        "A name would make a reference that registries refuse, or a reference or digest of the context is none.",
    ReservedPart "reserved_part" Configuration
        "A tag would hold `_prune_`, `_incoming`, `__pre` or `__post1`.",
    TooLong "too_long" Configuration
        "A tag would have over 107 characters, which leaves no room for the prefix of its backup.",
    TwoSources "two_sources" Configuration
        "Two images would get the same reference.",
    TwoDigests "two_digests" Configuration
        "Two digests are told for one image.",
    InternalHost "internal_host" Configuration
        "An image stands at an address inside a cluster that `public_hosts` does not name.",
    MissingSource "missing_source" Images
        "An image that is to be promoted was not made.",
    NotPassed "not_passed" Images
        "An image that is to be promoted did not pass, or is not published.",
    NoPlace "no_place" Images
        "Of an image that is to be promoted only the name is known, so there is nothing to take; a dry run lets that pass.",
    NotConfigured "not_configured" Nobody
        "Nothing stands under `promotion`.",
    Unreleased "unreleased" Nobody
        "An image is not promoted, because its changelog says `UNRELEASED`.",
    Yanked "yanked" Nobody
        "An image is not promoted, because its version was yanked.",
    UncheckedSource "unchecked_source" Nobody
        "A source is not among the images, and the context names no streams that could have it.",
    Replaced "replaced" Nobody
        "An additional image takes the name of a built one.",
    UnknownImage "unknown_image" Nobody
        "A list names an image that there is not; only whole names count, no patterns.",
    AmbiguousName "ambiguous_name" Nobody
        "Namespace or name holds `_`, so that the tag reads back as something else.",
    CommitUnknown "commit_unknown" Nobody
        "Tag_by_commit is set and no commit is known.",
    CacheLeftOut "cache_left_out" Nobody
        "No image is promoted, so the build cache is not either.",
    NoTimestamp "no_timestamp" Nobody
        "The time is empty, so nothing goes to the one repository.",
    CronLeftToYou "cron_left_to_you" Nobody
        "`cron` is set, and promoting by the clock is left to your scheduler.",
}

impl ProblemCode {
    /// Error where something is to blame, else warning.
    pub fn severity(self) -> Severity {
        if self.blame() == Blame::Nobody { Severity::Warning } else { Severity::Error }
    }
}

/// One thing that is wrong, or looks like it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// What it is about.
    pub code: ProblemCode,
    /// Where in the configuration, without `cooperage.`: `promotion.to[1].namespace`, counted from 0.
    pub path: String,
    /// What is wrong.
    pub message: String,
    /// What to do.
    pub help: String,
}

impl Problem {
    /// A problem.
    pub fn new(code: ProblemCode, path: impl Into<String>, message: impl Into<String>, help: impl Into<String>) -> Self {
        Self { code, path: path.into(), message: message.into(), help: help.into() }
    }
}
