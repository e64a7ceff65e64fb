//! A scanner that is an image: it runs in a cage without a network, and sees of this machine what it is given, to read.

use super::call::{External, filled, too_slow};
use super::said::Said;
use crate::config::ExternalScanner;
use crate::engine::{Cage, ContainerRequest, Folder};
use crate::sandbox::{ContainerEnd, MOST_OUTPUT, run_container};
use crate::scan::Subject;
use std::collections::BTreeMap;
use std::path::Path;

/// Where it sees the image's files and its bill of materials.
const ROOTFS: &str = "/scan/rootfs";
const SBOM: &str = "/scan/sbom.json";

/// What it may take.
const MEMORY: u64 = 4 << 30;
const PROCESSES: u32 = 1024;

/// Runs it.
pub async fn run(subject: &Subject<'_>, scanner: &ExternalScanner, image: &str, given: &External<'_>) -> Result<Said, String> {
    let engine = given.engine.ok_or_else(|| format!("its image {image} needs an engine, and none answers"))?;
    let found = engine.inspect(image).await.map_err(|error| error.to_string())?;
    let found = found.ok_or_else(|| format!("the engine does not have its image {image}; pull it first"))?;
    let words = filled(scanner, subject.reference, given.rootfs.map(|_| ROOTFS), given.sbom.map(|_| SBOM))?;
    let folder = |outside: &Path, inside: &str| Folder { outside: outside.to_owned(), inside: inside.to_owned(), writable: false };
    let rootfs = given.rootfs.map(|path| folder(path, ROOTFS));
    let request = ContainerRequest {
        image: found.id,
        entrypoint: (!words.is_empty()).then_some(words),
        command: None,
        env: Vec::new(),
        folders: rootfs.into_iter().chain(given.sbom.map(|path| folder(path, SBOM))).collect(),
        terminal: false,
        input: false,
        cage: Cage {
            memory: Some(MEMORY),
            processes: Some(PROCESSES),
            no_network: true,
            no_log: true,
            labels: BTreeMap::from([("io.cooperage.scanner".to_owned(), scanner.name.clone())]),
            ..Cage::default()
        },
    };
    let ran = run_container(engine, &request, given.limit, given.cancel).await.map_err(|error| error.to_string())?;
    let code = match ran.end {
        ContainerEnd::Code(code) => Ok(code),
        ContainerEnd::TimedOut(_) => Err(too_slow(subject)),
        ContainerEnd::Flooded => Err(format!("it was stopped because it wrote more than {MOST_OUTPUT} bytes")),
        ContainerEnd::Cancelled => Err("it was interrupted".to_owned()),
    };
    Ok(Said { code, stdout: ran.stdout, stderr: ran.stderr }.without(Some(ROOTFS), Some(SBOM), None))
}
