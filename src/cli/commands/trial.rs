//! `try`: an image as CI runs it. (`try` itself is a word of the language.)

use super::container::{folder, has_input, ready, run as run_container};
use crate::cli::env_file;
use crate::cli::exit::Trouble;
use crate::cli::options::Call;
use crate::cli::options::containers::TryOptions;
use crate::cli::surroundings::Surroundings;
use crate::engine::{Cage, ContainerRequest, Folder};
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

/// Whoever the image runs as may write there.
const FOR_EVERYBODY: u32 = 0o777;

/// Runs the image.
pub async fn run(call: &Call, options: &TryOptions, surroundings: &Surroundings) -> Result<u8, Trouble> {
    container(call, options, surroundings).await.map_err(Trouble::of_container)
}

async fn container(call: &Call, options: &TryOptions, surroundings: &Surroundings) -> Result<u8, Trouble> {
    let env = options.env_file.as_ref().map(|file| env_file::read(file, &surroundings.env)).transpose()?;
    let src = folder("--src", &options.image.src, "/src", options.writable)?;
    let ready = ready(call, &options.image, surroundings).await?;
    let folders = vec![src, made("--log", &options.log, "/log")?, made("--cache", &options.cache, "/cache")?];
    let request = ContainerRequest {
        image: ready.image.clone(),
        entrypoint: None,
        command: (!options.arguments.is_empty()).then(|| options.arguments.clone()),
        env: env.unwrap_or_default(),
        folders,
        // Like CI: nobody sits in front of it.
        terminal: false,
        input: has_input(),
        cage: Cage::default(),
    };
    let hint = "its entry point or command names it; look at ENTRYPOINT and CMD of the definition and at ARGS of this call";
    run_container(&ready, &request, hint, surroundings).await
}

/// A folder that everybody may write to; one that is there already stays as it is.
fn made(what: &str, outside: &Path, inside: &str) -> Result<Folder, Trouble> {
    if !outside.exists() {
        let told = |error: std::io::Error| Trouble::call(format!("{what} {} cannot be made: {error}", outside.display()));
        fs::create_dir_all(outside).map_err(told)?;
        fs::set_permissions(outside, fs::Permissions::from_mode(FOR_EVERYBODY)).map_err(told)?;
    }
    folder(what, outside, inside, true)
}
