//! What a registry holds, asked without the client under test.

use super::Registry;
use super::plain::{Response, request};
use cooperage::name::Digest;
use serde_json::Value;

impl Registry {
    fn get(&self, path: &str) -> Response {
        request(&self.address, "GET", path, self.kind.login(), None)
    }

    /// The digest under a tag, if there is one. For registries without TLS.
    pub fn digest(&self, repository: &str, tag: &str) -> Option<String> {
        let answer = self.get(&format!("/v2/{repository}/manifests/{tag}"));
        (answer.status == 200).then(|| Digest::of(&answer.body).to_string())
    }

    /// The tags of a repository, sorted.
    pub fn tags(&self, repository: &str) -> Vec<String> {
        let body: Value = serde_json::from_slice(&self.get(&format!("/v2/{repository}/tags/list")).body).unwrap();
        let mut tags: Vec<String> = body["tags"].as_array().into_iter().flatten().map(|tag| tag.as_str().unwrap().to_owned()).collect();
        tags.sort();
        tags
    }

    /// The manifest under a tag.
    pub fn manifest(&self, repository: &str, tag: &str) -> Value {
        serde_json::from_slice(&self.get(&format!("/v2/{repository}/manifests/{tag}")).body).unwrap()
    }

    /// The digest of an image's config: the id it has in an engine.
    pub fn config_digest(&self, repository: &str, tag: &str) -> Option<String> {
        let manifest: Value = serde_json::from_slice(&self.get(&format!("/v2/{repository}/manifests/{tag}")).body).unwrap();
        manifest["config"]["digest"].as_str().map(str::to_owned)
    }

    /// The config of an image: labels, history, environment.
    pub fn config(&self, repository: &str, tag: &str) -> Value {
        let manifest: Value = serde_json::from_slice(&self.get(&format!("/v2/{repository}/manifests/{tag}")).body).unwrap();
        let digest = manifest["config"]["digest"].as_str().unwrap_or_else(|| panic!("{repository}:{tag}: {manifest}"));
        serde_json::from_slice(&self.get(&format!("/v2/{repository}/blobs/{digest}")).body).unwrap()
    }
}
