use super::image::{Tree, lines, told};

const INSTALL: &str = r#"
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
rpmbuild --quiet --define "_topdir $D/top" --define "_buildhost b.example.org" -bb keg.spec > log 2>&1 || { cat log >&2; exit 1; }
mkdir -p root/etc
printf 'root:x:0:0::/:/bin/sh\nbin:x:2:2::/bin:/bin/sh\n' > root/etc/passwd
printf 'root:x:0:\nbin:x:2:\n' > root/etc/group
rpm --root "$D/root" --dbpath /var/lib/rpm --force-debian --nodeps --ignorearch -i top/RPMS/noarch/*.rpm
"#;

#[test]
fn what_rpm_says_is_found_line_by_line() {
    let tree = Tree::installed(INSTALL);
    let change = "cd \"$D/root\"; echo x >> usr/bin/keg; chmod 755 usr/bin/mode; chmod 600 usr/share/keg/data; touch -d 2001-01-01 usr/share/keg/touched
        chown 2:2 usr/share/keg/owned; rm usr/share/keg/gone etc/gone.conf; ln -sfn else usr/share/keg/link; echo x >> etc/keg.conf; echo x >> var/keg/x
        rm usr/share/keg/linked; ln -s data usr/share/keg/linked; echo x >> usr/share/doc/keg/README";
    tree.shell(change);
    let printed = tree.shell("rpm --root \"$D/root\" --dbpath /var/lib/rpm -Va --nodeps || true");
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
