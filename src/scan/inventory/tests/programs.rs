//! Programs and archives.

use super::*;
use std::io::Write as _;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

fn archive(entries: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in entries {
        writer.start_file(*name, SimpleFileOptions::default()).unwrap();
        writer.write_all(bytes).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

fn looked(path: &str, bytes: &[u8]) -> (Vec<String>, Option<String>) {
    assert!(examines(path, &bytes[..bytes.len().min(HEAD)]), "{path}");
    let found = examine(path, &mut Cursor::new(bytes));
    (found.packages.iter().map(|package| format!("{} {}", package.name, package.version)).collect(), found.trouble)
}

fn pom(group: &str, artifact: &str, version: &str) -> Vec<u8> {
    format!("#Generated\ngroupId={group}\nartifactId = {artifact}\nversion:{version}\n").into_bytes()
}

#[test]
fn java_archives_tell_of_themselves_and_of_those_in_them() {
    let inner = archive(&[("META-INF/maven/g/inner/pom.properties", &pom("g", "inner", "2.0"))]);
    let plain =
        archive(&[("META-INF/MANIFEST.MF", b"Implementation-Version: 1.1\r\nImplementation-Vendor-Id: org.pl\r\n ain\r\n\r\nName: x\r\n")]);
    let war = archive(&[
        ("META-INF/MANIFEST.MF", b"Manifest-Version: 1.0\n"),
        ("WEB-INF/lib/inner-2.0.jar", &inner),
        ("WEB-INF/lib/plain.jar", &plain),
        ("WEB-INF/lib/named-3.1-jre.jar", &archive(&[("a", b"")])),
        ("WEB-INF/lib/unknown.jar", &archive(&[("a", b"")])),
    ]);
    let expected = ["g:inner 2.0", "named 3.1-jre", "org.plain:plain 1.1", "shop 1.0"];
    assert_eq!(looked("/opt/shop-1.0.war", &war), (expected.map(str::to_owned).to_vec(), None));
}

#[test]
fn a_jar_that_swallowed_others_is_still_itself() {
    let shaded = archive(&[
        ("META-INF/maven/a/a/pom.properties", &pom("a", "a", "1")),
        ("META-INF/maven/b/b/pom.properties", &pom("b", "b", "${v}")),
        ("META-INF/maven/c/c/pom.properties", &pom("c", "c", "3")),
    ]);
    assert_eq!(looked("/x/fat-9.jar", &shaded).0, ["a:a 1", "c:c 3", "fat 9"]);
}

#[test]
fn eggs_hold_their_metadata() {
    let egg = archive(&[("EGG-INFO/PKG-INFO", b"Name: e\nVersion: 1\n")]);
    assert_eq!(looked("/x/e-1-py3.9.egg", &egg), (vec!["e 1".to_owned()], None));
}

#[test]
fn archives_that_lie_are_troubles() {
    let mut deep = archive(&[("META-INF/maven/g/a/pom.properties", &pom("g", "a", "1"))]);
    for _ in 0..8 {
        deep = archive(&[("x.jar", &deep)]);
    }
    let bomb = archive(&[("META-INF/maven/g/a/pom.properties", &pom("g", "a", "1")), ("META-INF/MANIFEST.MF", &vec![b' '; 64 << 20])]);
    assert!(bomb.len() < 1 << 20);
    let whole = archive(&[("META-INF/MANIFEST.MF", b"Implementation-Version: 1\n")]);
    for (bytes, trouble) in [
        (&deep[..], "more than 5 deep"),
        (&bomb, "META-INF/MANIFEST.MF has more than 1048576 bytes"),
        (b"PK\x03\x04 no", "cannot be read"),
        (&whole[..whole.len() - 3], "cannot be read"),
    ] {
        let told = looked("/x.jar", bytes).1.unwrap_or_default();
        assert!(told.contains(trouble), "{told}");
    }
    for at in 0..whole.len() {
        let mut turned = whole.clone();
        turned[at] ^= 0x80;
        looked("/x.jar", &turned);
    }
}

/// An ELF file with one section; `big` for the other order of bytes, `wide` for 64 bits.
fn elf(name: &str, section: &[u8], wide: bool, big: bool) -> Vec<u8> {
    let number = |value: u64, width: usize| {
        let bytes = value.to_be_bytes()[8 - width..].to_vec();
        if big { bytes } else { bytes.into_iter().rev().collect() }
    };
    let word = if wide { 8 } else { 4 };
    let head = if wide { 64 } else { 52 };
    let names = format!("\0{name}\0");
    let table = head + section.len() + names.len();
    let mut bytes = vec![0x7f, b'E', b'L', b'F', 1 + u8::from(wide), 1 + u8::from(big), 1, 0];
    bytes.resize(16, 0);
    bytes.extend([number(2, 2), number(62, 2), number(1, 4), number(0, word), number(0, word), number(table as u64, word)].concat());
    let size = if wide { 64 } else { 40 };
    bytes.extend([number(0, 4), number(head as u64, 2), number(0, 2), number(0, 2), number(size, 2), number(2, 2), number(1, 2)].concat());
    bytes.extend_from_slice(section);
    bytes.extend_from_slice(names.as_bytes());
    for (name, offset, length) in [(1, head, section.len()), (0, head + section.len(), names.len())] {
        let mut entry =
            [number(name, 4), number(1, 4), number(0, word), number(0, word), number(offset as u64, word), number(length as u64, word)]
                .concat();
        entry.resize(size as usize, 0);
        bytes.extend(entry);
    }
    bytes
}

fn go(version: &str, modules: &str) -> Vec<u8> {
    let mut bytes = b"\xff Go buildinf:\x08\x02".to_vec();
    bytes.resize(32, 0);
    let mark = "0123456789abcdef";
    for text in [version.to_owned(), format!("{mark}{modules}{mark}")] {
        let mut size = text.len();
        while size >= 0x80 {
            bytes.push((size & 0x7f) as u8 | 0x80);
            size >>= 7;
        }
        bytes.push(size as u8);
        bytes.extend_from_slice(text.as_bytes());
    }
    bytes
}

const MODULES: &str = "path\texample.org/cmd\nmod\texample.org/cmd\t(devel)\t\ndep\texample.org/a\tv1.0.0\th1:x=\ndep\texample.org/b\tv1.0.0\n\
                       =>\texample.org/fork/b\tv1.2.0\th1:y=\nbuild\tvcs.revision=0123456789abcdef0123\nbuild\tvcs.time=2024-05-06T07:08:09Z\n";

#[test]
fn go_programs_tell_of_their_modules() {
    let expected =
        ["example.org/a v1.0.0", "example.org/cmd v0.0.0-20240506070809-0123456789ab", "example.org/fork/b v1.2.0", "stdlib 1.22.3"];
    for (wide, big) in [(true, false), (false, true), (true, true)] {
        let program = elf(".go.buildinfo", &go("go1.22.3", MODULES), wide, big);
        assert_eq!(looked("/bin/x", &program), (expected.map(str::to_owned).to_vec(), None));
    }
    let plain = elf(".go.buildinfo", &go("go1.22.3 X:boring", "path\ta\nmod\ta\t\t\n"), true, false);
    assert_eq!(looked("/bin/x", &plain).0, ["a (devel)", "stdlib 1.22.3"]);
}

#[test]
fn rust_programs_tell_of_their_crates() {
    let list =
        br#"{"packages":[{"name":"a","version":"1.0.0","source":"local","root":true},{"name":"b","version":"2.0.0","kind":"build"}]}"#;
    let packed = |bytes: &[u8]| {
        let mut writer = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::default());
        writer.write_all(bytes).unwrap();
        writer.finish().unwrap()
    };
    assert_eq!(looked("/bin/x", &elf(".dep-v0", &packed(list), true, false)), (vec!["a 1.0.0".to_owned()], None));
    let bomb = packed(&vec![b' '; 32 << 20]);
    for (section, trouble) in [(&bomb[..], "more than 8388608 bytes"), (b"zzzz", "cannot be read"), (&packed(b"{}"), "packages")] {
        let told = looked("/bin/x", &elf(".dep-v0", section, true, false)).1.unwrap_or_default();
        assert!(told.contains(trouble), "{told}");
    }
}

#[test]
fn programs_that_lie_do_no_harm() {
    let program = elf(".go.buildinfo", &go("go1.22.3", MODULES), true, false);
    for at in 0..program.len() {
        for value in [0, 0x7f, 0xff] {
            let mut turned = program.clone();
            turned[at] = value;
            examine("/bin/x", &mut Cursor::new(&turned));
            examine("/bin/x", &mut Cursor::new(&program[..at]));
        }
    }
    assert!(!examines("/bin/x.o", b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0\x01\0\x3e\0") && !examines("/bin/sh", b"#!/bin/sh\n"));
}
