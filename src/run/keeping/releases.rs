//! Release names that the configuration gives: what stands at them is in use, whatever version it is.

use crate::catalog::Defect;
use crate::config::Config;
use crate::name::Reference;
use crate::publish::promotion::{Blame, Candidate, Inputs, MoveKind, Standing, Timestamp, plan};
use crate::run::Names;
use jiff::civil::DateTime;

/// The names that images of the catalogue get by `cooperage.promotion`, also those that get them only where they are required.
/// Names by commit are not known: each promotion gives others.
///
/// # Errors
/// When the configuration is wrong, so that they are not known.
pub fn releases(config: &Config, names: &Names) -> Result<Vec<(String, Reference)>, Box<Defect>> {
    let Some(mut promotion) = config.cooperage.promotion.clone() else { return Ok(Vec::new()) };
    promotion.optional_images.clear();
    let mut context = config.cooperage.promotion_context.clone();
    // The cache is no image of the catalogue.
    context.binary_build = false;
    let candidate =
        |name: &str, reference: &Reference| Candidate { name: name.to_owned(), source: Some(reference.clone()), ..Candidate::default() };
    let images: Vec<Candidate> = names.definitions.iter().map(|(definition, reference)| candidate(&definition.name, reference)).collect();
    // Which time it is only shows in the names of backups.
    let timestamp = Timestamp::of(DateTime::default());
    let inputs = Inputs {
        promotion: &promotion,
        context: &context,
        images: &images,
        is_complete: true,
        skips_unaffected: false,
        commit: None,
        timestamp: Some(&timestamp),
    };
    let plan = plan(&inputs, &Standing::new());
    if plan.moves.is_empty() && plan.blame() == Blame::Configuration {
        let told: Vec<&str> = plan.problems.iter().map(|problem| problem.message.as_str()).collect();
        let message = format!("it is not known which release names are in use: {}", told.join("; "));
        return Err(Box::new(Defect::error("promotion", message).help("`cooperage promote --dry-run` tells where it is written")));
    }
    Ok(plan.moves.into_iter().filter(|of| of.kind == MoveKind::Promote).map(|of| (of.image, of.reference)).collect())
}
