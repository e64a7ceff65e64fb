# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154  # what scripts/demo has and reads
# The story of the container index in the demo: somebody else's project, an entry for it in a branch, the plan, a build that
# publishes nothing, the merge, a build that does, and the mail to the owner. Sourced by scripts/demo, which has `work`, `cooperage`,
# `commit`, `die` and the registry.

# Below `work`: where projects and mails of the story are.
story_files='/projects
/mailbox'

project_git() { git -C "$work/projects/$1" -c user.name=Owner -c user.email=owner@example.org -c commit.gpgSign=false "${@:2}"; }

# A project as others have it: a Dockerfile on an image of the catalogue, a script that prepares the clone, a test.
# make_project NAME BASE
make_project() {
    local folder=$work/projects/$1
    mkdir -p "$folder"
    printf 'FROM %s\nCOPY page.html /srv/page.html\nUSER 65534\nCMD ["cat", "/srv/page.html"]\n' "$2" >"$folder/Dockerfile"
    printf '#!/bin/sh\necho "<h1>This is %s</h1>" >page.html\n' "$1" >"$folder/prepare.sh"
    printf 'job-id: %s\nstructure-tests: structure.yaml\n' "$1" >"$folder/.cooperage.yml"
    cat >"$folder/structure.yaml" <<END
schemaVersion: 2.0.0
fileContentTests:
  - name: the page was made
    path: /srv/page.html
    expectedContents: ["This is $1"]
END
    project_git "$1" init --quiet
    project_git "$1" add --all
    project_git "$1" commit --quiet --message "The page of $1"
    project_git "$1" branch --move --force main
}

# add_to_index NAME ID: an entry of the namespace docs.
add_to_index() {
    local file=$work/index/index.d/docs.yaml
    [[ -e $file ]] || echo "Projects:" >"$file"
    cat >>"$file" <<END
  - id: $2
    app-id: docs
    job-id: $1
    git-url: file://$work/projects/$1
    git-path: /
    git-branch: main
    target-file: Dockerfile
    desired-tag: latest
    notify-email: owner-of-$1@example.org
    build-context: ./
    depends-on: null
    prebuild-script: prepare.sh
    prebuild-context: /
END
}

# The base image of the catalogue, as Dockerfiles name it.
base_image() {
    (cd "$work" && "$binary" --configfile dockerfiles/config.yaml --format json list dockerfiles) |
        grep -o '"reference": *"[^"]*/bookworm-base:[^"]*"' | head -n 1 | cut -d '"' -f 4
}

# Prepares projects and an index that has one of them.
start_story() {
    local base
    base=$(base_image)
    make_project handbook "$base"
    make_project site "$base"
    mkdir -p "$work/index/index.d"
    add_to_index handbook 1
    export COOPERAGE_SANDBOX="{image: '$base'}" COOPERAGE_NOTIFY="{from: 'Builds <builds@example.org>', mbox: mailbox}"
    export COOPERAGE_INDEX='{branch: main, allow_file_urls: true}'
    git -C "$work" branch --move --force main
    commit "An index with one project"
}

on_main() { git -C "$work" checkout --quiet main; }

# tags_of REPOSITORY: its tags in the registry, on one line.
tags_of() { ask_registry "$1/tags/list" 2>/dev/null | names_in | sort | paste -sd ' ' || true; }

# show_mail IMAGE: who gets what, and the plain text, of the last mail about an image.
show_mail() {
    awk -v image="$1" '
        /^From / { shown = ""; text = 0; to = "" }
        /^Subject: / { subject = $0 }
        /^To: / { to = $0 }
        /^--[0-9A-Za-z]+$/ { text = 0 }
        text { shown = shown "    " $0 "\n" }
        /^Content-Transfer-Encoding:/ && to != "" && shown == "" { text = 1 }
        shown != "" && index(subject, image) { last = "    " to "\n    " subject "\n" shown }
        END { printf "%s", last }
    ' "$work/mailbox"
}

tell_story() {
    heading "The container index: projects of others, built like our own"
    start_story
    cooperage index build index | tee "$work/index.out"
    [[ $(tags_of docs/handbook) == *latest* ]] || die "docs/handbook was to be published"

    heading "Somebody adds a project in a branch: the pull request is checked"
    git -C "$work" checkout --quiet -b add-site
    add_to_index site 2
    commit "Add docs/site to the index"
    git -C "$work" --no-pager diff --stat main
    cooperage index validate --changed-since main index

    heading "What it would lead to"
    cooperage index plan --base main --resolve index

    heading "It is built: scripts in a cage, without secrets, and nothing is published"
    cooperage index build --base main index
    [[ -z $(tags_of docs/site) ]] || die "a branch was not to publish docs/site"

    heading "Merged, it is published, and its owner is told"
    on_main
    git -C "$work" merge --quiet --ff-only add-site
    cooperage index build --base HEAD^ index
    [[ $(tags_of docs/site) == *latest* ]] || die "docs/site was to be published"
    show_mail docs/site:latest
    grep -q 'SUCCESS: Container build docs/site:latest' "$work/mailbox" || die "the owner of docs/site was to get a mail"
}
