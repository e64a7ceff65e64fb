//! `registry touch`: says that an image was used.

use super::Desk;
use crate::cli::exit::Trouble;
use crate::cli::options::registries::TouchOptions;
use crate::cli::options::{Call, Format};
use crate::cli::surroundings::Surroundings;
use crate::event::{Clock as _, SystemClock};
use crate::name::Digest;
use crate::publish::Point;
use crate::publish::retain::{Attached, Stamp, touch};
use crate::registry::RegistryError;
use crate::report::{json, text};
use crate::run::RunError;
use serde::Serialize;

#[derive(Serialize)]
struct Document {
    v: u32,
    images: Vec<Row>,
}

#[derive(Serialize)]
struct Row {
    reference: String,
    digest: Digest,
    stamp: Digest,
    tag: Option<String>,
    last_used: i64,
}

/// Touches.
pub async fn run(call: &Call, options: &TouchOptions, surroundings: &Surroundings) -> Result<u8, Trouble> {
    let now = SystemClock.now().as_second();
    let stamp = Stamp::new(now, &options.build_id, &options.repo, options.permanent).map_err(|error| Trouble::call(error.to_string()))?;
    let points: Result<Vec<Point>, String> = options.references.iter().map(|text| Point::parse(text)).collect();
    let points = points.map_err(Trouble::call)?;
    if let Some(point) = points.iter().find(|point| !point.is_one()) {
        return Err(Trouble::call(format!("{point} names no image; add a tag or a digest")));
    }
    let desk = Desk::open(call, surroundings)?;
    let mut rows = Vec::with_capacity(points.len());
    for point in points {
        let touched = desk.until(one(&desk, &point, &stamp)).await?;
        rows.push(Row {
            reference: point.to_string(),
            digest: touched.image,
            stamp: touched.referrer,
            tag: touched.tag.map(|tag| tag.to_string()),
            last_used: now,
        });
    }
    desk.tell_stale(surroundings);
    print(surroundings, rows)
}

async fn one(desk: &Desk, point: &Point, stamp: &Stamp) -> Result<Attached, Trouble> {
    let spot = point.spot(&desk.spots).map_err(RunError::from)?;
    let not_found = || RegistryError::NotFound { host: spot.repository.name(), reference: point.to_string() };
    let digest = point.head(&spot).await.and_then(|found| found.ok_or_else(not_found)).map_err(RunError::from)?;
    Ok(touch(spot.repository.as_ref(), &digest, stamp).await.map_err(RunError::from)?)
}

fn print(surroundings: &Surroundings, rows: Vec<Row>) -> Result<u8, Trouble> {
    let mut out = std::io::stdout().lock();
    if surroundings.format == Format::Json {
        json(&mut out, &Document { v: 1, images: rows })?;
        return Ok(0);
    }
    let line = |row: &Row| {
        let place = row.tag.as_ref().map_or_else(|| "as a referrer".to_owned(), |tag| format!("under the tag {tag}"));
        format!("{} ({}) was used now; the stamp stands {place}\n", row.reference, row.digest.short())
    };
    text(&mut out, &rows.iter().map(line).collect::<String>())?;
    Ok(0)
}
