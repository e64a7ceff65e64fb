//! Layouts that skopeo writes, which uses the code of Podman, and layouts that somebody hostile wrote.

use super::*;
use cooperage::layers::{Files, Lookup as Found, Wanted};
use std::fs;
use std::process::Command;
use support::layout::{entry, layout};

fn run(program: &str, arguments: &[&str]) {
    let ended = Command::new(program).args(arguments).output().unwrap_or_else(|error| panic!("{program}: {error}"));
    assert!(ended.status.success(), "{program} {arguments:?}: {}", String::from_utf8_lossy(&ended.stderr));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_image_is_the_same_from_everywhere() {
    let engine = TestEngine::shared().await;
    let id = built(&engine).await;
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name).display().to_string();
    let mut saved = cooperage::engine::Engine::save(&engine.engine, &id).await.unwrap();
    let mut file = tokio::fs::File::create(at("docker.tar")).await.unwrap();
    tokio::io::copy(&mut saved, &mut file).await.unwrap();
    tokio::io::AsyncWriteExt::flush(&mut file).await.unwrap();
    let docker = format!("docker-archive:{}", at("docker.tar"));
    let reader = ImageReader::without_store();
    let source = ImageSource::Engine { engine: &engine.engine, id: &id };
    let expected = reader.read(source, &counter().0, &CancellationToken::new()).await.unwrap();
    // Layouts with layers of all packings.
    for packing in ["gzip", "zstd", "zstd:chunked"] {
        let to = at(&packing.replace(':', "-"));
        run("skopeo", &["copy", "--quiet", "--dest-compress-format", packing, "--dest-compress", &docker, &format!("oci:{to}:1")]);
        // Each with a reader of its own, which knows no layers.
        let whole = of_layout(&ImageReader::without_store(), Path::new(&to), "1").await.unwrap();
        assert_eq!(shown(&whole.contents), shown(&expected.contents), "{packing}");
        assert_eq!(
            (whole.config.rootfs.diff_ids, whole.config.config.user),
            (expected.config.rootfs.diff_ids.clone(), Some("7".to_owned()))
        );
        assert!(whole.manifest.is_some());
    }
    // Archives.
    run("skopeo", &["copy", "--quiet", &docker, &format!("oci-archive:{}", at("oci.tar"))]);
    run("skopeo", &["copy", "--quiet", &docker, &format!("docker-archive:{}", at("podman.tar"))]);
    for archive in ["docker.tar", "oci.tar", "podman.tar"] {
        let mut wanted = Wanted::default();
        wanted.content("/etc/os-release");
        let files = Files::read(fs::File::open(at(archive)).unwrap(), wanted).unwrap_or_else(|error| panic!("{archive}: {error}"));
        let Found::Found(found) = files.look("/etc/os-release") else { panic!("{archive} has it") };
        assert_eq!(found.entry.stat.size, 10, "{archive}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hostile_layer_is_read_and_does_no_harm() {
    let mut tar = tar::Builder::new(Vec::new());
    for name in ["../../../etc/cron.d/x", "/absolute", "a/../../b"] {
        tar.append(&entry(tar::EntryType::Regular, name, 3), &b"abc"[..]).unwrap();
    }
    for kind in [tar::EntryType::Block, tar::EntryType::Char, tar::EntryType::Fifo] {
        tar.append(&entry(kind, &format!("dev/{kind:?}"), 0), std::io::empty()).unwrap();
    }
    // Ten gigabytes of zeros in a header.
    let mut sparse = entry(tar::EntryType::GNUSparse, "huge", 1);
    let gnu = sparse.as_gnu_mut().unwrap();
    gnu.set_real_size(10 << 30);
    gnu.sparse[0].set_offset(0);
    gnu.sparse[0].set_length(1);
    sparse.set_cksum();
    tar.append(&sparse, &b"x"[..]).unwrap();
    let layer = tar.into_inner().unwrap();
    let folder = tempfile::tempdir().unwrap();
    layout(folder.path(), &[(&layer, Digest::of(&layer))]);
    let whole = of_layout(&ImageReader::without_store(), folder.path(), "1").await.unwrap();
    let paths: Vec<&str> = whole.contents.files().map(|(path, _)| path).collect();
    assert_eq!(paths, ["/absolute", "/b", "/dev/Block", "/dev/Char", "/dev/Fifo", "/etc/cron.d/x", "/huge"]);
    let huge = whole.contents.get("/huge").unwrap().file;
    assert_eq!((huge.stat.size, huge.md5), (10 << 30, None));
    assert!(!Path::new("/etc/cron.d/x").exists() && !Path::new("/absolute").exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_what_it_says_is_refused() {
    let mut tar = tar::Builder::new(Vec::new());
    tar.append(&entry(tar::EntryType::Regular, "a", 2000), &[b'x'; 2000][..]).unwrap();
    let layer = tar.into_inner().unwrap();
    let error = async |layers: &[(&[u8], Digest)], harm: &dyn Fn(&Path)| {
        let folder = tempfile::tempdir().unwrap();
        layout(folder.path(), layers);
        harm(folder.path());
        of_layout(&ImageReader::without_store(), folder.path(), "1").await.unwrap_err()
    };
    let fine = |_: &Path| {};
    let other = error(&[(&layer, Digest::of(b"other"))], &fine).await;
    assert!(other.contains("the image's config says") && other.contains(Digest::of(&layer).as_str()), "{other}");
    let rubbish = error(&[(b"rubbish", Digest::of(b"rubbish"))], &fine).await;
    assert!(rubbish.contains("no tar"), "{rubbish}");
    let cut = error(&[(&layer[..1000], Digest::of(&layer[..1000]))], &fine).await;
    assert!(cut.contains("ends within"), "{cut}");
    // Bytes that are changed in the middle: the tar is whole, the digest is not.
    let path = |folder: &Path| folder.join("blobs/sha256").join(&Digest::of(&layer).as_str()[7..]);
    let change = |folder: &Path| {
        let mut bytes = fs::read(path(folder)).unwrap();
        bytes[1000] = b'y';
        fs::write(path(folder), bytes).unwrap();
    };
    let changed = error(&[(&layer, Digest::of(&layer))], &change).await;
    assert!(changed.contains("digest"), "{changed}");
    let gone = error(&[(&layer, Digest::of(&layer))], &|folder| fs::remove_file(path(folder)).unwrap()).await;
    assert!(gone.contains("blob"), "{gone}");
}
