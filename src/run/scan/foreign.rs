//! Programs of others as scanners: what they are given of an image.

use super::examined::Examined;
use super::origin::Origin;
use crate::config::ExternalScanner;
use crate::layers::walk;
use crate::scan::external::{self, External, Needs, Rootfs, Unpacking};
use crate::scan::sbom::{Described, Form, document};
use crate::scan::vulnerabilities::{Program, Target};
use crate::scan::{Contents, Found};
use std::io::{self, Write as _};
use tempfile::NamedTempFile;
use tokio_util::io::SyncIoBridge;

/// Has a scanner of the configuration look at an image. What it asks for and cannot be given is said by itself.
pub async fn external(image: &Examined, scanner: &ExternalScanner) -> Found {
    let needs = Needs::of(scanner);
    let bill = if needs.sbom { bill(image).ok() } else { None };
    let rootfs = match (needs.rootfs, &image.origin) {
        (false, _) => None,
        (true, Origin::Spot { .. }) => {
            let error = format!("{{rootfs}} is there for images of an engine, and {} is in none; pull or load it first", image.reference);
            return failed(error);
        }
        (true, _) => match unpacked(image).await {
            Ok(rootfs) => Some(rootfs),
            Err(error) => return failed(format!("the image's files cannot be unpacked: {error}")),
        },
    };
    let folder = rootfs.as_ref().map(Rootfs::path);
    let given = External {
        env: &image.tools.env,
        engine: image.engine.as_deref(),
        rootfs: folder.as_deref(),
        sbom: bill.as_ref().map(NamedTempFile::path),
        cancel: &image.tools.cancel,
    };
    external::scan(&image.subject(), scanner, &given).await
}

/// Has trivy or grype look at the packages of an image; none where the configuration chooses neither.
pub async fn vulnerabilities(image: &Examined) -> Option<Found> {
    let settings = &image.tools.settings;
    let program = Program::chosen(settings.vulnerabilities, &image.tools.env, settings.timeout)?;
    Some(match bill(image) {
        Ok(bill) => program.scan(&image.subject(), Target::Sbom(bill.path()), &image.tools.cancel).await,
        Err(error) => failed(format!("the bill of materials cannot be written: {error}")),
    })
}

fn failed(error: String) -> Found {
    Found { findings: Vec::new(), errors: vec![error] }
}

/// The bill of materials in a file.
fn bill(image: &Examined) -> io::Result<NamedTempFile> {
    let described = Described {
        reference: &image.reference,
        id: &image.id,
        manifest: None,
        layers: &image.inside.config.rootfs.diff_ids,
        inventory: &image.inside.inventory,
        created: image.tools.now,
    };
    let mut file = tempfile::Builder::new().prefix("cooperage-").suffix(".cdx.json").tempfile()?;
    file.write_all(document(Form::CycloneDx, &described).as_bytes())?;
    Ok(file)
}

/// The image's files in a folder of ours.
async fn unpacked(image: &Examined) -> Result<Rootfs, String> {
    let Origin::Engine { engine, id } = &image.origin else { return Err("it is in no engine".to_owned()) };
    let stream = SyncIoBridge::new(engine.save(id).await.map_err(|error| error.to_string())?);
    let contents = Contents::of(image.inside.contents.layers().to_vec());
    let work = tokio::task::spawn_blocking(move || {
        let mut unpacking = Unpacking::new(&std::env::temp_dir()).map_err(|error| error.to_string())?;
        let layers = walk(stream, &mut unpacking).map_err(|error| error.to_string())?;
        unpacking.finish(&layers, &contents).map_err(|error| error.to_string())
    });
    work.await.map_err(|error| error.to_string())?
}
