//! `scan --affected-by`: which images a vulnerability or a package is in, from what was kept of them.

use crate::cli::exit::{FAILED, Trouble};
use crate::cli::options::Format;
use crate::cli::options::scanning::ScanOptions;
use crate::cli::surroundings::Surroundings;
use crate::config::Config;
use crate::report::{Cell, Paint, Table, json, one_line, read, text};
use crate::run::{Affected, KeptImage, Scanning, Touched, affected, choose, is_advisory};
use serde::Serialize;
use std::collections::BTreeSet;

#[derive(Serialize)]
struct Document<'a> {
    v: u32,
    ok: bool,
    affected_by: &'a str,
    images: &'a [Touched],
    unknown: &'a [String],
    errors: &'a [String],
}

/// Says what is touched. What is not known makes the call fail: silence would look like "not touched".
pub async fn run(
    wanted: &str,
    options: &ScanOptions,
    config: &Config,
    scanning: &Scanning,
    surroundings: &Surroundings,
) -> Result<u8, Trouble> {
    if is_advisory(wanted) && scanning.tools.advisories.is_empty() {
        let message =
            format!("{wanted} looks like the id of an advisory, and cooperage.scanners.advisories names none; name a folder there");
        return Err(Trouble::call(message));
    }
    let addresses = scanning.tools.advisories.addresses();
    if options.offline && !addresses.is_empty() {
        let message = format!("--offline asks nobody, and --affected-by needs the advisories of {}", addresses.join(", "));
        return Err(Trouble::call(message));
    }
    let images = images(options, config, scanning, surroundings)?;
    let found = affected(scanning, wanted, &images).await;
    let ok = found.unknown.is_empty() && found.errors.is_empty();
    let mut out = std::io::stdout().lock();
    if surroundings.format == Format::Json {
        let Affected { images, unknown, errors } = &found;
        json(&mut out, &Document { v: 1, ok, affected_by: wanted, images, unknown, errors })?;
    } else {
        text(&mut out, &told(wanted, &found, images.len(), surroundings))?;
    }
    Ok(if ok { 0 } else { FAILED })
}

/// The images that are asked about: of a record, of a catalogue, else all that were scanned on this machine.
fn images(options: &ScanOptions, config: &Config, scanning: &Scanning, surroundings: &Surroundings) -> Result<Vec<KeptImage>, Trouble> {
    let kept = || scanning.kept.as_ref().map(|kept| kept.images()).unwrap_or_default();
    let mut images = match &options.from_record {
        None => kept(),
        Some(path) => {
            let record = read(path).map_err(|error| Trouble::call(error.to_string()))?;
            let image = |image: crate::report::ImageRecord| KeptImage {
                reference: image.reference,
                name: Some(image.name),
                inventory: image.inventory.unwrap_or_default(),
            };
            record.images.into_iter().map(image).collect()
        }
    };
    if let Some(directory) = &options.directory {
        let (survey, marked) = choose(directory, config, &super::super::selection(&options.choice, directory)?)?;
        super::super::show(surroundings, &[&survey.warnings, &survey.defects]);
        let nodes = survey.graph.order.iter().filter(|node| marked[**node]).map(|node| &survey.graph.nodes[*node]);
        let wanted: Vec<(String, String)> = nodes.map(|node| (node.name.clone(), node.reference.to_string())).collect();
        let names: BTreeSet<&str> = wanted.iter().map(|(name, _)| name.as_str()).collect();
        images.retain(|image| match &options.from_record {
            Some(_) => image.name.as_deref().is_some_and(|name| names.contains(name)),
            None => wanted.iter().any(|(_, reference)| *reference == image.reference),
        });
        let lacking = wanted.iter().filter(|(_, reference)| !images.iter().any(|image| image.reference == *reference));
        let unknown = |(name, reference): &(String, String)| KeptImage {
            reference: reference.clone(),
            name: Some(name.clone()),
            inventory: String::new(),
        };
        let unknown: Vec<KeptImage> = lacking.filter(|_| options.from_record.is_none()).map(unknown).collect();
        images.extend(unknown);
    }
    Ok(images)
}

fn told(wanted: &str, found: &Affected, asked: usize, surroundings: &Surroundings) -> String {
    let screen = &surroundings.out;
    let mut table = Table::new(&["IMAGE", "SEVERITY", "FINDING", "PACKAGE", "VERSION", "FIXED"]).references(0);
    for image in &found.images {
        for finding in &image.findings {
            let Some(affected) = &finding.affected else { continue };
            let fixed = affected.fixed.as_deref().unwrap_or_default();
            let row = [image.reference.as_str(), finding.severity.as_str(), &finding.id, &affected.package, &affected.version, fixed];
            table.row(row.map(Cell::from));
        }
    }
    let rows = if table.is_empty() { String::new() } else { table.render(screen) };
    let (touched, plural) = (found.images.len(), if asked == 1 { "" } else { "s" });
    let mut text = format!("{rows}{} touches {touched} of {asked} image{plural}\n", one_line(wanted));
    let warning = Paint::Caution.on(screen, "not known:");
    for reference in &found.unknown {
        text.push_str(&format!("{warning} {}: nothing is kept of it; `cooperage scan` reads it\n", one_line(reference)));
    }
    for error in &found.errors {
        text.push_str(&format!("{} {}\n", Paint::Bad.on(screen, "error:"), one_line(error)));
    }
    text
}
