"""Compares the packages of images as syft and cooperage list them, kind by kind.

usage: compare_syft.py SYFT COOPERAGE FOLDER NAME…   FOLDER/NAME is an OCI layout with the tag `it`
"""

import collections
import json
import os
import re
import subprocess
import sys
import time

# syft's words for the kinds that both know.
KINDS = {
    "deb": "deb", "apk": "apk", "rpm": "rpm", "python": "pypi", "npm": "npm", "gem": "gem",
    "go-module": "golang", "rust-crate": "cargo", "java-archive": "maven", "jenkins-plugin": "maven",
}


def plain(kind, name, version):
    """Name and version in one spelling: the tools differ in how they write the same thing."""
    if kind == "pypi":
        name = re.sub(r"[-_.]+", "-", name).lower()
    if kind == "maven":  # syft's name is the artifact alone
        name = name.rsplit(":", 1)[-1]
    if kind == "rpm" and version.startswith("0:"):
        version = version[2:]
    if kind == "golang" and name == "stdlib":
        version = version.removeprefix("go")
    return name, version


def of_syft(program, layout):
    environment = dict(os.environ, SYFT_CHECK_FOR_APP_UPDATE="false", GOMEMLIMIT="2GiB")
    answer = subprocess.run([program, "scan", f"oci-dir:{layout}", "-q", "-o", "json"], capture_output=True, env=environment, check=True)
    found = collections.defaultdict(set)
    for one in json.loads(answer.stdout)["artifacts"]:
        if kind := KINDS.get(one["type"]):
            found[kind].add(plain(kind, one["name"], one["version"]))
    return found


def of_cooperage(program, layout):
    answer = subprocess.run([program, "sbom", "--as", "packages", f"oci:{layout}:it"], capture_output=True, check=True)
    sys.stderr.write(answer.stderr.decode())
    found = collections.defaultdict(set)
    for one in json.loads(answer.stdout):
        found[one["type"]].add(plain(one["type"], one["name"], one["version"]))
    return found


def main():
    syft, cooperage, folder, *names = sys.argv[1:]
    same, all_of_them = collections.Counter(), collections.Counter()
    for name in names:
        layout = os.path.join(folder, name)
        started = time.monotonic()
        theirs = of_syft(syft, layout)
        between = time.monotonic()
        ours = of_cooperage(cooperage, layout)
        ended = time.monotonic()
        print(f"{name}: syft {between - started:.1f} s, cooperage {ended - between:.1f} s")
        for kind in sorted(set(theirs) | set(ours)):
            same[kind] += len(theirs[kind] & ours[kind])
            all_of_them[kind] += len(theirs[kind] | ours[kind])
            for who, only in (("syft", theirs[kind] - ours[kind]), ("we", ours[kind] - theirs[kind])):
                for package, version in sorted(only):
                    print(f"  {kind}: only {who} tell{'s' if who == 'syft' else ''} {package} {version}")
    for kind, count in sorted(all_of_them.items()):
        print(f"{kind:8} {same[kind]} of {count} packages agree ({100 * same[kind] / max(count, 1):.1f} %)")
    total, agreed = sum(all_of_them.values()), sum(same.values())
    print(f"{agreed} of {total} packages agree with syft")
    return 0 if total and agreed >= 0.99 * total else 1


if __name__ == "__main__":
    sys.exit(main())
