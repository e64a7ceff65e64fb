//! Rules about the catalogue as it stands.

use super::places::Places;
use crate::catalog::{Changelog, Defect, Definition};
use crate::config::Config;
use crate::name::Reference;
use crate::run::{Item, Survey};
use std::collections::HashSet;
use std::os::unix::fs::PermissionsExt as _;

/// Everything the rules find, the survey's own defects and warnings included. Severities do not count yet.
pub fn catalogue(survey: &Survey, config: &Config, places: &Places) -> Vec<Defect> {
    let mut found: Vec<Defect> = survey.defects.iter().chain(&survey.warnings).cloned().collect();
    for item in &survey.items {
        found.extend(folder_name(&item.definition));
        found.extend(backwards(&item.definition.changelog, &item.definition));
        found.extend(user(item));
        found.extend(test_mode(item, survey));
    }
    found.extend(bases(survey, config));
    found.extend(unused(survey));
    found.extend(links(places));
    found
}

fn folder_name(definition: &Definition) -> Option<Defect> {
    let folder = definition.path.rsplit('/').next()?;
    let name = definition.name.rsplit('/').next()?;
    let message = format!("the folder is named {folder}, the image {}", definition.name);
    (folder != "." && folder != name).then(|| {
        Defect::warning("folder_name", message)
            .at(definition.file(Definition::CHANGELOG))
            .line(definition.changelog.first().line)
            .of(&definition.name)
            .help(format!("rename the folder to {name}"))
    })
}

/// The first place, from the top, where an entry is older than the one below it.
fn backwards(changelog: &Changelog, definition: &Definition) -> Vec<Defect> {
    let own: Vec<_> = changelog.entries.iter().filter(|entry| entry.package == definition.name).collect();
    let tell = |line: usize, message: String, help: &str| {
        let defect = Defect::warning("entries_backwards", message).at(definition.file(Definition::CHANGELOG));
        defect.line(line).of(&definition.name).help(help)
    };
    let pairs = || own.windows(2).map(|pair| (pair[0], pair[1]));
    let version = pairs().find(|(newer, older)| newer.version.debian_cmp(&older.version).is_lt()).map(|(newer, older)| {
        let message = format!("the version {} is lower than {} in the entry below it", newer.version, older.version);
        tell(newer.line, message, "newer entries have greater versions, in Debian's order")
    });
    let date =
        pairs().find(|(newer, older)| newer.date.zip(older.date).is_some_and(|(newer, older)| newer < older)).map(|(newer, older)| {
            let message = format!("the entry {} is dated before {}, the entry below it", newer.version, older.version);
            tell(newer.trailer_line.unwrap_or(newer.line), message, "`date -R` prints the date of now")
        });
    version.into_iter().chain(date).collect()
}

fn user(item: &Item) -> Option<Defect> {
    let (user, line) = item.parsed.as_ref()?.last_user()?;
    let name = user.split(':').next().unwrap_or_default();
    let numeric = !name.is_empty() && name.bytes().all(|b| b.is_ascii_digit());
    (!numeric).then(|| {
        Defect::warning("user_not_numeric", format!("the last USER is \"{user}\", not a number"))
            .at(item.definition.file("Dockerfile"))
            .line(line)
            .of(&item.definition.name)
            .help(format!("write USER {{{{ \"{name}\" | uid }}}} and give {name} a number in known_uid_mappings"))
    })
}

fn test_mode(item: &Item, survey: &Survey) -> Option<Defect> {
    let metadata = std::fs::metadata(item.definition.folder(&survey.root).join("test.sh")).ok()?;
    let runs = metadata.permissions().mode() & 0o111 != 0;
    (metadata.is_file() && !runs).then(|| {
        let file = item.definition.file("test.sh");
        Defect::error("test_not_executable", format!("{file} cannot be run: its run bit is not set"))
            .at(&file)
            .of(&item.definition.name)
            .help(format!("chmod +x {file}"))
    })
}

/// Images from outside that nobody listed. One that names an image of the tree in another version is told as that.
fn bases(survey: &Survey, config: &Config) -> Vec<Defect> {
    let listed: Vec<Reference> = config.base_images.iter().filter_map(|text| Reference::parse(text).ok()).collect();
    let ours: HashSet<String> = survey.items.iter().map(|item| item.reference.canonical().name()).collect();
    let is_listed = |used: &Reference| {
        let used = used.canonical();
        listed.iter().any(|base| {
            let tagless = base.tag().is_none() && base.digest().is_none();
            base.canonical() == used || (tagless && base.canonical().name() == used.name())
        })
    };
    let mut found = Vec::new();
    for (at, node) in survey.graph.nodes.iter().enumerate() {
        let mut told = HashSet::new();
        for used in &node.bases {
            let Ok(reference) = Reference::parse(&used.reference) else { continue };
            if is_listed(&reference) || ours.contains(&reference.canonical().name()) || !told.insert(reference.clone()) {
                continue;
            }
            let message = format!("{} is built on {}, which base_images does not list", node.name, used.reference);
            found.push(
                Defect::error("unlisted_base", message)
                    .at(survey.item(at).definition.file("Dockerfile"))
                    .line(used.line)
                    .of(&node.name)
                    .help(format!("add {} to base_images in the configuration", used.reference)),
            );
        }
    }
    found
}

fn unused(survey: &Survey) -> Vec<Defect> {
    let mut found = Vec::new();
    for (at, node) in survey.graph.nodes.iter().enumerate() {
        // Without a Dockerfile that parses nothing can be said.
        if survey.item(at).parsed.is_none() {
            continue;
        }
        for edge in node.parents.iter().filter(|edge| edge.dockerfile.is_none()) {
            let (Some(line), parent) = (edge.control, &survey.graph.nodes[edge.parent].name) else { continue };
            if names(survey, survey.item(at), parent) {
                continue;
            }
            found.push(
                Defect::error("unused_dependency", format!("control of {} lists {parent}, which its Dockerfile does not use", node.name))
                    .at(survey.item(at).definition.file(Definition::CONTROL))
                    .line(line)
                    .of(&node.name)
                    .help(format!("remove {parent} from control, or use {{{{ \"{parent}\" | image_tag }}}}")),
            );
        }
    }
    found
}

/// Whether the template, or what it includes, names an image: its version may be all that is wanted of it.
fn names(survey: &Survey, item: &Item, name: &str) -> bool {
    item.rendered.sources.iter().any(|source| {
        let text = std::fs::read_to_string(survey.root.join(source)).unwrap_or_default();
        [format!("\"{name}\""), format!("'{name}'")].iter().any(|quoted| text.contains(quoted))
    })
}

fn links(places: &Places) -> Vec<Defect> {
    let outside = places.links.iter().filter(|link| !link.target.starts_with(&places.top));
    let tell = |link: &super::places::Link| {
        let message = format!("the link {} leaves the repository: it leads to {}", link.path, link.target.display());
        Defect::error("link_outside", message).at(&link.path).help("link to a file of the repository, or copy the file")
    };
    outside.map(tell).collect()
}
