//! `where`: the names of every image at every destination.

use crate::catalog::Defect;
use crate::cli::documents::{NameProblem, NamedImage, NamedReference, NamesDocument};
use crate::cli::exit::{FAILED, Trouble};
use crate::cli::options::naming::WhereOptions;
use crate::cli::options::{Call, Choice, Format};
use crate::cli::surroundings::Surroundings;
use crate::publish::{Location, Placed, Placement, PlacementProblem};
use crate::report::{Cell, Paint, Table, json, text};
use crate::run::{Names, names};

/// Stands for the moment in the name of what is kept alive.
const MOMENT: &str = "<YYYYMMDDhhmmss>";

/// Prints where images go.
pub fn run(call: &Call, options: &WhereOptions, surroundings: &Surroundings) -> Result<u8, Trouble> {
    let config = surroundings.configure(call, Vec::new())?;
    super::show_config_warnings(surroundings, &config);
    let choice = Choice { select: options.select.clone(), exclude: options.exclude.clone(), ..Choice::default() };
    let selection = super::selection(&choice, &options.directory)?;
    let mut names = names(&options.directory, &config)?;
    names.warnings.extend(super::hint_of_larger_catalogue(&options.directory));
    names.warnings.extend(no_destination(&names));
    let pairs = names.definitions.iter().zip(names.placements.images());
    let wanted = pairs.filter(|((_, reference), _)| selection.matches(&reference.to_string()));
    let images: Vec<NamedImage> = wanted.map(|(_, image)| named(&names, image)).collect();
    if images.is_empty() && !selection.is_all() {
        return Err(Trouble::call("nothing matches the selection; a pattern is matched against the whole reference in the engine"));
    }
    print(&names, images, surroundings)?;
    Ok(if names.placements.problems().is_empty() && names.defects.is_empty() { 0 } else { FAILED })
}

fn no_destination(names: &Names) -> Option<Defect> {
    let help = "set registry, or list destinations under cooperage.publish (docs/destinations.md)";
    names.destinations.list().is_empty().then(|| Defect::warning("no_destination", "no destination is configured").help(help))
}

fn named(names: &Names, image: &Placed) -> NamedImage {
    let references = image.placements.iter().flat_map(|placement| references(names, placement)).collect();
    NamedImage { name: image.name.clone(), references }
}

fn references(names: &Names, placement: &Placement) -> Vec<NamedReference> {
    let destination = &names.destinations.list()[placement.destination];
    let row = |location: &Location| NamedReference {
        destination: destination.name.clone(),
        reference: location.to_string(),
        pull_reference: placement.pull_form(location).map(|form| form.to_string()),
        kind: if *location == placement.version { "version" } else { "floating" },
        keep_alive_pattern: destination.keep_alive.then(|| pattern(location)),
    };
    placement.locations().map(row).collect()
}

/// The name that keeps an old digest of a tag.
fn pattern(location: &Location) -> String {
    let (text, tag) = (location.to_string(), location.tag());
    let repository = text.strip_suffix(tag).unwrap_or_default();
    format!("{repository}{MOMENT}_prune_{tag}")
}

fn print(names: &Names, images: Vec<NamedImage>, surroundings: &Surroundings) -> Result<(), Trouble> {
    let problems = names.placements.problems();
    let mut out = std::io::stdout().lock();
    if surroundings.format == Format::Json {
        json(&mut out, &NamesDocument { v: 1, images, problems: problems.iter().map(NameProblem::from).collect() })?;
        super::show(surroundings, &[&names.warnings, &names.defects]);
        return Ok(());
    }
    // A column of nothing would only take room from the names.
    let elsewhere = images.iter().flat_map(|image| &image.references).any(|one| one.pull_reference.is_some());
    let head = ["image", "destination", "kind", "reference", "pulled as"];
    let mut table = Table::new(if elsewhere { &head } else { &head[..4] }).references(3).references(4);
    for image in &images {
        for (at, one) in image.references.iter().enumerate() {
            table.row([
                Cell::from(if at == 0 { image.name.as_str() } else { "" }),
                Cell::from(one.destination.as_str()),
                Cell::new(one.kind, Paint::Faint),
                Cell::from(one.reference.as_str()),
                Cell::from(one.pull_reference.as_deref().unwrap_or("-")),
            ]);
        }
        if image.references.is_empty() {
            table.row([Cell::from(image.name.as_str()), Cell::new("-", Paint::Faint)]);
        }
    }
    text(&mut out, &table.render(&surroundings.out))?;
    let problems: Vec<Defect> = problems.iter().map(PlacementProblem::to_defect).collect();
    super::show(surroundings, &[&names.warnings, &names.defects, &problems]);
    Ok(())
}
