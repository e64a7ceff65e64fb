"""Compares container-structure-test with cooperage over fixtures/structure; see scripts/compare-structure-test.

An answer is one line a test, `pass` or `fail` with its name, in order; `refused` for a file that cannot be used.
`expected` holds ours. Where the original answers otherwise its answer is in `original`, and `why` says why.
"""

import concurrent.futures
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2] / "fixtures" / "structure"


def call(words, **more):
    return subprocess.run(words, capture_output=True, text=True, check=False, **more)


def image_of(folder, engine, made):
    """Builds the case's image, or the one that most cases share."""
    recipe = folder / "Dockerfile"
    recipe = recipe if recipe.exists() else ROOT / "Dockerfile"
    name = f"cooperage-compare-{os.getpid()}-{recipe.parent.name}:1"
    if name not in made:
        with tempfile.TemporaryDirectory() as context:
            shutil.copy(recipe, context)
            shutil.copy(os.environ.get("COOPERAGE_TEST_BUSYBOX", "/bin/busybox"), f"{context}/busybox")
            built = call(["docker", "--host", engine, "build", "--quiet", "--tag", name, context], env={**os.environ, "DOCKER_BUILDKIT": "0"})
        if built.returncode:
            sys.exit(f"{recipe}: {built.stderr}")
        made.append(name)
    return name


def name_of(text):
    """The name alone: the original puts the kind in front, but not of what it cannot run."""
    kinds = {"Command Test: ": None, "File Existence Test: ": None, "File Content Test: ": None}
    for kind in kinds:
        if text.startswith(kind):
            return text[len(kind):]
    return {"License Test": "license", "Metadata Test": "metadata"}.get(text, text)


def of_original(program, engine, image, file):
    ran = call([program, "test", "--image", image, "--config", str(file), "--output", "json"], env={**os.environ, "DOCKER_HOST": engine})
    results = json.loads(ran.stdout).get("Results") or []
    if len(results) == 1 and any(error.startswith("error parsing config file") for error in results[0].get("Errors") or []):
        return ["refused"]
    return [("pass " if one["Pass"] else "fail ") + name_of(one["Name"]) for one in results] or ["refused"]


def of_ours(program, engine, image, file):
    ran = call([program, "--engine", engine, "--format", "json", "test", "--image", image, "--structure", str(file)])
    if ran.returncode not in (0, 1):
        return [f"exit {ran.returncode}: {ran.stderr.strip()}"]
    document = json.loads(ran.stdout)["images"][0]
    cases = [case for case in document["cases"] if not any("holds no test" in error for error in case["errors"])]
    return [("pass " if case["outcome"] == "passed" else "fail ") + case["name"] for case in cases] or ["refused"]


def lines(path):
    return path.read_text(encoding="utf-8").splitlines() if path.exists() else None


def write(path, answer):
    path.write_text("\n".join(answer) + "\n", encoding="utf-8")


def judge(folder, ours, theirs, update):
    """What there is to say about a case; nothing where all is as expected."""
    if update:
        write(folder / "expected", ours)
        (folder / "original").unlink(missing_ok=True)
        if ours != theirs:
            write(folder / "original", theirs)
    wrong = []
    expected = lines(folder / "expected")
    if ours != expected:
        wrong.append(f"cooperage answers {ours}, expected {expected}")
    known = lines(folder / "original")
    if known and not (folder / "why").exists():
        wrong.append(f"the two differ and no file says why: cooperage {ours}, container-structure-test {theirs}")
    if theirs != (known or expected):
        wrong.append(f"container-structure-test answers {theirs}, expected {known or expected}")
    return wrong


def main():
    original, cooperage, engine, *rest = sys.argv[1:]
    update = "--update" in rest
    chosen = [word for word in rest if word != "--update"]
    folders = sorted(path.parent for path in ROOT.glob("*/structure.*") if not chosen or path.parent.name in chosen)
    made, wrong, same, tests = [], 0, 0, 0
    try:
        images = {folder: image_of(folder, engine, made) for folder in folders}

        def both(folder):
            file = next(folder.glob("structure.*"))
            return of_ours(cooperage, engine, images[folder], file), of_original(original, engine, images[folder], file)

        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            for folder, (ours, theirs) in zip(folders, pool.map(both, folders)):
                tests += len(theirs)
                same += sum(one == other for one, other in zip(ours, theirs)) if len(ours) == len(theirs) else 0
                for message in judge(folder, ours, theirs, update):
                    wrong += 1
                    print(f"{folder.name}: {message}")
    finally:
        for name in made:
            call(["docker", "--host", engine, "rmi", "--force", name])
    known = [folder.name for folder in folders if (folder / "original").exists()]
    print(f"{len(folders)} files, {tests} answers, {same} the same; known differences: {', '.join(known) or 'none'}")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
