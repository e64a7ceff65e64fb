#!/bin/bash
# A report with one test of each kind; then something that is no report.
set -euo pipefail
engine=${DOCKER:-docker}
image=$1

summary() { "$engine" run --rm --interactive --network none "$image"; }

status=0
output=$(summary <<'END'
<testsuites><testsuite>
  <testcase classname="a" name="good"/>
  <testcase classname="a" name="bad"><failure message="1 is not 2"/></testcase>
  <testcase name="later"><skipped/></testcase>
</testsuite></testsuites>
END
) || status=$?
[[ $status == 1 ]]
[[ $output == $'failure: a.bad: 1 is not 2\n1 passed, 1 failed, 1 skipped' ]]

if summary <<<'not a report' 2>/dev/null; then
    echo "junit-summary took text for a report" >&2
    exit 1
fi
