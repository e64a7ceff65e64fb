"""Compares the built-in rules of `cooperage lint` with hadolint, rule by rule, and prints how far they agree.

usage: compare_hadolint.py COOPERAGE HADOLINT FILE…

Compared is which rule finds something in which instruction. A comment `# differs RULE: why` on the line above an
instruction says that the two differ there on purpose; that they then agree is a mistake, too.
"""

import collections
import json
import os
import re
import subprocess
import sys

HEREDOC = re.compile(r"""<<-?["']?([A-Za-z_]\w*)""")
DIFFERS = re.compile(r"^\s*#\s*differs\s+([A-Z0-9, ]+):\s*\S")
TAKES_HEREDOC = re.compile(r"\s*(ONBUILD\s+)?(RUN|COPY|ADD)\b", re.I)


def starts(lines):
    """The line where the instruction of each line starts, from 1."""
    found, start, open_, ends = [0], 0, False, []
    for number, line in enumerate(lines, 1):
        if ends:
            if line.strip("\t") == ends[0]:
                ends.pop(0)
        elif not open_:
            start = number
        found.append(start)
        text = line.strip()
        if not ends and not text.startswith("#"):
            if not open_ and TAKES_HEREDOC.match(line):
                ends = HEREDOC.findall(line)
            if text or not open_:
                open_ = text.endswith("\\") and not text.endswith("\\\\")
    return found


def ours(program, files):
    environment = dict(os.environ, COOPERAGE_LINT_RULES="{DL1001: warning}")
    for name in [name for name in environment if name.startswith("COOPERAGE_") and name != "COOPERAGE_LINT_RULES"]:
        del environment[name]
    call = [program, "-c", "/dev/null", "--format", "json", "lint", "--engine", "builtin", "--file", *files]
    answer = subprocess.run(call, env=environment, capture_output=True, text=True)
    if answer.returncode not in (0, 1):
        sys.exit(f"cooperage fails: {answer.stderr}")
    return [(f["path"], f["id"], f["line"], f["severity"]) for f in json.loads(answer.stdout)["findings"]]


def theirs(program, files):
    call = [program, "--no-fail", "--format", "json", "--config", "/dev/null", "--warning", "DL1001", *files]
    answer = subprocess.run(call, capture_output=True, text=True)
    try:
        found = json.loads(answer.stdout)
    except ValueError:
        if len(files) == 1:
            print(f"hadolint itself fails on {files[0]}, which is left out: {answer.stdout.strip().splitlines()[:1]}")
            return None
        parts = {file: theirs(program, [file]) for file in files}
        files[:] = [file for file, part in parts.items() if part is not None]
        return [row for part in parts.values() if part for row in part]
    return [(f["file"], f["code"], f["line"], f["level"]) for f in found]


def known(program):
    answer = subprocess.run([program, "--format", "json", "lint", "--explain", "all"], capture_output=True, text=True, check=True)
    return {rule["id"] for rule in json.loads(answer.stdout)["rules"] if rule["id"].startswith("DL")}


def main():
    cooperage, hadolint, *files = sys.argv[1:]
    right = theirs(hadolint, files)
    left = ours(cooperage, files)
    rules = known(cooperage)
    lines, start, meant, unreadable = {}, {}, {}, set()
    for file in files:
        with open(file, encoding="utf-8", errors="replace") as text:
            lines[file] = text.read().split("\n")
        start[file] = starts(lines[file])
        for number, line in enumerate(lines[file], 1):
            match = DIFFERS.match(line)
            for rule in match.group(1).replace(",", " ").split() if match else []:
                meant[(file, rule, number + 1)] = line.strip()
    for rows in (left, right):
        unreadable |= {file for file, rule, *_ in rows if rule == "DL1000"}

    def places(rows):
        found = collections.defaultdict(set)
        for file, rule, line, severity in rows:
            if rule in rules and (rule == "DL1000" or file not in unreadable):
                at = 0 if rule == "DL1000" else start[file][min(line, len(start[file]) - 1)]
                found[rule].add((file, at))
        return found

    left_places, right_places = places(left), places(right)
    wrong = []
    print(f"{'rule':8} {'both':>5} {'ours':>5} {'theirs':>6} {'meant':>5}  agreement")
    total = [0, 0]
    for rule in sorted(rules):
        a, b = left_places[rule], right_places[rule]
        on_purpose = {(file, at) for file, at in a ^ b if (file, rule, at) in meant}
        for file, at in sorted((a ^ b) - on_purpose):
            who = "only we tell" if (file, at) in a else "only hadolint tells"
            wrong.append(f"{file}:{at}: {who} {rule}: {lines[file][max(at, 1) - 1]}")
        judged = len((a | b) - on_purpose)
        share = 100 * len(a & b) / judged if judged else 100
        total[0] += len(a & b)
        total[1] += judged
        print(f"{rule:8} {len(a & b):5} {len(a - b - on_purpose):5} {len(b - a - on_purpose):6} {len(on_purpose):5}  {share:.1f} %")
    for (file, rule, at), line in sorted(meant.items()):
        if file not in unreadable and ((file, at) in left_places[rule]) == ((file, at) in right_places[rule]):
            wrong.append(f"{file}:{at}: the two agree about {rule}, although a comment says that they differ: {line}")
    level = {(file, rule, start[file][min(line, len(start[file]) - 1)]): severity for file, rule, line, severity in right}
    for file, rule, line, severity in left:
        other = level.get((file, rule, start[file][min(line, len(start[file]) - 1)]))
        if rule in rules and other and other != severity:
            wrong.append(f"{file}:{line}: {rule} is {severity} to us and {other} to hadolint")
    print("\n".join(wrong))
    percent = 100 * total[0] / total[1] if total[1] else 100
    print(f"{len(files)} files, {len(rules)} rules: {total[0]} of {total[1]} findings agree ({percent:.1f} %), {len(wrong)} differences not meant")
    sys.exit(1 if wrong else 0)


main()
