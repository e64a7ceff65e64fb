# shellcheck shell=bash
# What every script here shares: words to the person, root, and an orderly end. Sourced, never run.

repository=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
# shellcheck disable=SC2034 # for those who source this
lib=$repository/scripts/lib

heading() { printf '\n=== %s\n' "$*"; }

note() { printf '    %s\n' "$*"; }

die() {
    printf 'error: %s\n' "$*" >&2
    exit 1
}

have() { command -v "$1" >/dev/null 2>&1; }

as_root() {
    if ((EUID == 0)); then
        "$@"
    elif have sudo; then
        sudo "$@"
    else
        die "this needs root: run it as root, or install sudo"
    fi
}

# wait_for SECONDS COMMAND…: tries the command every quarter of a second.
wait_for() {
    local tries=$(($1 * 4))
    shift
    while ! "$@" >/dev/null 2>&1; do
        ((tries-- > 0)) || return 1
        sleep 0.25
    done
}

# A newly installed rustup may not be on the PATH of a CI job yet.
find_cargo() {
    have cargo || PATH=$HOME/.cargo/bin:$PATH
    have cargo || die "cargo was not found: install Rust with https://rustup.rs"
}

# What must be undone, the last one first; runs once, however the script ends.
undo=()

at_end() { undo=("$1" "${undo[@]}"); }

finish() {
    local status=$? step
    trap - EXIT
    trap '' INT TERM HUP
    for step in "${undo[@]}"; do
        "$step" || printf 'warning: %s did not go through\n' "$step" >&2
    done
    exit "$status"
}

trap finish EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM
