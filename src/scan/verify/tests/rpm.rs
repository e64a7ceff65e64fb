use super::image::{Tree, lines, told};
use crate::config::ScannerSettings;

/// Begins `keg.spec`, which BUILD builds: its files and their list come behind.
const HEAD: &str = r#"
cd "$D"
cat > keg.spec <<'SPEC'
Name: keg
Version: 1.0
Release: 1
Summary: x
License: MIT
BuildArch: noarch
%description
x
%install
"#;

/// Builds `keg.spec` of the folder and installs what comes of it.
const BUILD: &str = r#"
cd "$D"
rpmbuild --quiet ${DEFINE+--define "$DEFINE"} --define "_topdir $D/top" --define "_buildhost b.example.org" -bb keg.spec > log 2>&1 || { cat log >&2; exit 1; }
mkdir -p system/etc
printf 'root:x:0:0::/:/bin/sh\nbin:x:2:2::/bin:/bin/sh\n' > system/etc/passwd
printf 'root:x:0:\nbin:x:2:\n' > system/etc/group
rpm --root "$D/system" --dbpath /var/lib/rpm --force-debian --nodeps --ignorearch -i top/RPMS/noarch/*.rpm
"#;

const INSTALL: &str = r#"
mkdir -p %{buildroot}/usr/bin %{buildroot}/usr/share/keg %{buildroot}/usr/share/doc/keg %{buildroot}/etc %{buildroot}/var/keg
for file in /usr/bin/keg /usr/bin/fine /usr/bin/mode /usr/share/keg/data /usr/share/keg/touched /usr/share/keg/owned /usr/share/keg/gone \
  /usr/share/keg/linked /etc/keg.conf /etc/gone.conf /var/keg/x /usr/share/doc/keg/README; do echo $file > %{buildroot}$file; done
ln -s data %{buildroot}/usr/share/keg/link
%files
%attr(0755,root,root) /usr/bin/keg
%attr(4755,root,root) /usr/bin/mode
%attr(0755,root,root) /usr/bin/fine
%attr(0644,root,root) /usr/share/keg/data
/usr/share/keg/touched
/usr/share/keg/owned
/usr/share/keg/gone
/usr/share/keg/link
/usr/share/keg/linked
/var/keg/x
%config(noreplace) /etc/keg.conf
%config /etc/gone.conf
%ghost /usr/share/keg/ghost
%config(missingok) /etc/absent.conf
%doc /usr/share/doc/keg/README
SPEC
sed -i '/absent/d' keg.spec
sed -i 's|^ln -s data|touch %{buildroot}/usr/share/keg/ghost; ln -s data|' keg.spec
"#;

/// What rpm itself says of the tree.
fn rpm_verify(tree: &Tree) -> String {
    tree.shell("rpm --root \"$D/system\" --dbpath /var/lib/rpm -Va --nodeps || true")
}

#[test]
fn what_rpm_says_is_found_line_by_line() {
    let tree = Tree::installed(&[HEAD, INSTALL, BUILD].concat());
    let change = "cd \"$D/system\"; echo x >> usr/bin/keg; chmod 755 usr/bin/mode; chmod 600 usr/share/keg/data; touch -d 2001-01-01 usr/share/keg/touched
        chown 2:2 usr/share/keg/owned; rm usr/share/keg/gone etc/gone.conf; ln -sfn else usr/share/keg/link; echo x >> etc/keg.conf; echo x >> var/keg/x
        rm usr/share/keg/linked; ln -s data usr/share/keg/linked; echo x >> usr/share/doc/keg/README";
    tree.shell(change);
    let printed = rpm_verify(&tree);
    let expected: Vec<String> = told(&printed).into_iter().filter(|line| !line.contains(" /var/")).collect();
    let found = tree.found();
    assert_eq!(lines(&found), expected, "{printed}");
    assert!(expected.len() >= 8, "{printed}");
    let severity = |path: &str| found.iter().find(|one| one.path.as_deref() == Some(path)).map(|one| one.severity.as_str());
    assert_eq!(
        (severity("/usr/bin/keg"), severity("/usr/bin/mode"), severity("/usr/share/keg/touched")),
        (Some("high"), Some("high"), Some("low"))
    );
}

/// What is no file, has no content of its own, or says more than its permissions.
const KINDS: &str = r#"
mkdir -p %{buildroot}/usr/bin %{buildroot}/usr/lib/keg/folder %{buildroot}/usr/lib/keg/closed %{buildroot}/usr/lib/keg/led %{buildroot}/usr/share/keg
cd %{buildroot}/usr/lib/keg
for file in ../../bin/capable ../../bin/robbed ../../bin/given README COPYING ghost ghost-mode to-device to-folder to-link; do echo $file > $file; done
ln -s capable link; ln -s capable link-file
%files
%attr(0755,root,root) %caps(cap_net_bind_service=ep) /usr/bin/capable
%attr(0755,root,root) %caps(cap_net_raw,cap_net_admin=p) /usr/bin/robbed
%attr(0755,root,root) /usr/bin/given
%dev(c, 1, 3) %attr(0666,root,root) /usr/lib/keg/null
%dev(c, 1, 3) %attr(0666,root,root) /usr/lib/keg/null-other
%dev(c, 1, 5) %attr(0666,root,root) /usr/lib/keg/zero
%dev(b, 7, 1) %attr(0660,root,root) /usr/lib/keg/loop
%dev(b, 7, 2) %attr(0660,root,root) /usr/lib/keg/loop-fine
%dir /usr/lib/keg/folder
%dir /usr/lib/keg/closed
%dir /usr/lib/keg/led
/usr/lib/keg/link
/usr/lib/keg/link-file
/usr/lib/keg/to-*
%ghost /usr/lib/keg/ghost
%ghost %attr(0644,root,root) /usr/lib/keg/ghost-mode
%doc /usr/lib/keg/README
%license /usr/lib/keg/COPYING
SPEC
"#;

#[test]
fn every_kind_of_file_is_told_as_rpm_tells_it() {
    let tree = Tree::installed(&[HEAD, KINDS, BUILD].concat());
    tree.shell(
        "cd \"$D/system/usr/bin\"; setcap -r robbed; setcap cap_sys_admin=ep given; cd ../lib/keg
        rm null-other; mknod -m 666 null-other c 1 9; rm zero; echo x > zero; rm loop; mknod -m 660 loop c 7 1; rm to-device; mknod to-device c 1 3
        rm to-folder; mkdir to-folder; rm to-link; ln -s x to-link; rm link-file; echo x > link-file
        rmdir folder; echo x > folder; chmod 700 closed; rmdir led; ln -s closed led
        echo x > ghost; echo y > ghost-mode; chmod 600 ghost-mode; rm README COPYING",
    );
    let printed = rpm_verify(&tree);
    let (documentation, found): (Vec<_>, Vec<_>) = tree.found().into_iter().partition(|one| one.id == "documentation-missing");
    let expected: Vec<String> = told(&printed).into_iter().filter(|line| !line.starts_with("missing ")).collect();
    assert_eq!(lines(&found), expected, "{printed}");
    assert!(expected.contains(&".M.D..... /usr/lib/keg/loop".to_owned()) && expected.len() == 13, "{printed}");
    let text = "2 files of documentation and translations of 1 package are not there, /usr/lib/keg/COPYING among them";
    assert_eq!(documentation.iter().map(|one| one.message.as_str()).collect::<Vec<_>>(), [text]);
    let severity = |path: &str| found.iter().find(|one| one.path.as_deref() == Some(path)).map(|one| one.severity.as_str());
    assert_eq!((severity("/usr/bin/given"), severity("/usr/lib/keg/closed")), (Some("high"), Some("low")));
}

/// A tree with one file, whose digest is of the kind that rpm knows by this number.
fn digested(number: u32) -> Tree {
    let parts = "mkdir -p %{buildroot}/usr/bin; echo one > %{buildroot}/usr/bin/keg\n%files\n/usr/bin/keg\nSPEC\n";
    Tree::made(&[&format!("DEFINE='_binary_filedigest_algorithm {number}'\n"), HEAD, parts, BUILD].concat())
}

#[test]
fn digests_are_compared_or_said_not_to_be() {
    for (number, compared) in [(1, true), (2, false), (8, true), (9, false), (10, false), (11, false)] {
        let tree = digested(number);
        // The same size and time.
        tree.shell("cd \"$D/system/usr/bin\"; touch -r keg ../time; echo two > keg; touch -r ../time keg; rm ../time");
        assert_eq!(told(&rpm_verify(&tree)), ["..5...... /usr/bin/keg"], "{number}");
        let found = tree.verified(&ScannerSettings::default());
        let remark =
            "not verified: keg 1.0-1 have digests that are neither MD5 nor SHA-256; of their files all but the content is compared";
        let (letters, remarks) = if compared { (vec!["..5...... /usr/bin/keg"], Vec::new()) } else { (Vec::new(), vec![remark]) };
        assert_eq!(
            (lines(&found.findings), found.errors),
            (letters.into_iter().map(str::to_owned).collect(), remarks.into_iter().map(str::to_owned).collect()),
            "{number}"
        );
    }
}
