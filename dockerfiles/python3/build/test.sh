#!/bin/bash
# A wheel is built from a small project, offline, and works when it is imported.
set -euo pipefail
engine=${DOCKER:-docker}
image=$1

output=$("$engine" run --rm --network none "$image" bash -ec '
    mkdir -p /tmp/p/hello && cd /tmp/p
    echo "def greet(): return \"hello\"" >hello/__init__.py
    echo "from setuptools import setup; setup(name=\"hello\", version=\"1.0\", packages=[\"hello\"])" >setup.py
    pip wheel --quiet --no-build-isolation --no-deps --wheel-dir /tmp/wheels . >&2
    cd / && PYTHONPATH=$(echo /tmp/wheels/hello-1.0-*.whl) python3 -c "import hello; print(hello.greet())"
')
[[ $output == hello ]]
