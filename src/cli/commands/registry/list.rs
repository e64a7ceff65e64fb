//! `registry list`: tags, what they hold and whose they are.

use super::Desk;
use crate::cli::exit::{FAILED, Trouble};
use crate::cli::options::registries::ListOptions;
use crate::cli::options::{Call, Choice, Format};
use crate::cli::surroundings::Surroundings;
use crate::name::Digest;
use crate::report::{Cell, Paint, Table, bytes, json, text};
use crate::run::{Holding, holdings};
use serde::Serialize;

#[derive(Serialize)]
struct Document {
    v: u32,
    tags: Vec<Row>,
}

#[derive(Serialize)]
struct Row {
    reference: String,
    digest: Digest,
    kind: &'static str,
    name: Option<String>,
    version: Option<String>,
    bytes: Option<u64>,
}

/// Lists.
pub async fn run(call: &Call, options: &ListOptions, surroundings: &Surroundings) -> Result<u8, Trouble> {
    let desk = Desk::open(call, surroundings)?;
    let choice = Choice { select: options.select.clone(), exclude: options.exclude.clone(), ..Choice::default() };
    let selection = super::super::selection(&choice, &options.directory)?;
    let catalogue = desk.catalogue(&options.directory, &[], surroundings)?;
    let estates = desk.estates(&catalogue).await?;
    let wanted = |reference: &str| selection.matches(reference);
    let asked = async { Ok(holdings(&estates, &wanted, options.sizes, desk.config.registry_parallel()).await?) };
    let found = desk.until(asked).await?;
    desk.tell_stale(surroundings);
    print(options, surroundings, found)?;
    Ok(if catalogue.is_sound { 0 } else { FAILED })
}

fn print(options: &ListOptions, surroundings: &Surroundings, found: Vec<Holding>) -> Result<(), Trouble> {
    let mut out = std::io::stdout().lock();
    if surroundings.format == Format::Json {
        let row = |one: Holding| {
            let Holding { reference, digest, name, version, kind, bytes } = one;
            Row { reference, digest, kind, name, version, bytes }
        };
        return Ok(json(&mut out, &Document { v: 1, tags: found.into_iter().map(row).collect() })?);
    }
    let mut headings = vec!["reference", "digest", "kind", "whose"];
    if options.sizes {
        headings.push("size");
    }
    let mut table = Table::new(&headings).right(4).references(0);
    for one in &found {
        let whose = one.name.iter().chain(&one.version).map(String::as_str).collect::<Vec<_>>().join(" ");
        let paint = if one.kind == "foreign" { Paint::Faint } else { Paint::None };
        table.row([
            Cell::from(one.reference.as_str()),
            Cell::from(one.digest.short()),
            Cell::new(one.kind, paint),
            Cell::from(if whose.is_empty() { "-" } else { whose.as_str() }),
            Cell::from(one.bytes.map(bytes).unwrap_or_default()),
        ]);
    }
    let shown = if found.is_empty() { "no tags\n".to_owned() } else { table.render(&surroundings.out) };
    Ok(text(&mut out, &shown)?)
}
