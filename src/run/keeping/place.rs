//! Where the record of gc stands: in the user's folder for state, under a name of the catalogue's folder.

use crate::name::Digest;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The file for the catalogue in `directory`; `None` where there is no folder for state. `env` is the environment of the call.
pub fn record_place(directory: &Path, env: &BTreeMap<String, String>) -> Option<PathBuf> {
    let state = state_folder(env)?;
    let whole = std::fs::canonicalize(directory).or_else(|_| std::path::absolute(directory)).unwrap_or_else(|_| directory.to_owned());
    let name = Digest::of(whole.as_os_str().as_encoded_bytes());
    Some(state.join(format!("{}.gc.json", name.short())))
}

/// The user's folder for what outlives a run. Source: XDG base directory specification 0.8.
pub fn state_folder(env: &BTreeMap<String, String>) -> Option<PathBuf> {
    let named = |name: &str| env.get(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let state = named("XDG_STATE_HOME").or_else(|| named("HOME").map(|home| home.join(".local/state")))?;
    Some(state.join("cooperage"))
}
