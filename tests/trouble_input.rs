//! Bad input through the real program: exit code, what is said of it and where, and that the rest goes on.

mod support;

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use support::catalogue::{Catalogue, Outcome, docker};

const SCRATCH: &str = "FROM scratch\nCOPY x /x\n";

/// A definition that is good as it stands.
fn sound(catalogue: &Catalogue, name: &str) {
    catalogue.define(name, "1.0", SCRATCH).write(&format!("{name}/x"), name);
}

/// Whether stderr holds all of these.
fn says(outcome: &Outcome, parts: &[&str]) {
    for part in parts {
        assert!(outcome.stderr.contains(part), "\"{part}\" is missing in\n{}\n--- stdout\n{}", outcome.stderr, outcome.stdout);
    }
    assert!(!outcome.stderr.contains("panicked"), "{}", outcome.stderr);
}

/// One broken definition beside a sound one: `list` shows both, `build` starts nothing, and starts the sound one
/// alone when only that is selected.
fn is_a_defect(catalogue: &Catalogue, parts: &[&str]) {
    sound(catalogue, "sound");
    let listed = catalogue.expect(1, &["--format", "json", "list", "--offline"]);
    let document = listed.json();
    let names: Vec<&str> = document["images"].as_array().unwrap().iter().map(|image| image["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["sound"]);
    says(&catalogue.expect(1, &["list", "--offline"]), parts);
    let built = catalogue.expect(2, &["build", "--no-publish", "--no-pull"]);
    says(&built, parts);
    says(&built, &["nothing was started"]);
    let reference = catalogue.reference("sound", "1.0");
    assert_eq!(docker(&["images", "--quiet", &reference]), "");
    catalogue.expect(0, &["build", "--no-publish", "--no-pull", "--select", "*sound:*"]);
    assert_ne!(docker(&["images", "--quiet", &reference]), "");
}

#[test]
fn a_changelog_without_entries() {
    let catalogue = Catalogue::new("");
    catalogue.write("empty/Dockerfile.template", SCRATCH).write("empty/changelog", "\n# nothing yet\n");
    is_a_defect(&catalogue, &["empty/changelog", "changelog"]);
}

#[test]
fn a_changelog_that_is_no_text() {
    let catalogue = Catalogue::new("");
    let noise: Vec<u8> = (0..100_000u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
    catalogue.write("noise/Dockerfile.template", SCRATCH).write("noise/changelog", noise);
    is_a_defect(&catalogue, &["noise/changelog:1", "not a text file"]);
}

#[test]
fn a_template_that_is_no_text() {
    let catalogue = Catalogue::new("");
    catalogue.define("noise", "1.0", "").write("noise/Dockerfile.template", b"FROM scratch\n\xff\xfe\x00\x01");
    is_a_defect(&catalogue, &["noise/Dockerfile.template"]);
}

#[test]
fn a_template_with_a_syntax_error() {
    let catalogue = Catalogue::new("");
    catalogue.define("broken", "1.0", "FROM scratch\nRUN a\n{% if %}\n");
    is_a_defect(&catalogue, &["broken/Dockerfile.template:3", "syntax error", "{% if %}"]);
}

#[test]
fn an_undefined_name_with_file_line_and_text() {
    let catalogue = Catalogue::new("");
    catalogue.define("vague", "1.0", "FROM scratch\nRUN a\nRUN echo {{ nothing_here }}\n");
    is_a_defect(&catalogue, &["vague/Dockerfile.template:3", "nothing_here is undefined", "RUN echo {{ nothing_here }}"]);
}

#[test]
fn an_endless_include() {
    let catalogue = Catalogue::new("");
    catalogue.define("ring", "1.0", "FROM scratch\n{% include \"part\" %}\n").write("ring/part", "{% include \"part\" %}\n");
    is_a_defect(&catalogue, &["ring/part:1", "without end"]);
    let shown = catalogue.expect(1, &["list", "--offline"]).stderr;
    assert!(shown.matches("included from").count() <= 4, "{shown}");
}

#[test]
fn an_endless_loop_in_a_template() {
    let catalogue = Catalogue::new("");
    let wide = "{% for a in range(99999) %}{% for b in range(99999) %}{% for c in range(99999) %}{% endfor %}{% endfor %}{% endfor %}";
    catalogue.define("loop", "1.0", &format!("FROM scratch\n{wide}\n"));
    is_a_defect(&catalogue, &["loop/Dockerfile.template:2"]);
}

#[test]
fn a_template_that_prints_without_bounds() {
    let catalogue = Catalogue::new("");
    catalogue.define("flood", "1.0", "FROM scratch\n{% for a in range(9000) %}{{ \"x\" * 1000000 }}{% endfor %}\n");
    is_a_defect(&catalogue, &["flood/Dockerfile.template", "prints more than 16 MB"]);
}

#[test]
fn a_template_nested_without_measure() {
    let catalogue = Catalogue::new("");
    let deep = format!("FROM scratch\nRUN {{{{ {}1{} }}}}\n", "(".repeat(20_000), ")".repeat(20_000));
    catalogue.define("deep", "1.0", &deep);
    catalogue.define("deeper", "1.0", &format!("FROM scratch\n{}{}\n", "{% if true %}".repeat(20_000), "{% endif %}".repeat(20_000)));
    is_a_defect(&catalogue, &["deep/Dockerfile.template", "deeper/Dockerfile.template"]);
}

#[test]
fn a_cycle_prints_its_path() {
    let catalogue = Catalogue::new("");
    catalogue.child("a", "1.0", "b", "").child("b", "1.0", "c", "").child("c", "1.0", "a", "");
    is_a_defect(&catalogue, &["a -> b -> c -> a"]);
}

#[test]
fn a_definition_that_needs_itself() {
    let catalogue = Catalogue::new("");
    catalogue.child("self", "1.0", "self", "");
    is_a_defect(&catalogue, &["self -> self"]);
}

#[test]
fn a_name_twice_shows_both_paths() {
    let catalogue = Catalogue::new("");
    sound(&catalogue, "twin");
    catalogue
        .write("other/Dockerfile.template", SCRATCH)
        .write("other/changelog", fs::read(catalogue.root().join("twin/changelog")).unwrap());
    is_a_defect(&catalogue, &["\"twin\"", "other, twin"]);
}

#[test]
fn a_missing_parent_names_the_nearest() {
    let catalogue = Catalogue::new("");
    sound(&catalogue, "python3");
    sound(&catalogue, "child");
    catalogue.depends("child", &["pyton3"]);
    let listed = catalogue.expect(0, &["list", "--offline"]);
    says(&listed, &["child/control", "pyton3", "python3", "warning"]);
    catalogue.define("lost", "1.0", "FROM {{ \"pyton3\" | image_tag }}\n");
    let listed = catalogue.expect(1, &["list", "--offline"]);
    says(&listed, &["lost/Dockerfile.template:1", "\"pyton3\"", "did you mean \"python3\""]);
}

#[test]
fn all_defects_are_shown_together() {
    let catalogue = Catalogue::new("");
    catalogue.write("empty/Dockerfile.template", SCRATCH).write("empty/changelog", "");
    catalogue.define("broken", "1.0", "FROM scratch\n{% if %}\n").define("vague", "1.0", "FROM {{ nothing_here }}\n");
    catalogue.define("bad name!", "1.0", SCRATCH).child("a", "1.0", "b", "").child("b", "1.0", "a", "");
    is_a_defect(
        &catalogue,
        &["empty/changelog", "broken/Dockerfile.template:2", "vague/Dockerfile.template:1", "a -> b -> a", "bad name!"],
    );
}

#[test]
fn what_needs_something_broken_is_not_started() {
    let catalogue = Catalogue::new("");
    catalogue.define("base", "1.0", "FROM {{ nothing_here }}\n").child("child", "1.0", "base", "");
    let refused = catalogue.expect(2, &["build", "--no-publish", "--no-pull", "--select", "*child:*"]);
    says(&refused, &["base/Dockerfile.template:1", "nothing_here is undefined"]);
}

#[test]
fn a_changelog_of_twenty_megabytes_works() {
    let catalogue = Catalogue::new("");
    sound(&catalogue, "old");
    let entry = fs::read_to_string(catalogue.root().join("old/changelog")).unwrap();
    let many = entry.repeat(20_000_000 / entry.len() + 1);
    assert!(many.len() >= 20_000_000);
    catalogue.write("old/changelog", many).release("old", "2.0");
    let listed = catalogue.expect(0, &["--format", "json", "list", "--offline"]).json();
    assert_eq!(listed["images"][0]["version"], "2.0");
    catalogue.expect(0, &["build", "--no-publish", "--no-pull"]);
}

#[test]
fn a_control_of_ten_thousand_lines() {
    let catalogue = Catalogue::new("");
    sound(&catalogue, "wide");
    let depends: String = (0..10_000).map(|n| format!(" nobody{n},\n")).collect();
    catalogue.write("wide/control", format!("Package: wide\nDepends:\n{depends}"));
    let listed = catalogue.expect(0, &["--format", "json", "list", "--offline"]).json();
    assert_eq!(listed["warnings"].as_array().unwrap().len(), 10_000);
}

#[test]
fn directories_that_hold_nothing() {
    let catalogue = Catalogue::new("");
    for verb in [["list", "--offline"].as_slice(), &["render"], &["build", "--no-publish"], &["build", "--no-publish", "--dry-run"]] {
        says(&catalogue.expect(2, verb), &["images", "holds no definition"]);
        let mut call = catalogue.command(verb);
        says(&outcome(call.arg(catalogue.root().join("nowhere"))), &["nowhere", "does not exist"]);
        let mut call = catalogue.command(verb);
        says(&outcome(call.arg("/dev/null")), &["/dev/null"]);
    }
}

fn outcome(call: &mut std::process::Command) -> Outcome {
    let outcome = Outcome::of(call.output().unwrap());
    assert_eq!(outcome.code, 2, "{outcome:?}");
    outcome
}

#[test]
fn a_configuration_that_is_wrong() {
    let catalogue = Catalogue::new("");
    sound(&catalogue, "sound");
    for (text, parts) in [
        ("namespace: [\n", ["c.yaml:1:12", "bad YAML", "namespace: ["].as_slice()),
        ("a: b\n\tc: d\n", &["c.yaml:1", "bad YAML", "tab"]),
        ("scan_workers: many\n", &["c.yaml:1:15", "scan_workers", "whole number", "many"]),
        ("cooperage:\n  jobz: 3\n", &["c.yaml:2:3", "cooperage.jobz", "did you mean cooperage.jobs?"]),
        ("cooperage: 3\n", &["c.yaml:1", "cooperage"]),
        ("- a\n- b\n", &["c.yaml:1"]),
        ("registry: 'https://example.org/'\n", &["c.yaml:1", "registry"]),
        ("\0\u{1}binary", &["c.yaml"]),
    ] {
        fs::write(catalogue.work().join("c.yaml"), text).unwrap();
        says(&catalogue.expect(2, &["-c", "c.yaml", "list", "--offline"]), parts);
        says(&catalogue.expect(2, &["-c", "c.yaml", "build", "--no-publish"]), parts);
    }
    fs::write(catalogue.work().join("c.yaml"), format!("a: {}{}\n", "[".repeat(100_000), "]".repeat(100_000))).unwrap();
    says(&catalogue.expect(2, &["-c", "c.yaml", "list", "--offline"]), &["c.yaml"]);
    says(&catalogue.expect(2, &["-c", "missing.yaml", "list", "--offline"]), &["missing.yaml", "No such file", "--configfile"]);
    fs::write(catalogue.work().join("c.yaml"), "registy: example.org\nmirror: x\n").unwrap();
    let warned = catalogue.expect(0, &["-c", "c.yaml", "list", "--offline"]);
    says(&warned, &["c.yaml:1", "registy", "did you mean registry?"]);
    assert!(!warned.stderr.contains("mirror"), "{}", warned.stderr);
}

/// A call in a folder below the configuration reads none, and says so.
#[test]
fn a_configuration_that_is_passed_over() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir_all(folder.path().join("images/app")).unwrap();
    fs::create_dir(folder.path().join(".git")).unwrap();
    fs::write(folder.path().join("config.yaml"), "registry: registry.example.org\n").unwrap();
    fs::write(
        folder.path().join("images/app/changelog"),
        "app (1.0) w; urgency=low\n\n  * x\n\n -- A <a@e.org>  Mon, 02 Nov 2026 10:00:00 +0000\n",
    )
    .unwrap();
    fs::write(folder.path().join("images/app/Dockerfile.template"), "FROM scratch\n").unwrap();
    let told = |at: &str, directory: &str| {
        let mut call = std::process::Command::new(env!("CARGO_BIN_EXE_cooperage"));
        let output = call.args(["list", "--offline", directory]).current_dir(folder.path().join(at)).output().unwrap();
        assert_eq!(output.status.code(), Some(0));
        String::from_utf8(output.stderr).unwrap()
    };
    let below = told("images", ".");
    assert!(below.contains("../config.yaml is not read") && below.contains("give --configfile ../config.yaml"), "{below}");
    assert!(!told(".", "images").contains("not read"));
}

#[test]
fn links_that_leave_the_repository() {
    let catalogue = Catalogue::new("");
    sound(&catalogue, "leaky");
    symlink("/etc/hostname", catalogue.root().join("leaky/secret")).unwrap();
    let refused = catalogue.run(&["build", "--no-publish", "--no-pull"]);
    assert!(refused.code == 1 || refused.code == 2, "{refused:?}");
    says(&refused, &["leaky/secret"]);
    assert_eq!(docker(&["images", "--quiet", &catalogue.reference("leaky", "1.0")]), "");
}

#[test]
fn a_link_in_a_circle_and_one_to_nowhere() {
    let catalogue = Catalogue::new("");
    sound(&catalogue, "ring");
    symlink(".", catalogue.root().join("ring/again")).unwrap();
    let refused = catalogue.run(&["build", "--no-publish", "--no-pull"]);
    assert!(refused.code == 1 || refused.code == 2, "{refused:?}");
    says(&refused, &["ring/again"]);
    fs::remove_file(catalogue.root().join("ring/again")).unwrap();
    symlink("nowhere", catalogue.root().join("ring/dead")).unwrap();
    let refused = catalogue.run(&["build", "--no-publish", "--no-pull"]);
    assert!(refused.code == 1 || refused.code == 2, "{refused:?}");
    says(&refused, &["ring/dead"]);
}

#[test]
fn special_files_in_a_context_do_not_hang() {
    let catalogue = Catalogue::new("");
    sound(&catalogue, "pipe");
    let fifo = catalogue.root().join("pipe/fifo");
    assert!(std::process::Command::new("mkfifo").arg(&fifo).status().unwrap().success());
    let refused = catalogue.run(&["build", "--no-publish", "--no-pull"]);
    assert!(refused.code == 1 || refused.code == 2, "{refused:?}");
    says(&refused, &["pipe/fifo"]);
}

#[test]
fn special_files_in_place_of_a_definitions_own() {
    let catalogue = Catalogue::new("");
    for name in ["changelog", "Dockerfile.template", "control"] {
        let folder = format!("odd-{}", name.to_lowercase());
        sound(&catalogue, &folder);
        let path = catalogue.root().join(&folder).join(name);
        let _ = fs::remove_file(&path);
        assert!(std::process::Command::new("mkfifo").arg(&path).status().unwrap().success());
    }
    sound(&catalogue, "sound");
    let listed = catalogue.expect(1, &["list", "--offline"]);
    says(&listed, &["odd-changelog/changelog", "odd-dockerfile.template/Dockerfile.template", "odd-control/control"]);
}

#[test]
fn names_with_odd_characters_are_shown_harmless() {
    use std::os::unix::ffi::OsStrExt as _;
    let catalogue = Catalogue::new("");
    sound(&catalogue, "sound");
    for odd in [b"new\nline".as_slice(), b"\x1b[31mred", b"not\xffutf8", b"back\\slash".as_slice(), "blank and ünïcode".as_bytes()] {
        let folder = catalogue.root().join(std::ffi::OsStr::from_bytes(odd));
        fs::create_dir(&folder).unwrap();
        fs::write(folder.join("Dockerfile.template"), "FROM {{ nothing_here }}\n").unwrap();
        fs::write(folder.join("changelog"), fs::read(catalogue.root().join("sound/changelog")).unwrap()).unwrap();
    }
    let listed = catalogue.expect(1, &["list", "--offline"]);
    assert!(!listed.stderr.contains('\u{1b}') && !listed.stdout.contains('\u{1b}'), "{listed:?}");
    assert!(!listed.stderr.contains("new\nline"), "{}", listed.stderr);
    catalogue.expect(1, &["--format", "json", "list", "--offline"]).json();
}

#[test]
fn a_hostile_name_or_version_never_leaves_its_place() {
    let catalogue = Catalogue::new("");
    sound(&catalogue, "sound");
    for (at, (name, version)) in
        [("../../evil", "1.0"), ("evil", "../1"), ("evil", "1.0\u{1b}[2J"), ("EVIL", "1.0"), ("evil:x", "1")].iter().enumerate()
    {
        let text =
            format!("{name} ({version}) bookworm; urgency=medium\n\n  * x\n\n -- T <t@example.org>  Mon, 02 Nov 2026 10:00:00 +0000\n");
        catalogue.write(&format!("evil{at}/changelog"), text).write(&format!("evil{at}/Dockerfile.template"), SCRATCH);
    }
    let listed = catalogue.expect(1, &["list", "--offline"]);
    says(&listed, &["evil0/changelog", "evil1/changelog", "evil2/changelog", "evil3/changelog", "evil4/changelog"]);
    assert!(!listed.stderr.contains('\u{1b}'), "{}", listed.stderr);
}

#[test]
fn a_file_that_cannot_be_read() {
    let catalogue = Catalogue::new("");
    sound(&catalogue, "hidden");
    // Root reads everything, so a folder stands where the file should be.
    fs::remove_file(catalogue.root().join("hidden/changelog")).unwrap();
    fs::create_dir(catalogue.root().join("hidden/changelog")).unwrap();
    sound(&catalogue, "sound");
    let listed = catalogue.run(&["list", "--offline"]);
    says(&listed, &["hidden"]);
    assert!(listed.stdout.contains("sound"), "{}", listed.stdout);
}

#[test]
fn a_reader_that_goes_away() {
    let catalogue = Catalogue::new("");
    for at in 0..300 {
        sound(&catalogue, &format!("image{at}"));
    }
    for verb in
        ["list --offline", "render", "--format json list --offline", "--format json render", "build --no-publish --no-pull --dry-run"]
    {
        let program = env!("CARGO_BIN_EXE_cooperage");
        let script = format!("{program} {verb} {} | head -n 1 >/dev/null; exit ${{PIPESTATUS[0]}}", catalogue.root().display());
        let mut call = std::process::Command::new("bash");
        call.env("DOCKER_HOST", support::engine::url()).env("HOME", catalogue.home()).current_dir(catalogue.work());
        let outcome = Outcome::of(call.arg("-c").arg(script).output().unwrap());
        assert!(!outcome.stderr.contains("panicked") && outcome.code <= 1, "{verb}: {outcome:?}");
    }
}

#[test]
fn closed_streams() {
    let catalogue = Catalogue::new("");
    sound(&catalogue, "sound");
    let program = env!("CARGO_BIN_EXE_cooperage");
    for (redirect, code) in [("<&-", 0), ("2>&-", 0), (">&- 2>&-", 0), ("<&- >&- 2>&-", 0)] {
        let script = format!("{program} build --no-publish --no-pull {} {redirect}", catalogue.root().display());
        let mut call = std::process::Command::new("bash");
        call.env("DOCKER_HOST", support::engine::url()).env("HOME", catalogue.home()).current_dir(catalogue.work());
        call.env("COOPERAGE_NAMESPACE", &catalogue.namespace);
        let outcome = Outcome::of(call.arg("-c").arg(script).output().unwrap());
        assert_eq!(outcome.code, code, "{redirect}: {outcome:?}");
    }
    let full = format!("{program} list --offline {} >/dev/full", catalogue.root().display());
    let outcome = Outcome::of(std::process::Command::new("bash").arg("-c").arg(full).output().unwrap());
    assert_ne!(outcome.code, 0, "{outcome:?}");
    says(&outcome, &["No space left"]);
}

#[test]
fn colours_only_when_asked_for() {
    let catalogue = Catalogue::new("");
    catalogue.define("vague", "1.0", "FROM {{ nothing_here }}\n");
    sound(&catalogue, "sound");
    let escape = |outcome: &Outcome| outcome.stderr.contains('\u{1b}') || outcome.stdout.contains('\u{1b}');
    assert!(!escape(&catalogue.expect(1, &["list", "--offline"])));
    assert!(!escape(&catalogue.expect(1, &["--color", "never", "list", "--offline"])));
    assert!(escape(&catalogue.expect(1, &["--color", "always", "list", "--offline"])));
    catalogue.expect(2, &["--color", "sometimes", "list", "--offline"]);
    let mut call = catalogue.command(&["list", "--offline"]);
    let outcome = Outcome::of(call.env("NO_COLOR", "1").arg(catalogue.root()).output().unwrap());
    assert!(!escape(&outcome), "{outcome:?}");
}

#[test]
fn reports_that_cannot_be_written_are_known_before_the_run() {
    let catalogue = Catalogue::new("");
    sound(&catalogue, "sound");
    for option in ["--record", "--junit", "--summary"] {
        let refused = catalogue.expect(2, &["build", "--no-publish", "--no-pull", option, "missing/folder/report"]);
        says(&refused, &[&format!("cannot write {option} to missing/folder/report: No such file")]);
        let folder = catalogue.work().join("images");
        fs::create_dir_all(&folder).unwrap();
        says(&catalogue.expect(2, &["build", "--no-publish", "--no-pull", option, "images"]), &["images", option]);
    }
    assert_eq!(docker(&["images", "--quiet", &catalogue.reference("sound", "1.0")]), "", "nothing may have been built");
}

#[test]
fn a_log_that_cannot_be_written_is_a_warning() {
    let catalogue = Catalogue::new("");
    sound(&catalogue, "sound");
    fs::create_dir(catalogue.work().join("cooperage-build.log")).unwrap();
    says(&catalogue.expect(0, &["build", "--no-publish", "--no-pull"]), &["warning", "cooperage-build.log", "cannot be written"]);
}

#[test]
fn log_lines_cannot_draw_on_the_terminal() {
    let catalogue = Catalogue::new("");
    catalogue.busybox("noisy", "1.0", "RUN printf 'a\\033[2Jb\\rc\\033]0;title\\007\\nlast\\000line\\n' && false\n");
    for options in [["build", "--no-publish", "--no-pull"].as_slice(), &["--info", "build", "--no-publish", "--no-pull"]] {
        let failed = catalogue.expect(1, options);
        assert!(!failed.stderr.contains(['\u{1b}', '\r', '\u{7}']) && !failed.stdout.contains(['\u{1b}', '\r', '\u{7}']), "{failed:?}");
        assert!(failed.stdout.contains("last"), "{}", failed.stdout);
    }
    let log = fs::read_to_string(catalogue.work().join("cooperage-build.log")).unwrap();
    assert!(!log.contains(['\u{1b}', '\r', '\u{7}']), "{log}");
}

#[test]
fn a_prebuild_without_its_run_bit() {
    let catalogue = Catalogue::new("");
    sound(&catalogue, "pre");
    catalogue.write("pre/prebuild.sh", "#!/bin/sh\ntrue\n");
    says(&catalogue.expect(1, &["build", "--no-publish", "--no-pull"]), &["prebuild.sh", "run bit"]);
    fs::set_permissions(catalogue.root().join("pre/prebuild.sh"), fs::Permissions::from_mode(0o755)).unwrap();
    catalogue.write("pre/prebuild.sh", "#!/no/such/shell\n");
    says(&catalogue.expect(1, &["build", "--no-publish", "--no-pull"]), &["prebuild.sh", "#!"]);
    catalogue.write("pre/prebuild.sh", "#!/bin/sh\necho why >&2; exit 9\n");
    let failed = catalogue.expect(1, &["build", "--no-publish", "--no-pull"]);
    says(&failed, &["prebuild.sh", "exit code 9"]);
    assert!(failed.stdout.contains("why"), "{}", failed.stdout);
    assert_eq!(docker(&["images", "--quiet", &catalogue.reference("pre", "1.0")]), "");
}
