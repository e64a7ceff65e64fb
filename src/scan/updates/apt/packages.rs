//! The lists of packages of a suite.

use super::super::address::below;
use super::super::offer::{Offer, Origin};
use super::super::openpgp::Keyring;
use super::super::repository::{Answer, Asker, Trouble, reading};
use super::super::unpack::unpacked;
use super::release::Release;
use super::signed;
use super::sources::Source;
use crate::scan::paragraphs::paragraphs;
use std::collections::HashSet;
use std::fs::File;
use std::io::{self, BufRead};
use std::sync::Arc;

/// The forms of a list, the ones with fewest bytes first.
const FORMS: [&str; 4] = [".xz", ".zst", ".gz", ""];

/// The most bytes of one paragraph.
const PARAGRAPH: usize = 4 << 20;

/// What a source offers of the packages with these names.
///
/// # Errors
/// When nothing of it can be used.
pub(super) async fn ask(
    asker: Asker<'_>,
    configured: &Keyring,
    source: &Source,
    arches: &[String],
    names: Arc<HashSet<String>>,
) -> Result<Answer, Trouble> {
    let flat = source.components.is_empty();
    let base = if flat {
        below(&source.uri, source.suite.trim_start_matches("./"))
    } else {
        below(&source.uri, &format!("dists/{}", source.suite))
    };
    let release = Release::parse(&signed::release(asker, configured, source, &base).await?).map_err(Trouble::Wrong)?;
    if source.check_valid_until {
        release.check_time(asker.subject.now).map_err(Trouble::Wrong)?;
    }
    let Some(rank) = release.rank else { return Ok(Answer::default()) };
    let mut answer = Answer::default();
    for (component, path) in lists(source, &release, arches, &mut answer.errors) {
        let name = if flat { source.name() } else { format!("{}/{component} of {}", source.suite, crate::fetch::shown(&source.uri)) };
        let origin = Arc::new(Origin { name, security: release.security, rank });
        match list(asker, &base, &release, &path, (names.clone(), origin)).await {
            Ok(offers) => answer.offers.extend(offers),
            Err(error) => answer.errors.push(format!("{}: {error}", source.name())),
        }
    }
    Ok(answer)
}

/// The lists that count: component, and path below the suite without the ending of its form.
fn lists(source: &Source, release: &Release, arches: &[String], errors: &mut Vec<String>) -> Vec<(String, String)> {
    if source.components.is_empty() {
        return vec![(String::new(), "Packages".to_owned())];
    }
    let mut lists = Vec::new();
    for component in &source.components {
        if !release.has_below(component) {
            errors.push(format!("{} has no component {component}", source.name()));
            continue;
        }
        let there = |arch: &&str| release.arches.is_empty() || release.arches.iter().any(|one| one == arch);
        let wanted =
            arches.iter().map(String::as_str).filter(|arch| source.is_for(arch)).filter(there).chain(release.all_apart.then_some("all"));
        let paths = wanted.map(|arch| format!("{component}/binary-{arch}/Packages"));
        // Packages for every architecture have a list of their own only sometimes.
        let known = paths.filter(|path| FORMS.iter().any(|form| release.digest(&format!("{path}{form}")).is_some()));
        lists.extend(known.map(|path| (component.clone(), path)));
    }
    lists
}

/// What is installed, and who is asked.
type Filter = (Arc<HashSet<String>>, Arc<Origin>);

async fn list(asker: Asker<'_>, base: &str, release: &Release, path: &str, filter: Filter) -> Result<Vec<Offer>, Trouble> {
    let mut last = Trouble::Wrong(format!("its Release names no {path}"));
    for form in FORMS {
        let name = format!("{path}{form}");
        match fetch(asker, base, release, &name).await {
            Ok(Some(file)) => return reading(&below(base, &name), move || offers(unpacked(&name, file)?, &filter)).await,
            Ok(None) => {}
            Err(error) if error.is_absent() => last = error,
            Err(error) => return Err(error),
        }
    }
    Err(last)
}

/// One form of a list: by its digest where that is offered, so that a mirror that is being written does no harm.
async fn fetch(asker: Asker<'_>, base: &str, release: &Release, name: &str) -> Result<Option<File>, Trouble> {
    let Some(digest) = release.digest(name) else { return Ok(None) };
    if release.by_hash
        && let Some((algorithm, hex)) = digest.as_str().split_once(':')
    {
        let folder = name.rsplit_once('/').map_or("", |(folder, _)| folder);
        let path = format!("{folder}/by-hash/{}/{hex}", algorithm.to_ascii_uppercase());
        match asker.index(&below(base, &path), digest.clone()).await {
            Err(error) if error.is_absent() => {}
            other => return other.map(Some),
        }
    }
    asker.index(&below(base, name), digest.clone()).await.map(Some)
}

/// The paragraphs of packages that are installed.
fn offers(mut list: Box<dyn BufRead + Send>, (names, origin): &Filter) -> io::Result<Vec<Offer>> {
    let (mut found, mut line, mut text) = (Vec::new(), Vec::new(), String::new());
    let mut wanted = false;
    loop {
        line.clear();
        let count = bounded(&mut list, &mut line)?;
        let one = String::from_utf8_lossy(&line);
        if let Some(name) = one.strip_prefix("Package:") {
            wanted = names.contains(name.trim());
        }
        if count > 0 && !one.trim().is_empty() {
            text.push_str(&one);
            if text.len() > PARAGRAPH {
                return Err(io::Error::other("one of its paragraphs never ends"));
            }
            continue;
        }
        if wanted {
            found.extend(paragraphs(&text).filter_map(|one| {
                let [name, version, arch] = ["Package", "Version", "Architecture"].map(|field| one.get(field).map(str::to_owned));
                Some(Offer { name: name?, version: version?, arch: arch?, origin: origin.clone(), advisory: None })
            }));
        }
        if count == 0 {
            return Ok(found);
        }
        text.clear();
        wanted = false;
    }
}

/// Reads a line, of which no more than a paragraph may have.
fn bounded(list: &mut Box<dyn BufRead + Send>, line: &mut Vec<u8>) -> io::Result<usize> {
    use io::Read as _;
    list.by_ref().take(PARAGRAPH as u64).read_until(b'\n', line)
}
