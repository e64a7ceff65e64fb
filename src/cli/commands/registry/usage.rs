//! `registry usage`: what images take in registries.

use super::Desk;
use crate::cli::exit::{FAILED, Trouble};
use crate::cli::options::registries::UsageOptions;
use crate::cli::options::{Call, Format};
use crate::cli::surroundings::Surroundings;
use crate::report::{Cell, Paint, Table, bytes, json, text};
use crate::run::{Counted, Shared, shared};
use serde::Serialize;

#[derive(Serialize)]
struct Document {
    v: u32,
    bytes: u64,
    images: Vec<Row>,
}

#[derive(Serialize)]
struct Row {
    name: String,
    tags: usize,
    digests: usize,
    bytes: u64,
    own: u64,
    shared: u64,
}

/// Counts.
pub async fn run(call: &Call, options: &UsageOptions, surroundings: &Surroundings) -> Result<u8, Trouble> {
    let desk = Desk::open(call, surroundings)?;
    let catalogue = desk.catalogue(&options.directory, &[], surroundings)?;
    let estates = desk.estates(&catalogue).await?;
    let found = desk.until(async { Ok(shared(&estates, desk.config.registry_parallel()).await?) }).await?;
    desk.tell_stale(surroundings);
    print(surroundings, found)?;
    Ok(if catalogue.is_sound { 0 } else { FAILED })
}

fn print(surroundings: &Surroundings, found: Shared) -> Result<(), Trouble> {
    let mut out = std::io::stdout().lock();
    if surroundings.format == Format::Json {
        let row = |one: Counted| {
            let Counted { name, tags, digests, bytes, own, shared } = one;
            Row { name, tags, digests, bytes, own, shared }
        };
        return Ok(json(&mut out, &Document { v: 1, bytes: found.bytes, images: found.images.into_iter().map(row).collect() })?);
    }
    let mut table = Table::new(&["image", "tags", "digests", "bytes", "own", "shared"]).right(1).right(2).right(3).right(4).right(5);
    for one in &found.images {
        let numbers = [one.tags.to_string(), one.digests.to_string(), bytes(one.bytes), bytes(one.own), bytes(one.shared)];
        let cells = std::iter::once(Cell::new(&one.name, Paint::Strong)).chain(numbers.iter().map(Cell::from));
        table.row(cells.collect::<Vec<_>>());
    }
    let all = format!("{} in all, each blob once in a registry\n", bytes(found.bytes));
    Ok(text(&mut out, &(table.render(&surroundings.out) + &all))?)
}
