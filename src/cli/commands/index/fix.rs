//! `index fix`: repairs of the index that need no decision.

use crate::catalog::Defect;
use crate::cli::exit::{DONE, FAILED, Trouble};
use crate::cli::options::Format;
use crate::cli::options::index::IndexFixOptions;
use crate::cli::rules::wrong;
use crate::cli::surroundings::Surroundings;
use crate::index::fix::{FixError, Fixed, fix};
use crate::index::{IndexFile, IndexFolder, text as as_text};
use crate::report::{Paint, Screen, json, replace, text};
use serde::Serialize;
use std::path::Path;

/// The document of `index fix`.
#[derive(Serialize)]
struct FixDocument<'a> {
    v: u32,
    /// Whether files were written.
    written: bool,
    changes: Vec<ChangeRow<'a>>,
    /// Files that are left as they are.
    defects: &'a [Defect],
}

/// One repair.
#[derive(Serialize)]
struct ChangeRow<'a> {
    path: &'a str,
    line: usize,
    message: &'a str,
}

/// Repairs the files.
pub fn run(options: &IndexFixOptions, surroundings: &Surroundings) -> Result<u8, Trouble> {
    let folder = IndexFolder::list(&options.index).map_err(wrong)?;
    let mut mended: Vec<(IndexFile, Fixed)> = Vec::new();
    let mut defects = Vec::new();
    for file in folder.files {
        match mend(&folder.root, &file) {
            Ok(fixed) if fixed.done.is_empty() => {}
            Ok(fixed) => mended.push((file, fixed)),
            Err(defect) => defects.push(*defect),
        }
    }
    if !options.dry_run {
        for (file, fixed) in &mended {
            replace("the file of the index", &file.at, fixed.text.as_bytes())?;
        }
    }
    let written = !options.dry_run && !mended.is_empty();
    let mut out = std::io::stdout().lock();
    match surroundings.format {
        Format::Json => json(&mut out, &FixDocument { v: 1, written, changes: rows(&mended), defects: &defects })?,
        _ => text(&mut out, &for_people(&mended, options.dry_run, &surroundings.out))?,
    }
    crate::cli::commands::show(surroundings, &[&defects]);
    Ok(if defects.is_empty() { DONE } else { FAILED })
}

fn mend(root: &Path, file: &IndexFile) -> Result<Fixed, Box<Defect>> {
    let real = |path: &Path| std::fs::canonicalize(path).ok();
    if let (Some(root), Some(at)) = (real(root), real(&file.at))
        && !at.starts_with(root)
    {
        return Err(Box::new(Defect::error("link_outside", "this is a link that leaves the index, and is left as it is").at(&file.path)));
    }
    let text = file.read().and_then(as_text).map_err(|why| Box::new(Defect::error("unreadable", why).at(&file.path)))?;
    fix(file, &text).map_err(|error| {
        Box::new(match error {
            FixError::NoYaml { path, line, message } => {
                Defect::error("bad_yaml", format!("this is no YAML: {message}")).at(path).line(line).help("repair it by hand")
            }
            FixError::Doubtful { path, why } => {
                Defect::error("doubtful_repair", format!("this is left as it is, because {why}")).at(path).help("repair it by hand")
            }
        })
    })
}

fn rows(mended: &[(IndexFile, Fixed)]) -> Vec<ChangeRow<'_>> {
    mended
        .iter()
        .flat_map(|(file, fixed)| fixed.done.iter().map(|(line, message)| ChangeRow { path: &file.path, line: *line, message }))
        .collect()
}

fn for_people(mended: &[(IndexFile, Fixed)], dry_run: bool, screen: &Screen) -> String {
    let count: usize = mended.iter().map(|(_, fixed)| fixed.done.len()).sum();
    let (would, files) = (if dry_run { "would be made" } else { "made" }, mended.len());
    let mut told = String::new();
    for (file, fixed) in mended {
        told.extend(fixed.diff.lines().map(|line| coloured(line, screen) + "\n"));
        told.extend(fixed.done.iter().map(|(line, message)| format!("{}:{line}: {message}\n", file.path)));
    }
    let plural = |count: usize, word: &str| if count == 1 { format!("1 {word}") } else { format!("{count} {word}s") };
    match count {
        0 => "nothing to repair\n".to_owned(),
        _ => format!("{told}{} {would} in {}\n", plural(count, "repair"), plural(files, "file")),
    }
}

/// A line of a diff, without what a terminal would obey.
fn coloured(line: &str, screen: &Screen) -> String {
    let clean: String = line.chars().map(|c| if c.is_control() && c != '\t' { ' ' } else { c }).collect();
    let paint = match clean.chars().next() {
        Some('+') => Paint::Good,
        Some('-') => Paint::Bad,
        Some('@') => Paint::Faint,
        _ => Paint::None,
    };
    paint.on(screen, &clean)
}
