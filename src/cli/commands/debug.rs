//! `debug`: a shell in an image.

use super::container::{folder, ready, run as run_container};
use crate::cli::exit::Trouble;
use crate::cli::options::Call;
use crate::cli::options::containers::DebugOptions;
use crate::cli::surroundings::Surroundings;
use crate::cli::terminal;
use crate::engine::{Cage, ContainerRequest};

/// Bash where the image has it. Found by the image's own PATH.
const SHELL: [&str; 3] = ["sh", "-c", "if command -v bash >/dev/null 2>&1; then exec bash; else exec sh; fi"];

/// Runs the shell or command.
pub async fn run(call: &Call, options: &DebugOptions, surroundings: &Surroundings) -> Result<u8, Trouble> {
    shell(call, options, surroundings).await.map_err(Trouble::of_container)
}

async fn shell(call: &Call, options: &DebugOptions, surroundings: &Surroundings) -> Result<u8, Trouble> {
    let src = folder("--src", &options.image.src, "/src", true)?;
    let ready = ready(call, &options.image, surroundings).await?;
    let entrypoint =
        if options.command.is_empty() { SHELL.iter().map(|word| (*word).to_owned()).collect() } else { options.command.clone() };
    let request = ContainerRequest {
        image: ready.image.clone(),
        entrypoint: Some(entrypoint),
        command: None,
        env: Vec::new(),
        folders: vec![src],
        terminal: terminal::is_there(),
        input: true,
        cage: Cage::default(),
    };
    run_container(&ready, &request, &hint(options), surroundings).await
}

/// What to do where the image has no shell, or not the program that was named.
fn hint(options: &DebugOptions) -> String {
    let (image, directory) = (&options.image.image, options.image.directory.display());
    let what = if options.command.is_empty() { "it has no shell" } else { "name one that is in it, or its whole path" };
    format!(
        "{what}: `cooperage debug {image} {directory} -- PROGRAM` runs a program of the image, \
         and `cooperage try {image} {directory}` what the image itself runs"
    )
}
