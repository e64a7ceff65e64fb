#!/bin/bash
# A program compiles, links statically and runs.
set -euo pipefail
engine=${DOCKER:-docker}
image=$1

output=$("$engine" run --rm --network none "$image" bash -ec '
    printf "#include <stdio.h>\nint main(void) { puts(\"built\"); return 0; }\n" >/tmp/a.c
    gcc -Wall -Werror -static -o /tmp/a /tmp/a.c
    /tmp/a
')
[[ $output == built ]]
