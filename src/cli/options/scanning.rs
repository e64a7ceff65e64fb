//! Options of `scan`.

use super::Choice;
use clap::Args;
use std::path::PathBuf;

/// Examples of `scan`.
pub const SCAN_EXAMPLES: &str = "\
Examples:
  cooperage scan images/                                   the current versions of a catalogue
  cooperage scan --image registry.example.org/team/app:1.2 --html app.html
  cooperage scan --image oci:layout:1.2 --only vulnerabilities --format json
  cooperage scan --image app:1.3 --diff app:1.2            what is new, and what is gone
  cooperage scan --from-record run.json --markdown \"$GITHUB_STEP_SUMMARY\"
  cooperage scan --affected-by CVE-2026-0001 --from-record run.json    from what was kept
  cooperage scan --affected-by openssl                     all that were scanned on this machine

Exit codes: 0 nothing that stops an image; 1 findings of a policy `gate`, an image that cannot be
read, or a scanner's error; 2 the call is wrong; 3 the engine or the registry cannot be reached;
130 interrupted.";

/// `scan`.
#[derive(Args, Debug)]
pub struct ScanOptions {
    /// Which definitions.
    #[command(flatten)]
    pub choice: Choice,

    /// Scans this image of the engine, of a registry, or of a layout (oci:FOLDER:TAG); repeatable
    #[arg(
        long,
        value_name = "REF",
        conflicts_with_all = ["select", "exclude", "with_dependents", "with_dependencies", "changed_since", "directory"]
    )]
    pub image: Vec<String>,

    /// Only this scanner; repeatable, or with commas
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    pub only: Vec<String>,

    /// Compares with this image [default: the last version before the current one that is published]
    #[arg(long, value_name = "REF")]
    pub diff: Option<String>,

    /// Compares with nothing
    #[arg(long, conflicts_with = "diff")]
    pub no_diff: bool,

    /// Scans what a run made or published, as its record says; with DIRECTORY, by the policies of its definitions
    #[arg(long, value_name = "FILE", conflicts_with = "image")]
    pub from_record: Option<PathBuf>,

    /// Says which images a vulnerability or a package is in, from what was kept of them, and reads no image
    #[arg(long, value_name = "ID|PACKAGE", conflicts_with_all = ["image", "only", "diff", "no_diff", "markdown", "html"])]
    pub affected_by: Option<String>,

    /// Writes a summary in Markdown
    #[arg(long, value_name = "FILE")]
    pub markdown: Option<PathBuf>,

    /// Writes a page with everything that was found
    #[arg(long, value_name = "FILE")]
    pub html: Option<PathBuf>,

    /// Leaves out scanners that ask somebody over the network
    #[arg(long)]
    pub offline: bool,

    /// The catalogue
    #[arg(required_unless_present_any = ["image", "from_record", "affected_by"])]
    pub directory: Option<PathBuf>,
}
