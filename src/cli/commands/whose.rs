//! `whose`: the image that a reference belongs to.

use crate::cli::documents::{OwnerDocument, OwnerRow};
use crate::cli::exit::{FAILED, Trouble};
use crate::cli::options::naming::WhoseOptions;
use crate::cli::options::{Call, Format};
use crate::cli::surroundings::Surroundings;
use crate::name::nearest;
use crate::publish::{Match, Wanted, whose};
use crate::report::{Paint, json, text};
use crate::run::{Names, names};
use std::io::Write as _;

/// Prints to whom a reference belongs.
pub fn run(call: &Call, options: &WhoseOptions, surroundings: &Surroundings) -> Result<u8, Trouble> {
    let config = surroundings.configure(call, Vec::new())?;
    super::show_config_warnings(surroundings, &config);
    let wanted = Wanted::parse(&options.reference).map_err(Trouble::call)?;
    let names = names(&options.directory, &config)?;
    let mut doubts: Vec<_> = names.placements.problems().iter().map(crate::publish::PlacementProblem::to_defect).collect();
    doubts.extend(super::hint_of_larger_catalogue(&options.directory));
    super::show(surroundings, &[&doubts, &names.defects]);
    let matches = whose(&names.destinations, &names.placements, &names.histories(), &wanted);
    let rows: Vec<OwnerRow> = matches.iter().map(|found| row(&names, found)).collect();
    print(&options.reference, &rows, surroundings)?;
    say(&options.reference, &rows, &names, surroundings);
    Ok(if rows.is_empty() { FAILED } else { 0 })
}

fn row(names: &Names, found: &Match) -> OwnerRow {
    let destination = names.destinations.list()[found.destination].name.clone();
    OwnerRow { name: found.name.clone(), version: found.version.clone(), destination }
}

fn print(reference: &str, rows: &[OwnerRow], surroundings: &Surroundings) -> Result<(), Trouble> {
    let mut out = std::io::stdout().lock();
    if surroundings.format == Format::Json {
        return Ok(json(&mut out, &OwnerDocument { v: 1, reference, known: !rows.is_empty(), matches: rows })?);
    }
    let lines = rows.iter().map(|row| {
        let name = Paint::Strong.on(&surroundings.out, &row.name);
        format!("{name} {} at {}\n", row.version, row.destination)
    });
    Ok(text(&mut out, &lines.collect::<String>())?)
}

/// What a person must know beyond the rows.
fn say(reference: &str, rows: &[OwnerRow], names: &Names, surroundings: &Surroundings) {
    let mut images: Vec<(&str, &str)> = rows.iter().map(|row| (row.name.as_str(), row.version.as_str())).collect();
    images.dedup();
    let mut err = std::io::stderr().lock();
    // There is nobody left to tell when stderr is gone.
    if images.is_empty() {
        let _ = writeln!(err, "{} {}", Paint::Bad.on(&surroundings.err, "cooperage:"), unknown(reference, names));
    } else if images.len() > 1 {
        let all: Vec<String> = images.iter().map(|(name, version)| format!("{name} {version}")).collect();
        let head = Paint::Caution.on(&surroundings.err, "warning:");
        let _ = writeln!(err, "{head} {reference} is ambiguous: {} have this name", all.join(" and "));
    }
}

fn unknown(reference: &str, names: &Names) -> String {
    let placements = names.placements.images().iter().flat_map(|image| &image.placements);
    let known: Vec<String> = placements
        .flat_map(|placement| {
            placement.locations().flat_map(|name| [Some(name.to_string()), placement.pull_form(name).map(|n| n.to_string())])
        })
        .flatten()
        .collect();
    let near = nearest(reference, known.iter().map(String::as_str));
    let hint =
        if near.is_empty() { "`cooperage where` shows all names".to_owned() } else { format!("the nearest names are {}", near.join(", ")) };
    format!("{reference} belongs to no image of this catalogue; {hint}")
}
