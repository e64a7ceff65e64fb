#!/bin/bash
# A small history, made in the container: changed-files names what the branch changed and nothing else.
set -euo pipefail
engine=${DOCKER:-docker}
image=$1

output=$("$engine" run --rm --network none "$image" bash -ec '
    git config --global user.name ci
    git config --global user.email ci@example.org
    git init --quiet work && cd work
    touch kept && git add . && git commit --quiet -m one
    git switch --quiet -c topic
    mkdir src && touch src/new && git add . && git commit --quiet -m two
    changed-files main
')
[[ $output == src/new ]]
