//! What an engine has goes into a layout, and what we copied an engine pulls.

use super::copies::skopeo;
use super::*;
use cooperage::engine::{Builder, Engine as _, EngineError};
use cooperage::registry::Layout;
use support::engine::{TestEngine, context, request};

const DOCKERFILE: &str = "ENV X=1\nRUN touch /made\nRUN true\n";

#[tokio::test]
async fn an_image_of_the_engine_becomes_a_layout_and_comes_back() {
    let engine = TestEngine::shared().await;
    let (id, _) = engine.must_build(request(&context(DOCKERFILE), Builder::BuildKit)).await;
    let folder = tempfile::tempdir().unwrap();
    let mut digests = Vec::new();
    for at in ["one", "two"] {
        let layout = Layout::open(&folder.path().join(at)).unwrap();
        let manifest = layout.import(engine.engine.save(&id).await.unwrap(), &id).await.unwrap();
        layout.put_manifest((&tag("1")).into(), &manifest).await.unwrap();
        digests.push(manifest.digest);
    }
    assert_eq!(digests[0], digests[1], "the same bytes each time");
    let at = format!("oci:{}:1", folder.path().join("one").display());
    let shown: serde_json::Value = serde_json::from_str(&skopeo(&["inspect", "--raw", &at])).unwrap();
    assert_eq!(shown["config"]["digest"], id.as_str(), "the config's digest is the image's id");
    assert_eq!(skopeo(&["inspect", "--format", "{{.Digest}}", &at]).trim(), digests[0].as_str());

    // From the layout into a registry, and from there into the engine again.
    let registry = Registry::start(RegistryKind::Plain);
    let name = engine.name_in(&format!("localhost:{}", registry.port()), "layout");
    let to = stranger().repository(&name).unwrap();
    let layout = Layout::open(&folder.path().join("one")).unwrap();
    copied(&layout, &digests[0], &*to).await.unwrap();
    to.put_manifest(name.tag().unwrap().into(), &layout.manifest((&digests[0]).into()).await.unwrap()).await.unwrap();
    let pulled = engine.engine.pull(&name, None, no_progress(), &CancellationToken::new()).await.unwrap();
    assert_eq!(pulled.id, id);
    assert_eq!(pulled.repo_digests, [format!("{}@{}", name.name(), digests[0])]);
}

#[tokio::test]
async fn what_the_engine_pushed_is_copied_with_its_digest() {
    let engine = TestEngine::shared().await;
    let [one, two] = [0, 1].map(|_| Registry::start(RegistryKind::Plain));
    let (id, _) = engine.must_build(request(&context(DOCKERFILE), Builder::BuildKit)).await;
    let name = engine.name_in(&format!("localhost:{}", one.port()), "pushed");
    engine.engine.tag(&id, &name).await.unwrap();
    engine.engine.push(&name, None, no_progress(), &CancellationToken::new()).await.unwrap();
    let target = engine.name_in(&format!("localhost:{}", two.port()), "copied");
    let client = stranger();
    let (from, to) = (client.repository(&name).unwrap(), client.repository(&target).unwrap());
    let manifest = from.manifest(name.tag().unwrap().into()).await.unwrap();
    assert!(manifest.media_type.contains("docker"), "{}", manifest.media_type);
    copied(&*from, &manifest.digest, &*to).await.unwrap();
    to.put_manifest(target.tag().unwrap().into(), &manifest).await.unwrap();
    let pulled = engine.engine.pull(&target, None, no_progress(), &CancellationToken::new()).await.unwrap();
    assert_eq!(pulled.id, id);
    assert!(pulled.repo_digests.contains(&format!("{}@{}", target.name(), manifest.digest)), "{:?}", pulled.repo_digests);
}

#[tokio::test]
async fn an_image_that_is_not_there_is_said_so() {
    let engine = TestEngine::shared().await;
    let error = engine.engine.save(&Digest::of(b"nowhere")).await.err().unwrap();
    assert!(matches!(error, EngineError::NotFound(_)), "{error}");
}
