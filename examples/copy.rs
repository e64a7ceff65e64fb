//! Copies an image from one registry to another, or to an OCI layout, and tells what it did and took.
//!
//! ```text
//! cargo run --release --example copy -- FROM TO
//! cargo run --release --example copy -- localhost:5000/team/app:1 oci:folder:1
//! ```

use cooperage::name::{Reference, Tag};
use cooperage::registry::{
    Client, CopyOptions, Keychain, KeychainSources, Layout, Lookup, Named, Registry as _, RegistryOptions, Repository, copy,
};
use std::error::Error;
use std::path::Path;
use std::sync::Arc;
use tokio_util::sync::CancellationToken;

/// A repository and a tag in it.
type Place = (Arc<dyn Repository>, Tag);

fn place(client: &Client, text: &str) -> Result<Place, Box<dyn Error>> {
    if let Some((folder, tag)) = text.strip_prefix("oci:").and_then(|rest| rest.rsplit_once(':')) {
        return Ok((Arc::new(Layout::open(Path::new(folder))?), Tag::parse(tag)?));
    }
    let reference = Reference::parse(text)?;
    let tag = reference.tag().cloned().unwrap_or_else(Tag::latest);
    Ok((client.repository(&reference)?, tag))
}

/// The most memory this process has held, in KB, as Linux counts it.
fn memory() -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or("unknown").trim().to_owned()
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let [from, to] = std::env::args().skip(1).collect::<Vec<_>>().try_into().map_err(|_| "usage: copy FROM TO")?;
    let client = Client::new(RegistryOptions::default(), Arc::new(Keychain::load(KeychainSources::default())?))?;
    let ((from, tag), (to, new)) = (place(&client, &from)?, place(&client, &to)?);
    let Lookup::Found(digest) = from.head(Named::Tag(&tag)).await? else { return Err(format!("there is no {}:{tag}", from.name()).into()) };
    let copied = copy(&*from, &digest, &*to, &CopyOptions::default(), &(Arc::new(|_, _| {}) as _), &CancellationToken::new()).await?;
    to.put_manifest(Named::Tag(&new), &from.manifest(Named::Digest(&digest)).await?).await?;
    println!("{digest}: {copied:?}; {} of memory at most", memory());
    Ok(())
}
