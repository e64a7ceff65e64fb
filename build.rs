//! Says by which rules layers are read: a digest of the sources that do it. Records that other rules wrote are not read.

use std::fs;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::io;
use std::path::{Path, PathBuf};

fn main() -> io::Result<()> {
    let mut files = vec![PathBuf::from("Cargo.lock")];
    for folder in ["src/archive", "src/layers", "src/scan"] {
        println!("cargo::rerun-if-changed={folder}");
        sources(Path::new(folder), &mut files)?;
    }
    println!("cargo::rerun-if-changed=Cargo.lock");
    files.sort();
    let mut hasher = DefaultHasher::new();
    for file in files.iter().filter(|file| file.exists()) {
        (file, fs::read(file)?).hash(&mut hasher);
    }
    println!("cargo::rustc-env=COOPERAGE_SCAN_RULES=rules-{:016x}", hasher.finish());
    Ok(())
}

fn sources(folder: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() { sources(&path, files)? } else { files.push(path) }
    }
    Ok(())
}
