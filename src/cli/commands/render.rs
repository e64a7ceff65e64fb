//! `render`: templates to Dockerfiles.

use crate::cli::documents::{RenderDocument, RenderedImage};
use crate::cli::exit::Trouble;
use crate::cli::options::{Call, Format, RenderOptions};
use crate::cli::surroundings::Surroundings;
use crate::name::Digest;
use crate::plan::Selection;
use crate::report::{Paint, json, replace, text};
use crate::run::{Item, Judging, Survey, survey};
use std::fmt::Write as _;
use std::path::Path;

/// Prints or writes what the templates render to.
pub fn run(call: &Call, options: &RenderOptions, surroundings: &Surroundings) -> Result<u8, Trouble> {
    let config = surroundings.configure(call, Vec::new())?;
    super::show_config_warnings(surroundings, &config);
    let selection = super::selection(&options.choice, &options.directory)?;
    let survey = survey(&options.directory, &config, Judging::Lenient)?;
    let items = chosen(&survey, &selection)?;
    if let Some(folder) = &options.output {
        write(folder, &items)?;
    }
    let mut out = std::io::stdout().lock();
    match surroundings.format {
        Format::Json => {
            let images = items.iter().map(|item| document(item)).collect();
            json(&mut out, &RenderDocument { v: 1, images, defects: &survey.defects, warnings: &survey.warnings })?;
        }
        Format::Human | Format::Sarif | Format::Github => {
            text(&mut out, &for_people(&items, options, surroundings))?;
            super::show(surroundings, &[&survey.warnings, &survey.defects]);
        }
    }
    Ok(u8::from(!survey.defects.is_empty()))
}

/// What the selection chooses. Definitions that do not parse as Dockerfiles are shown too, so the graph alone
/// would not do for the plain case.
pub(super) fn chosen<'a>(survey: &'a Survey, selection: &Selection) -> Result<Vec<&'a Item>, Trouble> {
    if selection.is_all() {
        return Ok(survey.items.iter().collect());
    }
    let marked = crate::plan::select(&survey.graph, selection).map_err(|error| Trouble::from(crate::run::RunError::from(error)))?;
    Ok((0..marked.len()).filter(|&node| marked[node]).map(|node| survey.item(node)).collect())
}

fn document(item: &Item) -> RenderedImage<'_> {
    let digest = Digest::of(item.rendered.dockerfile.as_bytes());
    RenderedImage {
        name: &item.definition.name,
        reference: item.reference.to_string(),
        path: &item.definition.path,
        dockerfile: &item.rendered.dockerfile,
        sha256: digest.as_str().trim_start_matches("sha256:").to_owned(),
    }
}

fn write(folder: &Path, items: &[&Item]) -> Result<(), Trouble> {
    for item in items {
        let into = folder.join(&item.definition.path);
        std::fs::create_dir_all(&into).map_err(|error| Trouble::call(format!("{} cannot be made: {error}", into.display())))?;
        replace("the Dockerfile", &into.join("Dockerfile"), item.rendered.dockerfile.as_bytes())?;
    }
    Ok(())
}

fn for_people(items: &[&Item], options: &RenderOptions, surroundings: &Surroundings) -> String {
    let mut shown = String::new();
    for item in items {
        // Writing to a String cannot fail.
        let _ = match &options.output {
            Some(folder) => writeln!(shown, "{} {}", item.reference, folder.join(&item.definition.path).join("Dockerfile").display()),
            None if items.len() == 1 => writeln!(shown, "{}", item.rendered.dockerfile),
            None => {
                let heading = Paint::Strong.on(&surroundings.out, &format!("# {} ({})", item.reference, item.definition.path));
                writeln!(shown, "{heading}\n{}\n", item.rendered.dockerfile)
            }
        };
    }
    shown
}
