//! The steps of an image, how they and images end, and how many ended how.

use serde::{Deserialize, Serialize};

/// A step of one image.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Step {
    /// Bringing the repository of an index entry here.
    Checkout,
    /// `prebuild.sh`, or the prebuild script of an index entry.
    Prebuild,
    /// Pulling a parent, a base image or the image itself.
    Pull,
    /// Checking the Dockerfile.
    Lint,
    /// Building.
    Build,
    /// Running the test.
    Test,
    /// Looking into the image.
    Scan,
    /// Pushing the version tag, moving floating tags.
    Publish,
}

impl Step {
    /// The word of documents and tables.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Checkout => "checkout",
            Self::Prebuild => "prebuild",
            Self::Pull => "pull",
            Self::Lint => "lint",
            Self::Build => "build",
            Self::Test => "test",
            Self::Scan => "scan",
            Self::Publish => "publish",
        }
    }
}

/// How a step ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum StepOutcome {
    /// Good.
    Ok,
    /// It found or did something wrong.
    Failed,
    /// There was nothing to do.
    Skipped,
    /// Interrupted.
    Cancelled,
}

impl StepOutcome {
    /// The word of documents and tables.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Failed => "failed",
            Self::Skipped => "skipped",
            Self::Cancelled => "cancelled",
        }
    }
}

/// How an image ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ImageOutcome {
    /// Made, not pushed.
    Built,
    /// Pushed in this run.
    Published,
    /// The engine's copy was used, not pushed.
    Reused,
    /// Nothing was to be done.
    Skipped,
    /// A parent failed.
    Blocked,
    /// A step went wrong.
    Failed,
    /// Interrupted.
    Cancelled,
}

impl ImageOutcome {
    /// The word of documents and tables.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Built => "built",
            Self::Published => "published",
            Self::Reused => "reused",
            Self::Skipped => "skipped",
            Self::Blocked => "blocked",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
        }
    }
}

/// How many images ended how.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// Made, not pushed.
    pub built: usize,
    /// Pushed in this run.
    pub published: usize,
    /// The engine's copy was used.
    pub reused: usize,
    /// Nothing was to be done.
    pub skipped: usize,
    /// A parent failed.
    pub blocked: usize,
    /// A step went wrong.
    pub failed: usize,
    /// Interrupted.
    pub cancelled: usize,
}

impl Counts {
    /// Counts one more image.
    pub fn add(&mut self, outcome: ImageOutcome) {
        let field = match outcome {
            ImageOutcome::Built => &mut self.built,
            ImageOutcome::Published => &mut self.published,
            ImageOutcome::Reused => &mut self.reused,
            ImageOutcome::Skipped => &mut self.skipped,
            ImageOutcome::Blocked => &mut self.blocked,
            ImageOutcome::Failed => &mut self.failed,
            ImageOutcome::Cancelled => &mut self.cancelled,
        };
        *field += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn document(value: impl Serialize) -> String {
        serde_json::to_value(value).unwrap().as_str().unwrap().to_owned()
    }

    #[test]
    fn words_of_tables_are_those_of_documents() {
        for step in [Step::Checkout, Step::Prebuild, Step::Pull, Step::Lint, Step::Build, Step::Test, Step::Scan, Step::Publish] {
            assert_eq!(step.as_str(), document(step));
        }
        for outcome in [StepOutcome::Ok, StepOutcome::Failed, StepOutcome::Skipped, StepOutcome::Cancelled] {
            assert_eq!(outcome.as_str(), document(outcome));
        }
        for outcome in [ImageOutcome::Built, ImageOutcome::Published, ImageOutcome::Reused, ImageOutcome::Blocked, ImageOutcome::Failed] {
            assert_eq!(outcome.as_str(), document(outcome));
        }
    }
}
