//! Programs of others as scanners: what they are given of an image.

use super::examined::Examined;
use crate::config::ExternalScanner;
use crate::layers::LayersError;
use crate::scan::external::{self, External, Needs, Rootfs, Unpacking};
use crate::scan::sbom::{Described, Form, document};
use crate::scan::vulnerabilities::{Program, Target};
use crate::scan::{Contents, Found, ImageError};
use std::io::{self, Write as _};
use std::time::Instant;
use tempfile::NamedTempFile;

/// Has a scanner of the configuration look at an image. What it asks for and cannot be given is said by itself.
pub async fn external(image: &Examined, scanner: &ExternalScanner) -> Found {
    let (needs, limit, started) = (Needs::of(scanner), image.tools.settings.timeout, Instant::now());
    let bill = if needs.sbom { bill(image).ok() } else { None };
    let rootfs = match needs.rootfs {
        false => None,
        true => match tokio::time::timeout(limit, unpacked(image)).await {
            Ok(Ok(rootfs)) => Some(rootfs),
            Ok(Err(error)) => return failed(format!("the image's files cannot be unpacked: {error}")),
            Err(_) => {
                let limit = limit.as_secs();
                return failed(format!("the image's files are not unpacked after {limit} s, its time limit (cooperage.scanners.timeout)"));
            }
        },
    };
    let folder = rootfs.as_ref().map(Rootfs::path);
    let given = External {
        env: &image.tools.env,
        engine: image.engine.as_deref(),
        rootfs: folder.as_deref(),
        sbom: bill.as_ref().map(NamedTempFile::path),
        limit: limit.saturating_sub(started.elapsed()),
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

/// The image's files in a folder of ours. Whoever does not wait any more ends it, and the folder goes.
async fn unpacked(image: &Examined) -> Result<Rootfs, String> {
    let cancel = image.tools.cancel.child_token();
    let _guard = cancel.clone().drop_guard();
    let reader = image.reader.upgrade().ok_or("interrupted")?;
    let most = (image.tools.settings.rootfs_mib as u64) << 20;
    let unpacking =
        Unpacking::new(&std::env::temp_dir(), most, &cancel, image.held.token()).map_err(|error| format!("there is no place: {error}"))?;
    let (unpacking, layers) =
        reader.walk(&image.origin, &image.inside.config.rootfs.diff_ids, unpacking, &cancel).await.map_err(|error| match error {
            ImageError::Walk(LayersError::Read(error)) => error.to_string(),
            other => other.to_string(),
        })?;
    let contents = Contents::of(image.inside.contents.layers().to_vec());
    let work = tokio::task::spawn_blocking(move || unpacking.finish(&layers, &contents).map_err(|error| error.to_string()));
    work.await.map_err(|error| error.to_string())?
}
