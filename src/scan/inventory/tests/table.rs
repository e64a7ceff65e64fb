//! Files that tell of packages.

use super::*;

struct Case {
    name: &'static str,
    path: &'static str,
    text: &'static str,
    /// As [`line`] writes them.
    found: &'static [&'static str],
    /// A piece of each trouble.
    troubles: &'static [&'static str],
}

const CASES: &[Case] = &[
    Case {
        name: "Debian: two architectures, a source of another version, states",
        path: "/var/lib/dpkg/status",
        text: "Package: libc6\nStatus: install ok installed\nMulti-Arch: same\nArchitecture: amd64\nSource: glibc\nVersion: 2.36-9\n\
               Description: x\n Version: 9\n\nPackage: libc6\nStatus: install ok installed\nArchitecture: i386\nSource: glibc (2.36-8)\n\
               Version: 2.36-9+b1\n\nPackage: gone\nStatus: deinstall ok config-files\nVersion: 1\n\nPackage: half\n\
               Status: install reinstreq half-configured\nVersion: 1:1\n\nPackage: odd\nStatus: install ok installed\n",
        found: &["deb half 1:1 - half=1:1 - 0", "deb libc6 2.36-9 amd64 glibc=2.36-9 - 0", "deb libc6 2.36-9+b1 i386 glibc=2.36-8 - 0"],
        troubles: &["/var/lib/dpkg/status: a paragraph names no Package"],
    },
    Case {
        name: "distroless: one file a package",
        path: "/var/lib/dpkg/status.d/tzdata",
        text: "Package: tzdata\nVersion: 2024a-0\nArchitecture: all\n",
        found: &["deb tzdata 2024a-0 all tzdata=2024a-0 - 0"],
        troubles: &[],
    },
    Case {
        name: "distroless: sums",
        path: "/var/lib/dpkg/status.d/tzdata.md5sums",
        text: "Package: a\nVersion: 1\n",
        found: &[],
        troubles: &[],
    },
    Case {
        name: "Alpine: an origin, no empty line at the end",
        path: "/lib/apk/db/installed",
        text: "C:Q1\nP:musl-utils\nV:1.2.5-r0\nA:x86_64\nL:MIT AND BSD-2-Clause\no:musl\nF:bin\nR:ldd\n\nP:nameless\n\nP:zlib\nV:1.3-r2",
        found: &["apk musl-utils 1.2.5-r0 x86_64 musl=1.2.5-r0 MIT AND BSD-2-Clause 0", "apk zlib 1.3-r2 - zlib=1.3-r2 - 0"],
        troubles: &["no V: (version)"],
    },
    Case {
        name: "Python: a wheel, a license as classifier",
        path: "/usr/lib/python3/dist-packages/Foo_Bar-1.0.dist-info/METADATA",
        text: "Metadata-Version: 2.1\nName: Foo_Bar\nVersion: 1.0\nClassifier: Topic :: X\nClassifier: License :: OSI Approved :: MIT License\n\nVersion: 9\n",
        found: &["pypi Foo_Bar 1.0 - - MIT License 0"],
        troubles: &[],
    },
    Case {
        name: "Python: an egg's folder, the text of a license",
        path: "/opt/a.egg-info/PKG-INFO",
        text: "Name: a\nVersion: 2\nLicense: All of\n        it.\nLicense-Expression: \n",
        found: &["pypi a 2 - - - 0"],
        troubles: &[],
    },
    Case {
        name: "Python: an egg's file",
        path: "/opt/b-3.egg-info",
        text: "Name: b\r\nVersion: 3\r\nLicense-Expression: MIT\r\n",
        found: &["pypi b 3 - - MIT 0"],
        troubles: &[],
    },
    Case { name: "Python: nothing in it", path: "/opt/c.dist-info/METADATA", text: "", found: &[], troubles: &["no metadata"] },
    Case { name: "Python: another METADATA", path: "/opt/METADATA", text: "Name: b\nVersion: 3\n", found: &[], troubles: &[] },
    Case {
        name: "Node: a scope, below another package",
        path: "/app/node_modules/a/node_modules/@s/b/package.json",
        text: "{\"name\":\"@s/b\",\"version\":\"1.0.0\",\"license\":{\"type\":\"MIT\"},\"licenses\":[\"ISC\"]}",
        found: &["npm @s/b 1.0.0 - - MIT+ISC 0"],
        troubles: &[],
    },
    Case { name: "Node: no package", path: "/app/package.json", text: "{\"type\":\"module\",\"version\":1}", found: &[], troubles: &[] },
    Case {
        name: "Node: no JSON",
        path: "/app/package.json",
        text: "{\"name\":",
        found: &[],
        troubles: &["/app/package.json: it is no JSON"],
    },
    Case {
        name: "Ruby: as RubyGems writes it",
        path: "/usr/lib/ruby/gems/3.1.0/specifications/net-http-0.2.0.gemspec",
        text: "# -*- encoding: utf-8 -*-\nGem::Specification.new do |s|\n  s.name = \"net-http\".freeze\n  s.version = \"0.2.0\"\n\
               s.licenses = [\"Ruby\".freeze, \"BSD-2-Clause\".freeze]\n  s.rubygems_version = \"3.3\".freeze\nend\n",
        found: &["gem net-http 0.2.0 - - Ruby+BSD-2-Clause 0"],
        troubles: &[],
    },
    Case {
        name: "Ruby: what would have to be run is told by the name of the file",
        path: "/g/specifications/default/json-2.6.1-x86_64-linux.gemspec",
        text: "Gem::Specification.new do |s|\n s.name = name\n s.version = File.read(VERSION)\nend\n",
        found: &["gem json 2.6.1 - - - 0"],
        troubles: &[],
    },
];

#[test]
fn files_tell_of_packages() {
    for case in CASES {
        let contents = Contents::of(vec![layer(&[(case.path, case.text.as_bytes())])]);
        let inventory = take(&contents);
        assert_eq!(lines(&inventory), case.found, "{}", case.name);
        assert_eq!(inventory.troubles.len(), case.troubles.len(), "{}: {:?}", case.name, inventory.troubles);
        for (told, piece) in inventory.troubles.iter().zip(case.troubles) {
            assert!(told.contains(piece), "{}: {told}", case.name);
        }
        assert!(inventory.packages.iter().all(|package| package.location == case.path), "{}", case.name);
    }
}

/// Every text of the table, cut anywhere and with any byte turned around, gives packages or troubles and no panic.
#[test]
fn damaged_files_do_no_harm() {
    for case in CASES {
        let bytes = case.text.as_bytes();
        for at in 0..bytes.len() {
            let mut turned = bytes.to_vec();
            turned[at] ^= 0x80;
            for bytes in [&bytes[..at], &turned] {
                take(&Contents::of(vec![layer(&[(case.path, bytes)])]));
            }
        }
    }
}
