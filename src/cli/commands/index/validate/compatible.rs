//! The original's verdicts.

use super::Subject;
use super::told::{Mode, Told};
use crate::cli::exit::Trouble;
use crate::cli::rules::wrong;
use crate::finding::{Finding, Severity};
use crate::index::IndexFile;
use crate::index::compatible::{CHECKS, NOT_READ, Validation, is_passed_over, is_worth_a_run};
use crate::report::Verbosity;

pub async fn run(subject: &Subject<'_>) -> Result<u8, Trouble> {
    let root = std::fs::canonicalize(&subject.folder.root).map_err(wrong)?;
    let passed_over = is_passed_over(&root);
    if passed_over && !is_worth_a_run(&subject.folder) {
        return Err(Trouble::call(format!(
            "{}: every file here is a template by its path, so there is nothing to process",
            root.display()
        )));
    }
    let changed = |file: &&IndexFile| subject.change.as_ref().is_none_or(|change| change.has(&file.path));
    let files: Vec<&IndexFile> = subject.folder.files.iter().filter(|_| !passed_over).filter(changed).collect();
    let mut run = Validation::schema(files.into_iter().map(|file| (file, file.read())));
    if !subject.options.schema_only {
        let clones = subject.clones(run.sources()).await?;
        run.values(&|source| clones.tree(source));
    }
    let report = run.into_report();
    let all = report.findings();
    let told = Told {
        mode: Mode::Compatible,
        base: subject.change.as_ref().map(|change| change.commit.as_str()),
        ok: report.is_ok(),
        aborted: report.aborted.is_some(),
        files: &report.files,
        records: &report.records,
        findings: &all,
        rules: CHECKS,
    };
    told.print(subject, &|finding| is_shown(finding, subject.surroundings.out.verbosity))?;
    Ok(u8::from(!report.is_ok()))
}

/// Warnings of the checks are told of nearly every entry; people ask for them.
fn is_shown(finding: &Finding, verbosity: Verbosity) -> bool {
    finding.severity == Severity::Error || finding.id == NOT_READ || verbosity > Verbosity::Normal
}
