"""Reads a JUnit report from standard input; prints one line for each failure and the counts. Exit code 1 on failures."""

import sys
import xml.etree.ElementTree as ElementTree


def summarise(stream):
    cases = failed = skipped = 0
    for case in ElementTree.parse(stream).iter("testcase"):
        cases += 1
        if case.find("skipped") is not None:
            skipped += 1
        for kind in ("failure", "error"):
            problem = case.find(kind)
            if problem is not None:
                failed += 1
                name = ".".join(filter(None, (case.get("classname"), case.get("name"))))
                print(f"{kind}: {name}: {problem.get('message', '')}")
                break
    print(f"{cases - failed - skipped} passed, {failed} failed, {skipped} skipped")
    return 1 if failed else 0


if __name__ == "__main__":
    try:
        sys.exit(summarise(sys.stdin.buffer))
    except ElementTree.ParseError as error:
        sys.exit(f"junit-summary: not a JUnit report: {error}")
