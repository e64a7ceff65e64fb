//! Options of `sbom`.

use crate::scan::sbom::Form;
use clap::{Args, ValueEnum};
use std::path::PathBuf;

/// Examples of `sbom`.
pub const SBOM_EXAMPLES: &str = "\
Examples:
  cooperage sbom --as spdx registry.example.org/team/app:1.2 > app.spdx.json
  cooperage sbom --as cyclonedx --output app.cdx.json app:1.2          the engine's copy
  cooperage sbom --as packages oci:layout:1.2 | jq -r '.[].purl'
  cooperage sbom --as spdx --attach registry.example.org/team/app:1.2  beside the image, for whoever pulls it

The same image always gives the same bytes. The time in a document is the image's own, or SOURCE_DATE_EPOCH.";

/// `sbom`.
#[derive(Args, Debug)]
pub struct SbomOptions {
    /// spdx (2.3), cyclonedx (1.6) or packages: a bare list
    #[arg(long = "as", value_enum, value_name = "FORM", hide_possible_values = true)]
    pub form: SbomForm,

    /// Writes there instead of to stdout
    #[arg(long, value_name = "FILE")]
    pub output: Option<PathBuf>,

    /// Pushes the document to where the image is published, as something that refers to it; an earlier one goes.
    /// The image is read there, and not from the engine
    #[arg(long)]
    pub attach: bool,

    /// The image: of the engine, of a registry, or of a layout (oci:FOLDER:TAG)
    pub image: String,
}

/// What forms there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum SbomForm {
    /// SPDX 2.3.
    Spdx,
    /// CycloneDX 1.6.
    Cyclonedx,
    /// A list.
    Packages,
}

impl From<SbomForm> for Form {
    fn from(form: SbomForm) -> Self {
        match form {
            SbomForm::Spdx => Self::Spdx,
            SbomForm::Cyclonedx => Self::CycloneDx,
            SbomForm::Packages => Self::Packages,
        }
    }
}
