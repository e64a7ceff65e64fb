use super::image::verify;
use crate::config::ScannerSettings;
use crate::finding::Finding;
use crate::layers::{Kind, Stat};
use crate::name::Digest;
use crate::scan::{Content, FileRecord, LayerRecord};

fn file(path: &str, sum: u8) -> FileRecord {
    FileRecord { path: path.to_owned(), stat: Stat { mode: 0o644, ..Stat::default() }, md5: Some([sum; 16]), ..FileRecord::default() }
}

fn of(files: Vec<FileRecord>, texts: &[(&str, String)]) -> LayerRecord {
    let named = texts.iter().map(|(path, _)| file(path, 0));
    let contents = texts.iter().map(|(path, text)| ((*path).to_owned(), Content::Held(text.clone().into()))).collect();
    let diff_id = Digest::parse(&format!("sha256:{:064x}", files.len()));
    LayerRecord { diff_id, files: files.into_iter().chain(named).collect(), contents, ..LayerRecord::default() }
}

fn sums(paths: &[&str]) -> String {
    paths.iter().map(|path| format!("{}  {path}\n", "01".repeat(16))).collect()
}

fn found(layers: Vec<LayerRecord>) -> Vec<Finding> {
    verify(layers, &ScannerSettings::default()).findings
}

/// Images without a package manager: each package has its own files in a folder.
#[test]
fn images_of_distroless_are_verified_and_the_layer_is_told() {
    let text = sums(&["usr/bin/a", "usr/bin/b", "./usr/lib/libc.so.6"]);
    let lower = of(
        vec![file("/usr/bin/a", 1), file("/usr/bin/b", 1), file("/usr/lib/libc.so.6", 1)],
        &[("/var/lib/dpkg/status.d/base.md5sums", text)],
    );
    assert!(found(vec![lower.clone()]).is_empty());
    let upper = of(vec![file("/usr/bin/a", 9), file("/usr/bin/.wh.b", 0)], &[]);
    let id = upper.diff_id.as_ref().map(ToString::to_string);
    let list = found(vec![lower, upper]);
    let told: Vec<_> = list.iter().map(|one| (one.id.as_ref(), one.severity.as_str(), one.path.as_deref().unwrap())).collect();
    assert_eq!(told, [("file-altered", "high", "/usr/bin/a"), ("file-missing", "medium", "/usr/bin/b")]);
    assert!(
        list.iter().all(|one| one.affected.as_ref().is_some_and(|affected| affected.package == "base" && affected.layer == id)),
        "{list:?}"
    );
    assert_eq!(list[0].message, "..5...... /usr/bin/a (base): content differs from what the package brought");
}

#[test]
fn many_files_of_a_package_are_one_finding_with_all_of_them() {
    let paths: Vec<String> = (0..20).map(|number| format!("/opt/x/{number:02}")).collect();
    let text = sums(&paths.iter().map(String::as_str).collect::<Vec<_>>());
    let list = found(vec![of(paths.iter().map(|path| file(path, 9)).collect(), &[("/var/lib/dpkg/info/x:amd64.md5sums", text)])]);
    assert_eq!(list.len(), 6);
    assert!(list[5].message.starts_with("..5...... 15 more files of x, /opt/x/05 among them"), "{}", list[5].message);
    let all: Vec<&str> = list.iter().flat_map(|one| one.path.iter().chain(&one.also)).map(String::as_str).collect();
    assert_eq!(all, paths);
}

#[test]
fn documentation_that_is_left_out_is_one_number() {
    let text = sums(&["usr/share/doc/x/a", "usr/share/man/b", "usr/share/doc/x/copyright"]);
    let options = "path-exclude=/usr/share/doc/*\npath-include=/usr/share/doc/*/copyright\n".to_owned();
    let info = [("/var/lib/dpkg/info/x.md5sums", text), ("/etc/dpkg/dpkg.cfg.d/docker", options)];
    let list = found(vec![of(vec![file("/usr/share/doc/x/copyright", 1)], &info)]);
    assert_eq!(list.len(), 1);
    assert_eq!(
        (list[0].id.as_ref(), list[0].message.as_str()),
        ("documentation-missing", "2 files of documentation and translations of 1 package are not there, /usr/share/doc/x/a among them")
    );
}

#[test]
fn rubbish_is_passed_over() {
    let info = [
        ("/var/lib/dpkg/info/x.md5sums", "zz\n\u{fffd}\n01  \nnothing  /usr/x\n".to_owned()),
        ("/var/lib/dpkg/info/.list", "\n/.\n".to_owned()),
        ("/var/lib/dpkg/diversions", "/a\n/b\n".to_owned()),
        ("/var/lib/dpkg/statoverride", "root root 9999 /x\nroot\n".to_owned()),
        ("/etc/passwd", "root\n:::\nx:y:z\n".to_owned()),
    ];
    assert!(found(vec![of(Vec::new(), &info)]).is_empty());
    let link = FileRecord { kind: Kind::Link("elsewhere".into()), ..file("/usr/bin/a", 1) };
    let list = found(vec![of(vec![link], &[("/var/lib/dpkg/info/x.md5sums", sums(&["usr/bin/a"]))])]);
    assert!(list[0].message.starts_with(".M......."), "{}", list[0].message);
}
