//! Layers as they are, and hostile ones.

use super::*;
use crate::name::Digest;
use crate::scan::{Content, Embedded, Leak};
use std::collections::BTreeSet;
use std::io::Write as _;

/// Wants what has `wanted` in its path, examines what begins with ELF, and finds the word `secret`.
const INTEREST: Interest = Interest {
    wants: &[|path| path.contains("wanted")],
    through: |_| false,
    more: BTreeSet::new(),
    examines: |_, head| head.starts_with(b"ELF"),
    examine: |path, file| {
        let mut text = Vec::new();
        let trouble = file.read_to_end(&mut text).err().map(|error| error.to_string());
        Embedded { path: path.to_owned(), packages: Vec::new(), trouble: trouble.or_else(|| Some(format!("{} bytes", text.len()))) }
    },
    leaks: &[|path, text| {
        let found = text.windows(6).any(|part| part == b"secret");
        found.then(|| Leak { path: path.to_owned(), rule: "word".to_owned(), line: 1 }).into_iter().collect()
    }],
};

struct Layer(tar::Builder<Vec<u8>>);

impl Layer {
    fn new() -> Self {
        Self(tar::Builder::new(Vec::new()))
    }

    /// Something that is no file.
    fn entry(mut self, kind: tar::EntryType, path: &str, target: &str) -> Self {
        let mut header = tar::Header::new_gnu();
        header.set_entry_type(kind);
        header.set_mode(0o777);
        header.set_size(0);
        // As it stands: `..` and a leading slash are what somebody hostile writes.
        header.as_old_mut().name[..path.len()].copy_from_slice(path.as_bytes());
        header.as_old_mut().linkname[..target.len()].copy_from_slice(target.as_bytes());
        header.set_cksum();
        self.0.append(&header, std::io::empty()).unwrap();
        self
    }

    fn file(mut self, path: &str, bytes: &[u8]) -> Self {
        let mut header = tar::Header::new_gnu();
        header.set_size(bytes.len() as u64);
        header.set_mode(0o4755);
        header.set_uid(7);
        header.set_mtime(1_700_000_000);
        header.as_old_mut().name[..path.len()].copy_from_slice(path.as_bytes());
        header.set_cksum();
        self.0.append(&header, bytes).unwrap();
        self
    }

    /// A file of 2 MiB that is all holes but for its beginning, of one block.
    fn holey(mut self, path: &str, begins: &[u8]) -> Self {
        let mut header = tar::Header::new_gnu();
        header.set_entry_type(tar::EntryType::GNUSparse);
        header.set_size(512);
        header.set_mode(0o644);
        let gnu = header.as_gnu_mut().unwrap();
        gnu.name[..path.len()].copy_from_slice(path.as_bytes());
        gnu.realsize[..11].copy_from_slice(b"00010000000");
        for (part, (offset, length)) in gnu.sparse.iter_mut().zip([(b"00000000000", b"00000001000"), (b"00010000000", b"00000000000")]) {
            part.offset[..11].copy_from_slice(offset);
            part.numbytes[..11].copy_from_slice(length);
        }
        header.set_cksum();
        let block = [begins, &vec![0; 512 - begins.len()]].concat();
        self.0.append(&header, block.as_slice()).unwrap();
        self
    }

    fn done(self) -> Vec<u8> {
        self.0.into_inner().unwrap()
    }
}

fn read_with(bytes: &[u8], limits: Limits) -> Result<LayerRecord, String> {
    let folder = tempfile::tempdir().unwrap();
    let packing = Packing::of(&bytes[..bytes.len().min(crate::archive::HEAD)]).expect("a layer");
    read(bytes, packing, folder.path(), &INTEREST, limits).map_err(|error| error.to_string()).inspect(|record| {
        // Read before the folder goes.
        for (path, content) in &record.contents {
            if let Content::Spooled(copy) = content {
                assert!(copy.starts_with(folder.path()) && copy.is_file(), "{path}");
            }
        }
    })
}

fn read_all(bytes: &[u8]) -> Result<LayerRecord, String> {
    read_with(bytes, Limits::USUAL)
}

fn paths(record: &LayerRecord) -> Vec<&str> {
    record.files.iter().map(|file| file.path.as_str()).collect()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn one_pass_gives_all_that_scanners_want() {
    let program = [b"ELF".as_slice(), &vec![7; 3 << 20]].concat();
    let tar = Layer::new()
        .file("wanted", b"abc")
        .file("bin/program", &program)
        .file("key", b"a secret")
        .entry(tar::EntryType::Directory, "etc/", "")
        .done();
    let record = read_all(&tar).unwrap();
    assert_eq!(record.diff_id, Some(Digest::of(&tar)));
    let file = &record.files[0];
    assert_eq!((file.stat.mode, file.stat.uid, file.stat.size, file.stat.mtime), (0o4755, 7, 3, 1_700_000_000));
    // Source: RFC 1321, FIPS 180-4, "abc".
    assert_eq!(hex(&file.md5.unwrap()), "900150983cd24fb0d6963f7d28e17f72");
    assert!(hex(&file.sha256.unwrap()).starts_with("ba7816bf8f01cfea414140de5dae2223"));
    assert!(matches!(record.contents.as_slice(), [(path, Content::Held(bytes))] if path == "/wanted" && bytes.as_ref() == b"abc"));
    assert_eq!(record.embedded[0].trouble.as_deref(), Some("3145731 bytes"), "a large file is examined as a whole");
    assert_eq!(record.leaks[0].path, "/key");
    assert!(record.files[3].md5.is_none());
}

#[test]
fn all_packings_give_the_same() {
    let tar = Layer::new().file("wanted", b"abc").done();
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(&tar).unwrap();
    let zstd = ruzstd::encoding::compress_to_vec(tar.as_slice(), ruzstd::encoding::CompressionLevel::Fastest);
    for packed in [gzip.finish().unwrap(), zstd] {
        let record = read_all(&packed).unwrap();
        assert_eq!((record.diff_id, record.files.len()), (Some(Digest::of(&tar)), 1));
        for end in [packed.len() / 2, packed.len() - 1] {
            assert!(read_all(&packed[..end]).is_err(), "cut at {end}");
        }
    }
}

#[test]
fn large_contents_go_to_the_disk() {
    let tar = Layer::new().file("wanted", &vec![1; 300 << 10]).file("wanted/larger", &vec![2; 5 << 20]).done();
    let record = read_all(&tar).unwrap();
    assert!(record.contents.iter().all(|(_, content)| matches!(content, Content::Spooled(_))), "{:?}", record.contents);
    let small = Limits { content: 4 << 20, contents: 256 << 10, ..Limits::USUAL };
    let record = read_with(&tar, small).unwrap();
    assert!(
        matches!(record.contents.as_slice(), [(_, Content::TooLarge(first)), (_, Content::TooLarge(second))] if (*first, *second) == (300 << 10, 5 << 20))
    );
}

#[test]
fn what_is_mostly_holes_is_told_and_not_read() {
    let tar = Layer::new().holey("bin/program", b"ELF").holey("text", b"abc").holey("wanted", b"abc").file("b", b"b").done();
    let record = read_with(&tar, Limits { sparse: 1 << 20, ..Limits::USUAL }).unwrap();
    assert_eq!(paths(&record), ["/bin/program", "/text", "/wanted", "/b"]);
    let troubles: Vec<_> = record.embedded.iter().map(|one| (one.path.as_str(), one.trouble.as_deref().unwrap())).collect();
    assert_eq!(troubles, [("/bin/program", "it has 2097152 bytes, more than is examined")]);
    assert!(matches!(record.contents.as_slice(), [(path, Content::TooLarge(2_097_152))] if path == "/wanted"));
    let whole = read_all(&tar).unwrap();
    assert_eq!(whole.embedded[0].trouble.as_deref(), Some("2097152 bytes"));
}

#[test]
fn nothing_leads_out_of_the_image() {
    let tar = Layer::new()
        .file("../../etc/wanted", b"a")
        .file("/absolute", b"b")
        .file("a/../../b", b"c")
        .entry(tar::EntryType::Symlink, "out", "../../..")
        .file("out/x", b"d");
    let record = read_all(&tar.done()).unwrap();
    assert_eq!(paths(&record), ["/etc/wanted", "/absolute", "/b", "/out", "/x"]);
}

#[test]
fn what_comes_through_a_link_lands_where_it_leads() {
    let link = |layer: Layer, path, text| layer.entry(tar::EntryType::Symlink, path, text);
    let tar = link(Layer::new(), "lib", "usr/lib").file("lib/wanted", b"a");
    let tar = link(tar, "loop", "loop/x").file("loop/y", b"b");
    let record = read_all(&tar.done()).unwrap();
    assert_eq!(record.files[1].path, "/usr/lib/wanted");
    assert_eq!(record.contents[0].0, "/usr/lib/wanted");
    assert_eq!(record.files.len(), 4, "a circle ends");
}

#[test]
fn hard_links_have_what_the_file_has() {
    let hard = |layer: Layer, path, target| layer.entry(tar::EntryType::Link, path, target);
    let tar = hard(hard(hard(Layer::new().file("a", b"abc"), "b", "a"), "c", "b"), "lost", "../nowhere").file("a", b"new");
    let files = read_all(&tar.done()).unwrap().files;
    let digest = |at: usize| files[at].md5.map(|md5| hex(&md5));
    assert!(digest(0).is_some() && digest(0) == digest(1) && digest(1) == digest(2));
    assert_eq!((files[2].stat.size, files[2].stat.mode, &files[2].kind), (3, 0o4755, &Kind::HardLink("/b".to_owned())));
    assert_eq!((files[3].md5, &files[3].kind), (None, &Kind::HardLink("/nowhere".to_owned())));
}

#[test]
fn there_is_a_limit_to_everything() {
    let many = (0..20).fold(Layer::new(), |layer, at| layer.file(&format!("file{at}"), b"x")).done();
    let limited = |limits: Limits| read_with(&many, limits).unwrap_err();
    assert!(limited(Limits { files: 19, ..Limits::USUAL }).contains("more than 19 files"));
    assert!(limited(Limits { names: 50, ..Limits::USUAL }).contains("names"));
    assert!(limited(Limits { folders: 0, ..Limits::USUAL }).contains(" 0 folders"));
    assert!(limited(Limits { bytes: 5000, ..Limits::USUAL }).contains("more than is read"));
    assert!(read_with(&many, Limits { files: 20, ..Limits::USUAL }).is_ok());
}

/// A tar with a path as long as any, told in a header of its own.
fn with_pax(paths: impl Iterator<Item = String>) -> Vec<u8> {
    let mut tar = tar::Builder::new(Vec::new());
    for path in paths {
        tar.append_pax_extensions([("path", path.as_bytes())]).unwrap();
        let mut header = tar::Header::new_ustar();
        header.set_size(0);
        header.set_cksum();
        tar.append(&header, std::io::empty()).unwrap();
    }
    tar.into_inner().unwrap()
}

#[test]
fn paths_that_are_long_or_deep_are_refused_before_they_are_kept() {
    let refused = |paths: &mut dyn Iterator<Item = String>| read_all(&with_pax(paths)).unwrap_err();
    assert!(refused(&mut std::iter::once("x".repeat((1 << 20) - 30))).contains("longer than 4096 bytes"));
    assert!(refused(&mut std::iter::once("x/".repeat(4000))).contains("longer than 4096 bytes or deeper than 512 folders"));
    // Each stands in five hundred folders that no other one has.
    let deep = |at: usize| format!("{at}/{}x", "d/".repeat(500));
    let limits = Limits { folders: 4000, ..Limits::USUAL };
    assert!(read_with(&with_pax((0..8).map(deep)), limits).unwrap_err().contains("4000 folders"));
    // What shares its folders is as many as it likes.
    let wide = |at: usize| format!("{}{at}", "d/".repeat(500));
    assert_eq!(read_with(&with_pax((0..90).map(wide)), limits).unwrap().files.len(), 90);
}

#[test]
fn long_names_of_gnu_tar_are_read_like_those_of_pax() {
    let path = format!("{}wanted", "folder/".repeat(100));
    let mut tar = tar::Builder::new(Vec::new());
    let mut header = tar::Header::new_gnu();
    header.set_size(3);
    header.set_mode(0o644);
    tar.append_data(&mut header, &path, &b"abc"[..]).unwrap();
    let record = read_all(&tar.into_inner().unwrap()).unwrap();
    assert_eq!((paths(&record), record.contents.len()), (vec![format!("/{path}").as_str()], 1));
}

#[test]
fn a_cut_layer_is_an_error() {
    let tar = Layer::new().file("a", &[b'x'; 5000]).done();
    for end in [700, 512 + 5000, 3000] {
        assert!(read_all(&tar[..end]).unwrap_err().contains("ends"), "{end}");
    }
}
