//! `sbom`: what an image is made of, as a document.

use crate::cli::exit::Trouble;
use crate::cli::interrupt;
use crate::cli::options::Call;
use crate::cli::options::sbom::{SbomForm, SbomOptions};
use crate::cli::surroundings::Surroundings;
use crate::config::LAYOUT_PREFIX;
use crate::engine::ProgressSink;
use crate::name::Digest;
use crate::publish::Spots;
use crate::publish::retain::{Referrer, attach};
use crate::report::{Paint, check_writable, one_line, replace, text};
use crate::run::{Bill, Revision, RunError, Session, Wanted, bill, places, reader};
use crate::scan::sbom::{Described, Form, document};
use jiff::Timestamp;
use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::PathBuf;
use std::sync::Arc;

/// When the document was made. Source: the OCI image specification, "Pre-Defined Annotation Keys".
const CREATED: &str = "org.opencontainers.image.created";

/// Writes the document.
pub async fn run(call: &Call, options: &SbomOptions, surroundings: &Surroundings) -> Result<u8, Trouble> {
    if options.attach && options.form == SbomForm::Packages {
        return Err(Trouble::call("--attach takes --as spdx or --as cyclonedx: nobody looks for a bare list beside an image"));
    }
    let config = surroundings.configure(call, Vec::new())?;
    super::show_config_warnings(surroundings, &config);
    options.output.as_ref().map_or(Ok(()), |path| check_writable("--output", path))?;
    let date = surroundings.source_date()?;
    let cancel = interrupt::token()?;
    let reader = reader(&config, &surroundings.env);
    let engine = !options.attach && !options.image.starts_with(LAYOUT_PREFIX);
    let wanted = Wanted { engine, registry: true };
    let session = Session::open(config, surroundings.env.clone(), PathBuf::from("."), Revision::default(), wanted).await?;
    let session = session.with_registry()?;
    let spots = session.sides.registry.clone().map(|registry| Arc::new(Spots::new(registry)));
    let places = places(&session, spots).map_err(RunError::from)?;
    let silent: ProgressSink = Arc::new(|_, _| {});
    let bill = bill(&places, &reader, &options.image, &silent, &cancel).await?;
    tell(&bill.inventory.troubles, surroundings);
    let created = date.or_else(|| bill.whole.config.created.as_deref()?.parse().ok()).unwrap_or(Timestamp::UNIX_EPOCH);
    let written = written(options, &bill, created);
    match &options.output {
        Some(path) => replace("the document", path, written.as_bytes())?,
        // With --attach the registry is where it goes.
        None if options.attach => {}
        None => text(&mut std::io::stdout().lock(), &written)?,
    }
    if options.attach {
        let sent = tokio::select! {
            sent = send(options, &bill, written, created) => sent?,
            () = cancel.cancelled() => return Err(RunError::Interrupted.into()),
        };
        text(&mut std::io::stdout().lock(), &sent)?;
    }
    super::show(surroundings, &[&session.stale_sign_ins()]);
    Ok(0)
}

fn written(options: &SbomOptions, bill: &Bill, created: Timestamp) -> String {
    let layers: &[Digest] = &bill.whole.config.rootfs.diff_ids;
    let manifest = bill.published.as_ref().map(|(_, digest)| digest);
    let described = Described { reference: &options.image, id: &bill.whole.id, manifest, layers, inventory: &bill.inventory, created };
    document(options.form.into(), &described)
}

/// Pushes the document; a sentence about it.
async fn send(options: &SbomOptions, bill: &Bill, written: String, created: Timestamp) -> Result<String, Trouble> {
    let Some((spot, digest)) = &bill.published else {
        return Err(Trouble::call(format!("{} is not published, so nothing can be attached to it", options.image)));
    };
    let form: Form = options.form.into();
    let annotations = BTreeMap::from([(CREATED.to_owned(), created.to_string())]);
    let referrer = Referrer { artifact: form.media_type().to_owned(), annotations, document: Some(written.into()) };
    let attached = attach(spot.repository.as_ref(), digest, &referrer).await.map_err(RunError::from)?;
    let place = attached.tag.map_or_else(|| "as a referrer".to_owned(), |tag| format!("under the tag {tag}"));
    Ok(format!("{} is attached to {} ({}) {place}\n", attached.referrer, options.image, digest.short()))
}

/// What could not be read is missing in the document, so people must know.
fn tell(troubles: &[String], surroundings: &Surroundings) {
    let mut err = std::io::stderr().lock();
    for trouble in troubles {
        // There is nobody left to tell when stderr is gone.
        let _ = writeln!(err, "{} not in the document: {}", Paint::Caution.on(&surroundings.err, "warning:"), one_line(trouble));
    }
}
