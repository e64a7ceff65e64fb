#!/bin/bash
# Makes rootfs.tar: a minimal Debian 12, from the mirror and with the apt settings of the building machine, so that
# apt works in containers where it works here. One root file system is kept for each set of inputs; a new changelog
# entry makes a new one, which is how the image gets its updates.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

suite=bookworm
cache=${XDG_CACHE_HOME:-${HOME:-/tmp}/.cache}/cooperage-demo

command -v mmdebstrap >/dev/null || {
    echo "bookworm-base: mmdebstrap is missing: apt install mmdebstrap" >&2
    exit 1
}

# The Debian archives this machine's apt uses for the suite, as lines of a sources.list. Where apt has read the
# archives it knows their origin; before, only the address tells. Archives on this machine's own disk do not reach a container.
debian_sources() {
    apt-get indextargets --format '$(CREATED_BY) $(REPO_URI) $(RELEASE) $(COMPONENT) $(ORIGIN)' 2>/dev/null |
        awk -v suite="$suite" '
            $1 == "Packages" && $2 ~ /^https?:/ && $4 == "main" &&
            ($3 == suite || $3 == suite "-updates" || $3 == suite "-security") &&
            ($5 == "Debian" || $2 ~ /debian(-security)?\/?$/) { print "deb " $2 " " $3 " main" }' | sort -u
}

# A sources.list that has the suite itself, or else the public archive.
sources_list() {
    local sources
    sources=$(debian_sources || true)
    if ! grep -q " $suite main$" <<<"$sources"; then
        sources="deb http://deb.debian.org/debian $suite main
deb http://deb.debian.org/debian $suite-updates main
deb http://deb.debian.org/debian-security $suite-security main"
    fi
    printf '%s\n' "$sources"
}

# Settings of apt that decide whether the archives can be reached and believed.
apt_settings() {
    apt-config dump 2>/dev/null | grep -E '^Acquire::(https?::Proxy|Check-Valid-Until|Check-Date|ForceIPv4) ' || true
}

sources=$(sources_list)
settings=$(apt_settings)
include=debian-archive-keyring
if grep -q ' https:' <<<"$sources"; then
    include+=,ca-certificates
fi

key=$({ cat prebuild.sh changelog; dpkg --print-architecture; printf '%s\n' "$sources" "$settings"; } | sha256sum | cut -c 1-16)
kept=$cache/$suite-$key.tar

if [[ -s $kept ]]; then
    echo "bookworm-base: using $kept"
else
    mkdir -p "$cache"
    new=$(mktemp "$cache/.new.XXXXXX")
    hooks=$(mktemp)
    trap 'rm -f "$new" "$hooks"' EXIT
    printf '%s\n' "$settings" >"$hooks"
    # The same changelog gives the same file times.
    SOURCE_DATE_EPOCH=$(date -d "$(sed -n 's/^ -- .*>  //p' changelog | head -n 1)" +%s)
    export SOURCE_DATE_EPOCH
    echo "bookworm-base: making a root file system from"
    printf '  %s\n' "$sources"
    mmdebstrap --variant=minbase --format=tar --include="$include" --aptopt="$hooks" \
        --aptopt='Acquire::Languages "none"' --aptopt='Acquire::Retries "3"' --aptopt='APT::Install-Recommends "false"' \
        --dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/locale/*' \
        --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-include=/usr/share/doc/*/copyright' \
        "$suite" - - <<<"$sources" >"$new"
    chmod 644 "$new"
    mv "$new" "$kept"
    # What older inputs left is of no more use once a month has passed.
    find "$cache" -maxdepth 1 -type f -mtime +30 ! -path "$kept" -delete
fi
cp --reflink=auto "$kept" rootfs.tar
