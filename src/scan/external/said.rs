//! What a program said, without the names of folders of ours: whoever reads it finds those no more, and what stands in
//! them are places of the image.

use std::path::Path;

/// How a program ended, and what it said.
pub(super) struct Said {
    /// None: stopped, for this reason.
    pub code: Result<i64, String>,
    pub stdout: Vec<u8>,
    pub stderr: Vec<u8>,
}

impl Said {
    /// With what the program was told in place of where that stands: paths below `rootfs` are those of the image, `sbom` is
    /// `{sbom}`, and files of the folder in which it ran have only their names.
    pub fn without(self, rootfs: Option<&str>, sbom: Option<&str>, ran_in: Option<&str>) -> Self {
        let known = [(rootfs, "/", "/"), (sbom, "{sbom}", "{sbom}/"), (ran_in, ".", "")];
        let plain = |bytes: Vec<u8>| {
            let named = known.iter().filter_map(|(path, whole, below)| Some(((*path)?, *whole, *below)));
            named.fold(bytes, |bytes, (path, whole, below)| forget(bytes, path, whole, below))
        };
        Self { code: self.code, stdout: plain(self.stdout), stderr: plain(self.stderr) }
    }
}

/// A path of ours replaced: by `whole`, and with the slash behind it by `below`.
fn forget(bytes: Vec<u8>, path: &str, whole: &str, below: &str) -> Vec<u8> {
    let path = path.trim_end_matches('/');
    let text = String::from_utf8_lossy(&bytes);
    if path.is_empty() || !text.contains(path) {
        return bytes;
    }
    text.replace(&format!("{path}/"), below).replace(path, whole).into_bytes()
}

/// A path as text.
pub(super) fn text(path: Option<&Path>) -> Option<String> {
    path.map(|path| path.display().to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_of_ours_are_places_of_the_image() {
        let said = |text: &str| Said { code: Ok(0), stdout: text.as_bytes().to_vec(), stderr: b"cannot read /tmp/b.json".to_vec() };
        let plain = said("/tmp/r/etc/x and /tmp/r, /tmp/w/out and /tmp/w").without(Some("/tmp/r"), Some("/tmp/b.json"), Some("/tmp/w"));
        assert_eq!(String::from_utf8_lossy(&plain.stdout), "/etc/x and /, out and .");
        assert_eq!(String::from_utf8_lossy(&plain.stderr), "cannot read {sbom}");
    }
}
