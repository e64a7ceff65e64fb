//! Layers on top of each other.

use super::*;
use crate::layers::Stat;
use crate::scan::interest::Interest;
use bytes::Bytes;

/// A file of a layer: its path, and after a blank its kind: `/`, `-> text`, `= target`, `: content`.
fn layer(lines: &[&str]) -> LayerRecord {
    let mut record = LayerRecord::default();
    for line in lines {
        let (path, rest) = line.split_once(' ').unwrap_or((line, ""));
        let kind = match rest.split_once(' ') {
            _ if rest == "/" => Kind::Folder,
            Some(("->", text)) => Kind::Link(text.to_owned()),
            Some(("=", target)) => Kind::HardLink(target.to_owned()),
            _ => Kind::File,
        };
        if let Some(text) = rest.strip_prefix(": ") {
            record.contents.push((path.to_owned(), Content::Held(Bytes::copy_from_slice(text.as_bytes()))));
        }
        record.files.push(FileRecord {
            path: path.to_owned(),
            kind,
            stat: Stat { size: rest.len() as u64, ..Stat::default() },
            ..FileRecord::default()
        });
    }
    record
}

fn contents(layers: &[&[&str]]) -> Contents {
    Contents::of(layers.iter().map(|lines| layer(lines)).collect())
}

/// Everything that shows, with the number of its layer.
fn shown(layers: &[&[&str]]) -> String {
    let contents = contents(layers);
    let all: Vec<String> = contents.files().map(|(path, found)| format!("{path} {}", found.layer)).collect();
    all.join(", ")
}

fn text(contents: &Contents, path: &str) -> Option<String> {
    contents.bytes(path).unwrap().map(|bytes| String::from_utf8(bytes.to_vec()).unwrap())
}

#[test]
fn upper_layers_replace_remove_and_hide() {
    let lower: &[&str] = &["/a /", "/a/gone", "/a/kept", "/a/over", "/b /", "/b/old", "/c /", "/c/d", "/e /", "/e/x", "/f"];
    let upper: &[&str] = &["/a/over", "/a/.wh.gone", "/b/.wh..wh..opq", "/b/new", "/.wh.c", "/e", "/f /", "/f/in"];
    assert_eq!(shown(&[lower, upper]), "/a 0, /a/kept 0, /a/over 1, /b 0, /b/new 1, /e 1, /f 1, /f/in 1");
}

#[test]
fn a_whiteout_hides_nothing_of_its_own_layer() {
    // Whatever comes first.
    assert_eq!(shown(&[&["/a /", "/a/x"], &["/a/y", "/a/.wh..wh..opq", "/a/.wh.y"]]), "/a 0, /a/y 1");
    assert_eq!(shown(&[&["/a /", "/a/x"], &["/.wh.a", "/a /", "/a/y"]]), "/a 1, /a/y 1");
    assert_eq!(shown(&[&["/a /", "/a/x"], &["/a /", "/a/y", "/.wh.a"]]), "/a 1, /a/y 1");
}

#[test]
fn what_a_layer_in_between_hid_stays_hidden() {
    assert_eq!(shown(&[&["/a /", "/a/x"], &["/.wh.a"], &["/a /", "/a/y"]]), "/a 2, /a/y 2");
    assert_eq!(shown(&[&["/a /", "/a/x"], &["/a"], &["/a /", "/a/y"]]), "/a 2, /a/y 2");
    assert_eq!(shown(&[&["/a/x"], &["/a/.wh..wh..opq"], &["/a/.wh..wh..opq", "/a/y"]]), "/a/y 2");
}

#[test]
fn odd_whiteouts_hide_nothing_and_are_no_files() {
    let odd: &[&str] = &["/.wh.", "/a/.wh...", "/a/.wh..", "/.wh..wh.plnk", "/.wh..wh.aufs /", "/.wh..opq"];
    assert_eq!(shown(&[&["/a /", "/a/x", "/opq"], odd]), "/a 0, /a/x 0, /opq 0");
    assert_eq!(shown(&[&["/a /", "/a/x"], &["/.wh..wh..opq", "/b"]]), "/b 1", "all of the image");
}

#[test]
fn folders_and_links_take_each_others_place() {
    let lower: &[&str] = &["/lib /", "/lib/a", "/usr /", "/usr/lib /", "/usr/lib/b"];
    let merged = contents(&[lower, &["/lib -> usr/lib"]]);
    assert!(merged.get("/lib/a").is_none());
    assert_eq!(merged.resolve("/lib/b").unwrap().0, "/usr/lib/b");
    // Something in a folder makes it one.
    assert_eq!(shown(&[&["/lib -> usr/lib"], &["/lib/x"]]), "/lib/x 1");
    // The last entry of a path counts, and a link hides what came before it in its layer.
    assert_eq!(shown(&[&["/a /", "/a/x", "/b", "/a -> b", "/b /"]]), "/a 0, /b 0");
    assert_eq!(contents(&[&["/a /", "/a/x", "/a -> b"]]).get("/a").unwrap().file.kind, Kind::Link("b".to_owned()));
}

#[test]
fn hard_links_keep_what_they_were_made_of() {
    let merged = contents(&[
        &["/low : old"],
        &["/link = /low", "/own : mine", "/second = /own"],
        &["/low : new", "/.wh.own"],
        &["/third = /second"],
    ]);
    assert_eq!(text(&merged, "/low").as_deref(), Some("new"));
    assert_eq!(text(&merged, "/link").as_deref(), Some("old"), "what it names was replaced later");
    assert_eq!(text(&merged, "/second").as_deref(), Some("mine"), "what it names was removed later");
    assert_eq!(text(&merged, "/third").as_deref(), Some("mine"));
    let link = merged.get("/link").unwrap();
    assert_eq!((link.file.stat.size, link.layer, &link.file.kind), (5, 1, &Kind::HardLink("/low".to_owned())));
    // One that leads nowhere, to itself, or to what comes later has nothing.
    let lost = contents(&[&["/a = /nowhere", "/b = /b", "/c = /d", "/d : late"]]);
    assert_eq!(["/a", "/b", "/c"].map(|path| text(&lost, path)), [const { None }; 3]);
}

#[test]
fn links_lead_on_inside_the_image_only() {
    let merged = contents(&[&["/etc /", "/etc/os -> ../../../usr/os", "/usr /", "/usr/os : x", "/loop -> loop", "/abs -> /etc/os"]]);
    assert_eq!(text(&merged, "/etc/os").as_deref(), Some("x"));
    assert_eq!(text(&merged, "/abs").as_deref(), Some("x"));
    assert_eq!(text(&merged, "/loop"), None);
    assert_eq!(merged.resolve("/etc/../usr/./os").unwrap().0, "/usr/os");
}

#[test]
fn a_folder_is_listed_without_its_neighbours() {
    let merged = contents(&[&["/a /", "/a-b", "/a/x", "/a/y /", "/a/y/z", "/a0"]]);
    let names = |folder: &str| merged.below(folder).map(|(path, _)| path.to_owned()).collect::<Vec<_>>().join(" ");
    assert_eq!(names("/a"), "/a/x /a/y /a/y/z");
    assert_eq!(names("/a/"), names("/a"));
    assert_eq!(names("/nowhere"), "");
    assert_eq!(names("/").split(' ').count(), 6);
}

#[test]
fn a_file_is_read_as_a_whole_up_to_a_size() {
    let folder = tempfile::tempdir().unwrap();
    let spooled = |name: &str, size: u64| {
        let path = folder.path().join(name);
        std::fs::File::create(&path).unwrap().set_len(size).unwrap();
        Content::Spooled(path)
    };
    let mut record = layer(&["/most", "/more", "/lost", "/small : text"]);
    record.contents.extend([("/most".into(), spooled("most", LARGEST)), ("/more".into(), spooled("more", LARGEST + 1))]);
    record.contents.push(("/lost".into(), Content::TooLarge(7 << 30)));
    let contents = Contents::of(vec![record]);
    assert_eq!(contents.bytes("/most").unwrap().unwrap().len() as u64, LARGEST);
    for (path, bytes) in [("/more", LARGEST + 1), ("/lost", 7 << 30)] {
        let error = contents.bytes(path).unwrap_err().to_string();
        assert_eq!(error, format!("{path} has {bytes} bytes, more than is read"));
    }
    assert_eq!(text(&contents, "/small").as_deref(), Some("text"));
}

/// Wants `/wanted` and what is called `db`, this also below links to folders.
fn unkept(layers: &[&[&str]]) -> String {
    let interest =
        Interest { wants: &[|path| path == "/wanted" || path.ends_with("/db")], through: |path| path == "/var/db", ..Interest::ALL };
    let unkept = contents(layers).unkept(&interest);
    format!("{:?} {:?}", unkept.paths, unkept.layers)
}

#[test]
fn what_only_links_lead_to_is_found() {
    assert_eq!(unkept(&[&["/wanted -> data/x", "/data/x"]]), r#"{"/data/x"} {0}"#);
    assert_eq!(unkept(&[&["/data/x"], &["/wanted -> ../../data/x"]]), r#"{"/data/x"} {0}"#);
    assert_eq!(unkept(&[&["/data/x", "/wanted = /data/x"]]), r#"{"/data/x"} {0}"#);
    assert_eq!(unkept(&[&["/low"], &["/low", "/wanted = /low"]]), r#"{"/low"} {1}"#);
    assert_eq!(unkept(&[&["/data /", "/data/db"], &["/var -> data"]]), r#"{"/data/db"} {0}"#);
    assert_eq!(unkept(&[&["/data/db", "/var -> data"]]), r#"{"/data/db"} {0}"#, "no layer names the folder");
    // Kept already, nowhere, a folder, a circle, no database.
    let nothing = "{} {}";
    assert_eq!(unkept(&[&["/wanted -> data/x", "/data/x : kept"]]), nothing);
    assert_eq!(unkept(&[&["/wanted -> nowhere", "/a -> /a"]]), nothing);
    assert_eq!(unkept(&[&["/wanted -> data", "/data /", "/data/x"]]), nothing);
    assert_eq!(unkept(&[&["/data /", "/data/db", "/elsewhere -> data"]]), nothing);
    assert_eq!(unkept(&[&["/wanted", "/other -> wanted"]]), nothing);
}
