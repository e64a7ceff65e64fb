//! From the layers to a [`Config`]: the one verb of this room.

use super::credentials;
use super::destination::{self, DestinationEntry};
use super::error::{ConfigError, Problem};
use super::layer::{Item, Layers};
use super::notify::SecretFrom;
use super::settings::{SecretSource, Settings};
use super::source::{LayerName, Sources, files, read};
use super::yaml::{Shape, parse};
use super::{Config, Secret};
use crate::catalog::Defect;
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The lowest layer.
pub(crate) const DEFAULTS: &str = include_str!("default.yaml");

/// Reads all layers and settles them.
///
/// # Errors
/// Everything that is wrong at once: files that cannot be read or are no YAML, values of a wrong type in any layer
/// (also where a later one would win), unknown keys under `cooperage:`, half a login.
pub fn load(sources: &Sources) -> Result<Config, ConfigError> {
    let mut layers = Layers::default();
    match parse(DEFAULTS) {
        Ok(root) => layers.add_file(LayerName::Default, None, &root),
        Err(error) => layers.problems.push(Defect::error("bad_yaml", format!("the built-in defaults: {error}")).into()),
    }
    for (layer, path, required) in files(sources) {
        match read(&path, required) {
            Ok(Some(root)) => layers.add_file(layer, Some(&path.display().to_string()), &root),
            Ok(None) => {}
            Err(problem) => layers.problems.push(*problem),
        }
    }
    layers.add_environment(&sources.env);
    layers.add_flags(&sources.flags);
    let Layers { items, mut problems, warnings, .. } = layers;
    let destinations = destination::destinations(&items, &sources.env);
    let mut rows = merge(items);
    if problems.is_empty() {
        problems = credentials::settle(&mut rows, &sources.env);
    }
    if !problems.is_empty() {
        return Err(problems.into());
    }
    build(rows, destinations, warnings, &sources.env)
}

/// Later items win, in the place where the key stood first. Nothing (null) goes back to the default.
fn merge(items: Vec<Item>) -> Vec<Item> {
    let mut rows: Vec<Item> = Vec::new();
    let mut defaults: BTreeMap<String, Shape> = BTreeMap::new();
    for mut item in items {
        if item.origin.layer == LayerName::Default {
            defaults.insert(item.name.clone(), item.node.shape.clone());
        } else if item.node.shape == Shape::Null
            && let Some(default) = defaults.get(&item.name)
        {
            item.node.shape = default.clone();
        }
        match rows.iter_mut().find(|row| row.name == item.name) {
            Some(row) => *row = item,
            None => rows.push(item),
        }
    }
    rows
}

fn build(
    rows: Vec<Item>,
    destinations: Vec<DestinationEntry>,
    warnings: Vec<Defect>,
    env: &BTreeMap<String, String>,
) -> Result<Config, ConfigError> {
    let mut settings: Settings = serde_json::from_value(tree(&rows)).map_err(|error| {
        // The checks of every key came before; a value that passes them and does not fit is our own mistake. serde's
        // text can hold the value, so only its kind is told.
        let message = format!("the configuration does not fit together ({:?} error)", error.classify());
        ConfigError::from(vec![Problem::from(Defect::error("wrong_type", message).help("please report this"))])
    })?;
    expand_homes(&mut settings, env);
    if settings.apt_only_proxy.is_none() {
        settings.apt_only_proxy.clone_from(&settings.http_proxy);
    }
    let own = settings.cooperage.notify.secrets().filter_map(SecretFrom::source);
    let secrets = settings.cooperage.build_secrets.values().cloned().chain(own).filter_map(|source| match source {
        SecretSource::Env(name) => env.get(&name).map(|value| (name, Secret::new(value.clone()))),
        SecretSource::File(_) => None,
    });
    let environment = secrets.collect();
    let no_proxy = ["no_proxy", "NO_PROXY"].iter().find_map(|name| env.get(*name)).filter(|value| !value.is_empty()).cloned();
    Ok(Config { settings, no_proxy, destinations, warnings, rows, environment })
}

/// The known keys as one JSON document in the shape of [`Settings`].
fn tree(rows: &[Item]) -> Value {
    let (mut root, mut ours) = (Map::new(), Map::new());
    for row in rows {
        match row.name.strip_prefix("cooperage.") {
            Some("publish") => ours.insert("publish".to_owned(), destination::without_nulls(row.node.to_value())),
            Some(name) => ours.insert(name.to_owned(), row.node.to_value()),
            None => root.insert(row.name.clone(), row.node.to_value()),
        };
    }
    root.insert("cooperage".into(), Value::Object(ours));
    Value::Object(root)
}

fn expand_homes(settings: &mut Settings, env: &BTreeMap<String, String>) {
    let ours = &mut settings.cooperage;
    let files = ours.build_secrets.values_mut().filter_map(|source| match source {
        SecretSource::File(path) => Some(path),
        SecretSource::Env(_) => None,
    });
    let paths = [&mut settings.ca_bundle, &mut ours.authfile, &mut ours.username_file, &mut ours.password_file];
    for path in paths.into_iter().flatten().chain(files).chain(ours.notify.paths()) {
        *path = expand_home(path, env);
    }
}

/// `~/` in front is the home folder; everything else stays relative to the current directory, as with docker-pkg.
pub(crate) fn expand_home(path: &Path, env: &BTreeMap<String, String>) -> PathBuf {
    match (path.strip_prefix("~"), env.get("HOME")) {
        (Ok(rest), Some(home)) => Path::new(home).join(rest),
        _ => path.to_owned(),
    }
}
