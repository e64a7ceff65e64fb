//! `logout`: removes a sign-in, and says where one still stands.

use super::signed_in_by_configuration;
use crate::cli::exit::Trouble;
use crate::cli::options::sign_in::LogoutOptions;
use crate::cli::options::{Call, Format};
use crate::cli::surroundings::Surroundings;
use crate::registry::{Origin, SignIns, Site, Spot};
use crate::report::{json, text};
use crate::run::{SessionError, keychain_sources};
use serde::Serialize;
use std::fmt::Write as _;
use std::io;

#[derive(Serialize)]
struct Document<'a> {
    v: u32,
    registry: String,
    removed: &'a [Spot],
    standing: &'a [Spot],
    configured: bool,
}

/// Signs out.
pub fn run(call: &Call, options: &LogoutOptions, surroundings: &Surroundings) -> Result<u8, Trouble> {
    let site = Site::parse(&options.registry).map_err(Trouble::call)?;
    let config = surroundings.configure(call, Vec::new())?;
    super::show_config_warnings(surroundings, &config);
    let sign_ins = SignIns::new(keychain_sources(&config, &surroundings.env));
    let done = sign_ins.remove(&site).map_err(SessionError::from)?;
    let configured = signed_in_by_configuration(&config, &site);
    let mut out = io::stdout().lock();
    if surroundings.format == Format::Json {
        let (removed, standing) = (done.removed.as_slice(), done.standing.as_slice());
        json(&mut out, &Document { v: 1, registry: site.to_string(), removed, standing, configured: configured.is_some() })?;
        return Ok(0);
    }
    let mut shown = String::new();
    if done.removed.is_empty() {
        // Writing to a String cannot fail; so below.
        let _ = writeln!(shown, "there was no sign-in for {site} to remove in {}", sign_ins.places().join(", "));
    }
    for spot in &done.removed {
        let _ = writeln!(shown, "removed the sign-in for {site} from {}", origin(spot));
    }
    for spot in &done.standing {
        let _ = writeln!(shown, "still there: {}; remove it with: {}", origin(spot), origin(spot).removal());
    }
    if let Some(origin) = configured {
        let _ = writeln!(shown, "still there: {origin}");
    }
    text(&mut out, &shown)?;
    Ok(0)
}

fn origin(spot: &Spot) -> Origin {
    let (path, key) = (spot.path.clone(), spot.key.clone());
    match &spot.helper {
        Some(program) => Origin::Helper { program: program.clone(), path, server: key },
        None => Origin::File { path, key },
    }
}
