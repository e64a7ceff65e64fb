//! `cooperage.index`: how the container index is read, and what the code of its entries may do.

use super::bytes;
use super::duration;
use super::kind::Kind;
use schemars::JsonSchema;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

/// How the container index is read; a part that is not said is as below.
#[derive(Clone, Debug, PartialEq, Eq, serde::Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(inline)]
pub struct IndexSettings {
    /// The branch of the index whose builds publish and get secrets; builds of other commits do neither. Null: every build is
    /// as `publish` says.
    pub branch: Option<String>,
    /// Entries whose scripts may use the network: globs on namespace/name.
    pub allow_network: Vec<String>,
    /// Build secrets that entries get: the id under `build_secrets`, and globs on namespace/name. The project must ask for
    /// them, too.
    pub secrets: BTreeMap<String, Vec<String>>,
    /// Whether entries may name repositories on this machine (`file:` and paths).
    pub allow_file_urls: bool,
    /// The most that one repository may send, and its files may take; 1 GiB.
    #[serde(deserialize_with = "bytes::deserialize")]
    #[schemars(schema_with = "bytes::schema")]
    pub max_clone_bytes: u64,
    /// The longest that fetching one repository may take; 10 minutes.
    #[serde(deserialize_with = "duration::deserialize")]
    #[schemars(schema_with = "duration::schema")]
    pub clone_timeout: Duration,
    /// Repositories fetched at once; 4.
    #[schemars(range(min = 1, max = 65535))]
    pub clone_parallel: usize,
    /// Folder of fetched repositories. Null: the user's cache folder.
    pub cache: Option<PathBuf>,
}

impl Default for IndexSettings {
    fn default() -> Self {
        Self {
            branch: None,
            allow_network: Vec::new(),
            secrets: BTreeMap::new(),
            allow_file_urls: false,
            max_clone_bytes: 1 << 30,
            clone_timeout: Duration::from_secs(600),
            clone_parallel: 4,
            cache: None,
        }
    }
}

/// What the key may hold.
pub(super) const KIND: Kind = Kind::Fields(&[
    ("branch", Kind::Text),
    ("allow_network", Kind::Texts),
    ("secrets", Kind::MapOf(&Kind::Texts)),
    ("allow_file_urls", Kind::Flag),
    ("max_clone_bytes", Kind::Bytes),
    ("clone_timeout", Kind::Duration),
    ("clone_parallel", Kind::Count),
    ("cache", Kind::Path),
]);
