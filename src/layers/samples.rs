//! Archives of images for the tests of several rooms.

/// A tar with these files.
pub fn files<'a>(files: impl IntoIterator<Item = (String, &'a [u8])>) -> Vec<u8> {
    let mut tar = tar::Builder::new(Vec::new());
    for (path, bytes) in files {
        let mut header = tar::Header::new_gnu();
        header.set_size(bytes.len() as u64);
        header.set_mode(0o644);
        tar.append_data(&mut header, path, bytes).unwrap();
    }
    tar.into_inner().unwrap()
}

/// An archive whose layers stand in this order, and in the image in the order of `image`; `manifest.json` comes last.
pub fn archive<L: AsRef<[u8]>>(layers: &[L], image: &[usize]) -> Vec<u8> {
    let name = |at: usize| format!("{at}/layer.tar");
    let names: Vec<String> = image.iter().copied().map(name).collect();
    let manifest = serde_json::json!([{"Config": "config.json", "Layers": names}]).to_string();
    let layers = layers.iter().enumerate().map(|(at, bytes)| (name(at), bytes.as_ref()));
    files(layers.chain([("config.json".to_owned(), &b"{}"[..]), ("manifest.json".to_owned(), manifest.as_bytes())]))
}
