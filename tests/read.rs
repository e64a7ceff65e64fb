//! Images as scanners see them, read from a real engine and from layouts that other programs wrote, whole and hostile.

#[path = "support/mod.rs"]
mod support;

#[path = "read/layouts.rs"]
mod layouts;

use cooperage::engine::{Builder, ProgressSink};
use cooperage::name::{Digest, Tag};
use cooperage::registry::{Layout, Lookup, Named, Repository as _};
use cooperage::scan::{Contents, ImageReader, ImageSource, Whole};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use support::engine::{TestEngine, context, raw_context, request};
use tokio_util::sync::CancellationToken;

/// A sink and the bytes it heard of.
fn counter() -> (ProgressSink, Arc<AtomicU64>) {
    let bytes = Arc::new(AtomicU64::new(0));
    let heard = bytes.clone();
    (
        Arc::new(move |done, _| {
            heard.fetch_max(done, Ordering::Relaxed);
        }),
        bytes,
    )
}

/// Reads a tag of a layout.
async fn of_layout(reader: &ImageReader, folder: &Path, tag: &str) -> Result<Whole, String> {
    let layout = Layout::open(folder).map_err(|error| error.to_string())?;
    let found = layout.head(Named::Tag(&Tag::parse(tag).unwrap())).await.map_err(|error| error.to_string())?;
    let Lookup::Found(digest) = found else { panic!("there is no {tag}") };
    let source = ImageSource::Repository { repository: &layout, digest: &digest, platform: "linux/amd64" };
    reader.read(source, &counter().0, &CancellationToken::new()).await.map_err(|error| error.to_string())
}

/// All that shows of an image: paths with what they are.
fn shown(contents: &Contents) -> BTreeMap<String, String> {
    let file = |found: &cooperage::scan::Located<'_>| {
        format!(
            "{:?} {:o} {} {} {:?} {:?}",
            found.file.kind, found.file.stat.mode, found.file.stat.uid, found.file.stat.size, found.file.md5, found.file.sha256
        )
    };
    contents.files().map(|(path, found)| (path.to_owned(), file(&found))).collect()
}

/// An image with three layers above the base: files, links, and what later layers take away.
async fn built(engine: &TestEngine) -> Digest {
    let steps = "RUN mkdir -p /etc /data /opt && echo x >/opt/low && echo 'ID=debian' >/etc/os-release && echo old >/data/old && echo x >/data/gone\n\
                 RUN ln /data/old /data/hard && ln -s old /data/soft && chmod 4755 /data/old && rm /data/gone && mkfifo /data/pipe\n\
                 RUN rm /data/old && rm -r /opt && mkdir /opt && echo y >/opt/high && echo 'ID=alpine' >/etc/os-release\n\
                 ENV MODE=test\nUSER 7\nLABEL RUN='docker run IMAGE'\n";
    let steps = format!("{steps}# {}\n", support::engine::unique());
    engine.must_build(request(&context(&steps), Builder::Classic)).await.0
}

#[tokio::test(flavor = "multi_thread")]
async fn an_engines_image_is_read_once() {
    let engine = TestEngine::shared().await;
    let id = built(&engine).await;
    let folder = tempfile::tempdir().unwrap();
    let read = async |reader: &ImageReader| {
        let (sink, bytes) = counter();
        let source = ImageSource::Engine { engine: &engine.engine, id: &id };
        (reader.read(source, &sink, &CancellationToken::new()).await.unwrap(), bytes.load(Ordering::Relaxed))
    };
    let (whole, bytes) = read(&ImageReader::with_store(folder.path(), 64)).await;
    assert!(bytes > 1 << 20, "all of busybox, {bytes} bytes");
    let contents = &whole.contents;
    assert!(contents.get("/data/gone").is_none() && contents.get("/data/old").is_none());
    assert!(contents.get("/opt/low").is_none() && contents.get("/opt/high").is_some());
    assert_eq!(contents.bytes("/etc/os-release").unwrap().unwrap().as_ref(), b"ID=alpine\n");
    let hard = contents.get("/data/hard").unwrap();
    assert_eq!((hard.file.stat.size, hard.file.stat.mode), (4, 0o4755), "the file it names is gone");
    assert_eq!((whole.config.config.user.as_deref(), whole.config.label("RUN")), (Some("7"), Some("docker run IMAGE")));
    assert_eq!(whole.config.rootfs.diff_ids.len(), contents.layers().len());
    assert!(whole.config.created.is_some());
    // Another call finds all of it.
    let (again, bytes) = read(&ImageReader::with_store(folder.path(), 64)).await;
    assert_eq!((bytes, &again.config), (0, &whole.config));
    assert_eq!(shown(&again.contents), shown(contents));
    // What is damaged is read anew.
    let records: Vec<_> = walk(folder.path()).into_iter().filter(|path| path.ends_with("record")).collect();
    assert!(!records.is_empty());
    records.iter().for_each(|record| std::fs::write(record, "damaged").unwrap());
    let (repaired, bytes) = read(&ImageReader::with_store(folder.path(), 64)).await;
    assert!(bytes > 1 << 20);
    assert_eq!(shown(&repaired.contents), shown(contents));
}

#[tokio::test(flavor = "multi_thread")]
async fn images_share_what_they_are_built_on() {
    let engine = TestEngine::shared().await;
    let base = built(&engine).await;
    let name = engine.name("shared");
    cooperage::engine::Engine::tag(&engine.engine, &base, &name).await.unwrap();
    let text = |at: usize| format!("FROM {name}\nCOPY busybox /copy{at}\n# {}\n", support::engine::unique());
    let mut images = vec![base];
    for at in 0..3 {
        images.push(engine.must_build(request(&raw_context(&text(at)), Builder::Classic)).await.0);
    }
    let reader = ImageReader::without_store();
    let (sink, cancel) = (counter().0, CancellationToken::new());
    let read = images.iter().map(|id| reader.read(ImageSource::Engine { engine: &engine.engine, id }, &sink, &cancel));
    let all: Vec<Whole> = futures_util::future::join_all(read).await.into_iter().map(Result::unwrap).collect();
    for (at, whole) in all[1..].iter().enumerate() {
        assert!(Arc::ptr_eq(&whole.contents.layers()[0], &all[0].contents.layers()[0]), "one record in memory");
        let copy = whole.contents.get(&format!("/copy{at}")).unwrap();
        assert_eq!(copy.file.sha256, whole.contents.get("/bin/busybox").unwrap().file.sha256);
        assert_eq!(copy.layer + 1, whole.contents.layers().len());
    }
}

/// All files below a folder.
fn walk(folder: &Path) -> Vec<std::path::PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap().flatten().map(|entry| entry.path());
    entries.flat_map(|path| if path.is_dir() { walk(&path) } else { vec![path] }).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_engine_does_not_have_is_said() {
    let engine = TestEngine::shared().await;
    let id = Digest::of(b"nothing");
    let source = ImageSource::Engine { engine: &engine.engine, id: &id };
    let error = ImageReader::without_store().read(source, &counter().0, &CancellationToken::new()).await.unwrap_err();
    assert!(error.to_string().contains("was not found"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cancelled_call_ends_at_once() {
    let engine = TestEngine::shared().await;
    let id = built(&engine).await;
    let cancel = CancellationToken::new();
    let ends = cancel.clone();
    let sink: ProgressSink = Arc::new(move |_, _| ends.cancel());
    let source = ImageSource::Engine { engine: &engine.engine, id: &id };
    let error = ImageReader::without_store().read(source, &sink, &cancel).await.unwrap_err();
    assert_eq!(error.to_string(), "cancelled");
}
