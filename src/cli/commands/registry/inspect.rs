//! `registry inspect`: one image as its registry has it.

use super::Desk;
use crate::cli::exit::Trouble;
use crate::cli::options::registries::InspectOptions;
use crate::cli::options::{Call, Format};
use crate::cli::surroundings::Surroundings;
use crate::publish::Point;
use crate::registry::RegistryError;
use crate::report::{bytes, json, one_line, text};
use crate::run::{Inspected, Inspection, RunError, inspect};
use std::fmt::Write as _;

/// Shows one image.
pub async fn run(call: &Call, options: &InspectOptions, surroundings: &Surroundings) -> Result<u8, Trouble> {
    let point = Point::parse(&options.reference).map_err(Trouble::call)?;
    let desk = Desk::open(call, surroundings)?;
    let asked = async {
        let spot = point.spot(&desk.spots)?;
        let not_found = || RegistryError::NotFound { host: spot.repository.name(), reference: point.to_string() };
        let digest = point.head(&spot).await?.ok_or_else(not_found)?;
        inspect(spot.repository.as_ref(), &point.to_string(), &digest).await
    };
    let found = desk.until(async { Ok(asked.await.map_err(RunError::from)?) }).await?;
    desk.tell_stale(surroundings);
    let mut out = std::io::stdout().lock();
    if surroundings.format == Format::Json {
        json(&mut out, &found)?;
    } else {
        text(&mut out, &told(&found))?;
    }
    Ok(0)
}

fn told(found: &Inspection) -> String {
    let mut text = String::new();
    // Writing to a String cannot fail.
    let _ = writeln!(text, "{}\n  digest    {}\n  type      {}", found.reference, found.digest, found.media_type);
    if let Some(usage) = &found.last_used {
        let _ = writeln!(text, "  last used {usage}");
    }
    let _ = writeln!(text, "  size      {}, each blob once", bytes(found.bytes));
    for image in &found.images {
        text.push_str(&told_image(image));
    }
    text
}

fn told_image(image: &Inspected) -> String {
    let mut text = format!("\n{}\n", image.platform.as_deref().unwrap_or("no platform"));
    let _ = writeln!(text, "  digest    {}\n  size      {}", image.digest, bytes(image.bytes));
    if let Some(created) = &image.created {
        let _ = writeln!(text, "  created   {}", one_line(created));
    }
    for (at, (label, value)) in image.labels.iter().enumerate() {
        let head = if at == 0 { "labels" } else { "" };
        let _ = writeln!(text, "  {head:9} {}={}", one_line(label), one_line(value));
    }
    for (at, layer) in image.layers.iter().enumerate() {
        let head = if at == 0 { "layers" } else { "" };
        let _ = writeln!(text, "  {head:9} {} {}", layer.digest.short(), bytes(layer.size));
    }
    text
}
