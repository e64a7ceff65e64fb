//! Members as programs write them, and as somebody hostile does.

use super::*;

/// A header; the checksum is put in at the end.
struct Block([u8; BLOCK]);

impl Block {
    fn new(path: &str, flag: u8, size: u64) -> Self {
        let mut block = Self([0; BLOCK]);
        block.put(0, path.as_bytes()).put(100, b"0000644\0").put(124, format!("{size:011o}\0").as_bytes()).put(257, b"ustar\x0000");
        block.0[156] = flag;
        block
    }

    fn put(&mut self, at: usize, bytes: &[u8]) -> &mut Self {
        self.0[at..at + bytes.len()].copy_from_slice(bytes);
        self
    }

    fn done(&mut self) -> Vec<u8> {
        self.put(148, b"        ");
        let sum: u32 = self.0.iter().map(|byte| u32::from(*byte)).sum();
        self.put(148, format!("{sum:06o}\0 ").as_bytes());
        self.0.to_vec()
    }
}

fn padded(bytes: &[u8]) -> Vec<u8> {
    let mut all = bytes.to_vec();
    all.resize(bytes.len().next_multiple_of(BLOCK), 0);
    all
}

fn file(path: &str, bytes: &[u8]) -> Vec<u8> {
    [Block::new(path, b'0', bytes.len() as u64).done(), padded(bytes)].concat()
}

fn extended(records: &[(&str, &[u8])]) -> Vec<u8> {
    let mut text = Vec::new();
    for (key, value) in records {
        let rest = key.len() + value.len() + 3;
        let length = (rest..).find(|length| length.to_string().len() + rest == *length).unwrap();
        text.extend([format!("{length} {key}=").as_bytes(), value, b"\n"].concat());
    }
    [Block::new("x", b'x', text.len() as u64).done(), padded(&text)].concat()
}

fn end() -> Vec<u8> {
    vec![0; 2 * BLOCK]
}

/// All members, with their contents.
fn read(parts: &[Vec<u8>]) -> io::Result<Vec<(Member, Vec<u8>)>> {
    let bytes = parts.concat();
    let mut tar = Tar::new(bytes.as_slice());
    let mut found = Vec::new();
    while let Some(member) = tar.next_member()? {
        let mut content = Vec::new();
        tar.read_to_end(&mut content)?;
        found.push((member, content));
    }
    Ok(found)
}

#[test]
fn extended_headers_say_more() {
    let long = "d/".repeat(200) + "file";
    let head = extended(&[
        ("path", long.as_bytes()),
        ("size", b"3"),
        ("uid", b"4000000000"),
        ("mtime", b"-1.5"),
        ("SCHILY.xattr.security.capability", b"\x01\0\0\x02=\n\x80"),
    ]);
    let found = read(&[head, Block::new("short", b'0', 0).done(), padded(b"abc"), file("next", b"x"), end()]).unwrap();
    let (member, content) = &found[0];
    assert_eq!((member.path.as_str(), member.stat.size, member.stat.uid, member.stat.mtime), (long.as_str(), 3, 4_000_000_000, -2));
    assert_eq!(member.capabilities.as_deref(), Some(b"\x01\0\0\x02=\n\x80".as_slice()));
    assert_eq!((content.as_slice(), found[1].0.path.as_str()), (b"abc".as_slice(), "next"));
    assert_eq!(found[1].0.capabilities, None, "it was said of one member");
}

#[test]
fn long_names_of_gnu() {
    let name = "n".repeat(300);
    let long = |flag, text: &str| {
        [Block::new("././@LongLink", flag, text.len() as u64 + 1).done(), padded(format!("{text}\0").as_bytes())].concat()
    };
    let found = read(&[long(b'L', &name), long(b'K', "target"), Block::new("cut", b'2', 0).done(), end()]).unwrap();
    assert_eq!((&found[0].0.path, &found[0].0.kind), (&name, &MemberKind::Link("target".to_owned())));
}

#[test]
fn the_folder_of_ustar_and_devices() {
    let mut block = Block::new("name", b'3', 0);
    block.put(329, b"0000010\0").put(337, b"0000003\0").put(345, b"some/folder");
    let found = read(&[block.done(), Block::new("old/", 0, 0).done(), end()]).unwrap();
    assert_eq!(
        (found[0].0.path.as_str(), &found[0].0.kind),
        ("some/folder/name", &MemberKind::Device(Device { block: false, major: 8, minor: 3 }))
    );
    assert_eq!(found[1].0.kind, MemberKind::Folder);
}

#[test]
fn only_files_have_bytes() {
    // A hard link that claims some would hide the file behind it from readers that believe it.
    let found = read(&[Block::new("link", b'1', 1024).done(), file("seen", b"x"), end()]).unwrap();
    assert_eq!(found.iter().map(|(member, _)| member.path.as_str()).collect::<Vec<_>>(), ["link", "seen"]);
}

#[test]
fn files_with_holes() {
    // GNU's own: two pieces here, one in a block of its own.
    let mut block = Block::new("old", b'S', 6);
    let number = |number: u64| format!("{number:011o}\0");
    block.put(257, b"ustar  \0").put(386, number(2).as_bytes()).put(398, number(2).as_bytes());
    block.put(482, b"\x01").put(483, number(14).as_bytes());
    let mut more = vec![0; BLOCK];
    more[..24].copy_from_slice([number(8), number(4)].concat().as_bytes());
    let found = read(&[block.done(), more, padded(b"abcdef"), file("next", b"x"), end()]).unwrap();
    assert_eq!((found[0].0.stat.size, found[0].0.stored, found[0].1.as_slice()), (14, 6, b"\0\0ab\0\0\0\0cdef\0\0".as_slice()));
    assert_eq!(found[1].1, b"x");
    // The three of pax.
    let content = b"\0\0ab\0";
    let map = extended(&[("GNU.sparse.size", b"5"), ("GNU.sparse.map", b"2,2"), ("GNU.sparse.name", b"n")]);
    let pairs = extended(&[("GNU.sparse.size", b"5"), ("GNU.sparse.offset", b"2"), ("GNU.sparse.numbytes", b"2")]);
    for head in [map, pairs] {
        assert_eq!(read(&[head, file("x", b"ab"), end()]).unwrap()[0].1, content);
    }
    let head =
        extended(&[("GNU.sparse.major", b"1"), ("GNU.sparse.minor", b"0"), ("GNU.sparse.realsize", b"5"), ("GNU.sparse.name", b"n")]);
    let found = read(&[head, file("x", &[padded(b"1\n2\n2\n").as_slice(), b"ab"].concat()), file("next", b"x"), end()]).unwrap();
    assert_eq!((found[0].0.path.as_str(), found[0].1.as_slice(), found[1].1.as_slice()), ("n", content.as_slice(), b"x".as_slice()));
}

#[test]
fn holes_of_ten_gigabytes_are_passed_over() {
    let head = extended(&[("GNU.sparse.size", b"10737418240"), ("GNU.sparse.map", b"0,1")]);
    let bytes = [head, file("huge", b"x"), file("next", b"y"), end()].concat();
    let mut tar = Tar::new(bytes.as_slice());
    let huge = tar.next_member().unwrap().unwrap();
    assert_eq!((huge.stat.size, huge.stored), (10 << 30, 1));
    assert_eq!(tar.next_member().unwrap().unwrap().path, "next");
}

#[test]
fn what_is_wrong_is_an_error() {
    let error = |parts: &[Vec<u8>]| read(parts).unwrap_err().to_string();
    let good = file("a", &[b'x'; 1000]);
    assert!(read(std::slice::from_ref(&good)).is_ok(), "an end without zeros is one");
    assert!(error(&[good[..900].to_vec()]).contains("ends within"));
    assert!(error(&[good[..300].to_vec()]).contains("ends within"));
    assert!(error(&[good.clone(), vec![b'x'; BLOCK]]).contains("checksum"));
    assert!(error(&[good.clone(), vec![0; BLOCK], good.clone()]).contains("empty block"));
    assert!(error(&[Block::new("x", b'x', 10 << 30).done()]).contains("more than is read"), "an extended header of ten gigabytes");
    assert!(error(&[Block::new("x", b'x', 20).done(), padded(b"99999999 path=a\n")]).contains("extended header"));
    assert!(error(&[extended(&[("size", b"many")]), good.clone()]).contains("number"));
    assert!(error(&[extended(&[("path", b"a\0b")]), good.clone()]).contains("zero byte"));
    for map in [&b"5,9"[..], b"3,1,1,1", b"0,9", b"18446744073709551615,2"] {
        assert!(error(&[extended(&[("GNU.sparse.size", b"8"), ("GNU.sparse.map", map)]), file("a", b"x")]).contains("sparse"), "{map:?}");
    }
    let endless = extended(&[("GNU.sparse.major", b"1"), ("GNU.sparse.realsize", b"5")]);
    assert!(error(&[endless, file("a", &[b'1'; 2048])]).contains("sparse"));
}
