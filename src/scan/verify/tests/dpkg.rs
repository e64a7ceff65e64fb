use super::image::{Tree, lines, told};
use crate::config::ScannerSettings;

/// A package of our own, installed by dpkg into a tree whose `/bin` is a link.
const INSTALL: &str = r#"
mkdir -p "$D/pkg/DEBIAN" "$D/pkg/bin" "$D/pkg/etc" "$D/pkg/usr/bin" "$D/pkg/usr/lib/keg" "$D/pkg/usr/share/keg" "$D/pkg/usr/share/doc/keg"
cd "$D/pkg"
for file in bin/old etc/keg.conf usr/bin/keg usr/bin/fine usr/lib/keg/moved usr/share/keg/data usr/share/keg/gone usr/share/keg/own usr/share/doc/keg/README; do
  echo "$file" > "$file"
done
chmod 755 usr/bin/keg usr/bin/fine bin/old
find bin usr -type f | xargs md5sum > DEBIAN/md5sums
echo /etc/keg.conf > DEBIAN/conffiles
printf 'Package: keg\nVersion: 1.0-1\nArchitecture: all\nMaintainer: N <n@example.org>\nDescription: x\n' > DEBIAN/control
cd "$D"
dpkg-deb --root-owner-group -b pkg keg.deb > /dev/null
mkdir -p system/var/lib/dpkg/info system/var/lib/dpkg/updates system/usr/bin system/etc
ln -s usr/bin system/bin
touch system/var/lib/dpkg/status
printf 'root:x:0:0::/:/bin/sh\n' > system/etc/passwd
printf 'root:x:0:\n' > system/etc/group
dpkg --root="$D/system" --force-not-root --force-bad-path --log=/dev/null -i keg.deb > /dev/null
dpkg-divert --root "$D/system" --local --rename --divert /usr/lib/keg/moved.off --add /usr/lib/keg/moved > /dev/null
dpkg-statoverride --root "$D/system" --force-all --update --add root root 0600 /usr/share/keg/own
"#;

#[test]
fn what_dpkg_says_is_found_and_more() {
    let tree = Tree::installed(INSTALL);
    let change =
        "cd \"$D/system\"; echo x >> usr/bin/keg; echo x >> bin/old; echo x >> etc/keg.conf; rm usr/share/keg/gone usr/share/doc/keg/README
        echo mine > usr/lib/keg/moved; echo x >> usr/lib/keg/moved.off";
    tree.shell(change);
    let printed = tree.shell("dpkg --root=\"$D/system\" --verify || true");
    let (documentation, found): (Vec<_>, Vec<_>) = tree.found().into_iter().partition(|one| one.id == "documentation-missing");
    assert_eq!(documentation.len(), 1);
    // dpkg's letters say `?` where nothing is recorded.
    let expected: Vec<String> = told(&printed).into_iter().map(|line| line.replace("??5??????", "..5......")).collect();
    let mut expected: Vec<String> = expected.into_iter().filter(|line| !line.contains("/doc/")).collect();
    // dpkg passes over what was moved away.
    expected.insert(2, "..5...... /usr/lib/keg/moved.off".to_owned());
    assert_eq!(lines(&found), expected, "{printed}");

    tree.shell("chmod 644 \"$D/system/usr/share/keg/own\"");
    let own = tree.found();
    assert!(lines(&own).contains(&".M....... /usr/share/keg/own".to_owned()), "{:?}", lines(&own));
    let noise = ScannerSettings { noise: vec!["/usr/*".to_owned(), "/bin/*".to_owned()], ..ScannerSettings::default() };
    assert!(tree.found_under(&noise).is_empty());
}
