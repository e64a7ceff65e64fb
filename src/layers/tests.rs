//! Archives as engines write them, and damaged ones.

use super::samples::archive;
use super::*;
use std::io::Write as _;

/// An entry of a tar: path, what it is, mode and owner, text or target.
type Line<'a> = (&'a str, char, u32, u64, &'a str);

fn tar(lines: &[Line<'_>]) -> Vec<u8> {
    let mut tar = tar::Builder::new(Vec::new());
    for (path, kind, mode, uid, text) in lines {
        let mut header = tar::Header::new_gnu();
        header.set_mode(*mode);
        header.set_uid(*uid);
        header.set_gid(*uid + 1);
        header.set_size(0);
        header.set_entry_type(match kind {
            'd' => tar::EntryType::Directory,
            'l' => tar::EntryType::Symlink,
            'h' => tar::EntryType::Link,
            'p' => tar::EntryType::Fifo,
            _ => tar::EntryType::Regular,
        });
        match kind {
            'l' | 'h' => tar.append_link(&mut header, path, text).unwrap(),
            'f' => {
                header.set_size(text.len() as u64);
                tar.append_data(&mut header, path, text.as_bytes()).unwrap();
            }
            _ => tar.append_data(&mut header, path, std::io::empty()).unwrap(),
        }
    }
    tar.into_inner().unwrap()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packed.write_all(bytes).unwrap();
    packed.finish().unwrap()
}

/// Reads until nothing is unknown, and counts the readings.
fn look(archive: &[u8], path: &str) -> (Lookup, usize) {
    let mut wanted = Wanted::default();
    wanted.content(path);
    for readings in 1..10 {
        let files = Files::read(archive, wanted).unwrap();
        match files.look(path) {
            Lookup::Unknown { path, content } => {
                wanted = files.wanted();
                if content {
                    wanted.content(&path)
                } else {
                    wanted.path(&path)
                };
            }
            found => return (found, readings),
        }
    }
    panic!("{path} leads on and on");
}

fn text(found: &Lookup) -> String {
    match found {
        Lookup::Found(found) => match &found.content {
            Some(Content::Bytes(bytes)) => String::from_utf8(bytes.to_vec()).unwrap(),
            _ => format!("{:?}", found.entry.kind),
        },
        Lookup::Not(why) => format!("{why:?}"),
        other => panic!("{other:?}"),
    }
}

#[test]
fn upper_layers_replace_remove_and_hide() {
    let lower = tar(&[
        ("a", 'd', 0o755, 0, ""),
        ("a/kept", 'f', 0o644, 0, "low"),
        ("a/over", 'f', 0o644, 0, "low"),
        ("a/gone", 'f', 0o644, 0, "low"),
        ("b/old", 'f', 0o644, 0, "low"),
        ("c/d/deep", 'f', 0o644, 0, "low"),
        ("e/x", 'f', 0o644, 0, "low"),
    ]);
    let upper = tar(&[
        ("a/over", 'f', 0o600, 5, "high"),
        ("a/.wh.gone", 'f', 0o644, 0, ""),
        ("b", 'd', 0o700, 0, ""),
        ("b/.wh..wh..opq", 'f', 0o644, 0, ""),
        ("b/new", 'f', 0o644, 0, "high"),
        (".wh.c", 'f', 0o644, 0, ""),
        ("e", 'f', 0o644, 0, "no folder any more"),
    ]);
    // The upper layer comes first in the archive, packed.
    let archive = archive(&[gzip(&upper), lower], &[1, 0]);
    let expected = [
        ("/a/kept", "low"),
        ("/a/over", "high"),
        ("/a/gone", "Absent"),
        ("/b/old", "Absent"),
        ("/b/new", "high"),
        ("/b", "Folder"),
        ("/c/d/deep", "Absent"),
        ("/c", "Absent"),
        ("/e/x", "Absent"),
        ("/e", "no folder any more"),
        ("/", "Folder"),
    ];
    for (path, text_there) in expected {
        let (found, readings) = look(&archive, path);
        assert_eq!((text(&found).as_str(), readings), (text_there, 1), "{path}");
    }
    let (Lookup::Found(over), _) = look(&archive, "a/./over/../over") else { panic!("it is there") };
    assert_eq!((over.entry.stat.mode, over.entry.stat.uid, over.entry.stat.gid), (0o600, 5, 6));
}

#[test]
fn links_lead_on_inside_the_image_only() {
    let layer = tar(&[
        ("data", 'd', 0o755, 0, ""),
        ("data/abs", 'l', 0o777, 0, "/data/text"),
        ("data/loop", 'l', 0o777, 0, "loop"),
        ("data/text", 'f', 0o644, 0, "here"),
        ("data/hard", 'h', 0o644, 0, "data/text"),
        ("out", 'l', 0o777, 0, "../../../../data"),
        ("pipe", 'p', 0o644, 0, ""),
        ("zfolder", 'l', 0o777, 0, "data/"),
    ]);
    let archive = archive(&[layer], &[0]);
    let expected = [
        ("/data/abs", "Link(\"/data/text\")"),
        ("/data/loop", "Circle"),
        ("/out/text", "here"),
        ("/out/", "Folder"),
        ("/out", "Link(\"../../../../data\")"),
        ("/zfolder/abs", "Link(\"/data/text\")"),
        ("/data/hard", "here"),
        ("/pipe", "Other"),
        ("/data/text/below", "Absent"),
    ];
    for (path, there) in expected {
        assert_eq!(text(&look(&archive, path).0), there, "{path}");
    }
    // What a link leads to had passed already when the link came: that takes a second reading.
    assert_eq!(look(&archive, "/zfolder/text").1, 2);
    assert_eq!(look(&archive, "/out/text").1, 2);
}

#[test]
fn folders_are_listed_with_one_file_each() {
    let lower = tar(&[("doc/one/copyright", 'f', 0o644, 0, "MIT"), ("doc/two", 'd', 0o755, 0, ""), ("doc/three", 'd', 0o755, 0, "")]);
    let upper = tar(&[("doc/.wh.three", 'f', 0o644, 0, ""), ("doc/file", 'f', 0o644, 0, ""), ("doc/link", 'l', 0o777, 0, "one")]);
    let archive = archive(&[lower, upper], &[0, 1]);
    let mut wanted = Wanted::default();
    wanted.folders("/doc", "copyright");
    let files = Files::read(archive.as_slice(), wanted).unwrap();
    assert_eq!(files.folders("/doc").unwrap(), ["one", "two"]);
    assert_eq!(text(&files.look("/doc/one/copyright")), "MIT");
    assert_eq!(text(&files.look("/doc/two/copyright")), "Absent");
}

#[test]
fn damaged_archives_are_errors() {
    let good = archive(&[tar(&[("a", 'f', 0o644, 0, &"x".repeat(5000))])], &[0]);
    let read = |bytes: &[u8]| {
        let mut wanted = Wanted::default();
        wanted.content("/a");
        Files::read(bytes, wanted).map(drop).map_err(|error| error.to_string())
    };
    assert_eq!(read(&good), Ok(()));
    for end in [100, 600, 2000, 5000] {
        assert!(read(&good[..end]).is_err(), "{end}");
    }
    assert!(read(&archive::<Vec<u8>>(&[], &[0])).unwrap_err().contains("0/layer.tar is not in it"));
    assert!(read(&tar(&[("a", 'f', 0o644, 0, "x")])).unwrap_err().contains("manifest.json"));
    let packed = [&[0x28, 0xb5, 0x2f, 0xfd][..], &[0; 600]].concat();
    assert!(read(&archive(&[packed], &[0])).is_err(), "no zstd behind the mark of it");
    assert!(read(b"").is_err());
}

#[test]
fn large_files_are_not_kept() {
    let layer = samples::files([("big".to_owned(), vec![0; 65 << 20].as_slice())]);
    let (Lookup::Found(found), _) = look(&archive(&[gzip(&layer)], &[0]), "/big") else { panic!("it is there") };
    assert_eq!(found.content, Some(Content::TooLarge(64 << 20)));
}
