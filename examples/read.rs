//! Reads images as scanners see them, all at once, and tells what it found and took.
//!
//! ```text
//! cargo run --release --example read -- [--store FOLDER] IMAGE…
//! cargo run --release --example read -- --store /tmp/layers debian:bookworm oci:folder:1
//! ```
//! Images are the engine's (`$COOPERAGE_ENGINE`), or stand in OCI layouts.

use cooperage::engine::{Address, Candidate, Engine, connect};
use cooperage::name::Tag;
use cooperage::registry::{Layout, Lookup, Named, Repository as _};
use cooperage::scan::{ImageReader, ImageSource, Whole};
use std::error::Error;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;
use tokio_util::sync::CancellationToken;

type Failed = Box<dyn Error>;

async fn read(reader: &ImageReader, text: &str) -> Result<Whole, Failed> {
    let (progress, cancel): (cooperage::engine::ProgressSink, _) = (Arc::new(|_, _| {}), CancellationToken::new());
    if let Some((folder, tag)) = text.strip_prefix("oci:").and_then(|rest| rest.rsplit_once(':')) {
        let layout = Layout::open(Path::new(folder))?;
        let Lookup::Found(digest) = layout.head(Named::Tag(&Tag::parse(tag)?)).await? else { return Err("there is no such tag".into()) };
        let source = ImageSource::Repository { repository: &layout, digest: &digest, platform: "linux/amd64" };
        return Ok(reader.read(source, &progress, &cancel).await?);
    }
    let url = std::env::var("COOPERAGE_ENGINE")?;
    let candidate = Candidate { address: Address::parse(&url, None), origin: "COOPERAGE_ENGINE".to_owned(), named: true };
    let engine = connect(vec![candidate]).await?;
    let id = engine.inspect(text).await?.ok_or("there is no such image")?.id;
    Ok(reader.read(ImageSource::Engine { engine: &engine, id: &id }, &progress, &cancel).await?)
}

#[tokio::main]
async fn main() -> Result<(), Failed> {
    let mut images: Vec<String> = std::env::args().skip(1).collect();
    let reader = match images.first().map(String::as_str) {
        Some("--store") if images.len() > 2 => {
            let folder = images.drain(..2).next_back().unwrap_or_default();
            ImageReader::with_store(Path::new(&folder), 2048)
        }
        Some(_) => ImageReader::without_store(),
        None => return Err("usage: read [--store FOLDER] IMAGE…".into()),
    };
    let started = Instant::now();
    let all = futures_util::future::join_all(images.iter().map(|image| read(&reader, image))).await;
    for (image, whole) in images.iter().zip(all) {
        let whole = whole?;
        let bytes: u64 = whole.contents.files().map(|(_, found)| found.file.stat.size).sum();
        let packages = cooperage::scan::inventory::take(&whole.contents).packages.len();
        println!(
            "{image}: {} layers, {} files, {bytes} bytes, {packages} packages",
            whole.contents.layers().len(),
            whole.contents.files().count()
        );
    }
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let memory = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or("unknown").trim();
    println!("{} ms, at most {memory}", started.elapsed().as_millis());
    Ok(())
}
