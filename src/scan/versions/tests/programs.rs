//! The same answers as the programs whose orders these are, where they are installed: every pair of the tables and of
//! versions made at random from a fixed seed.

use super::super::Order;
use super::{ASCENDING, placed};
use std::cmp::Ordering;
use std::io::Write as _;
use std::process::{Command, Stdio};

/// Versions made at random for one order.
const MADE: usize = 60;

/// Pieces that versions of an order are made of.
fn pieces(order: Order) -> &'static [&'static str] {
    match order {
        Order::Debian => &["1", "2", "10", "0", "01", ".", ".", "~", "+", "a", "b", "rc", "deb12u", "-1"],
        Order::Rpm => &["1", "2", "10", "0", "01", ".", ".", "~", "^", "a", "b", "rc", "el9", "_", "-1"],
        Order::Pep440 => &["1", "2", "10", "0", ".1", ".0", ".2", "a1", "b", "rc2", ".post1", ".dev3", "-1", "+x1", "+2"],
        Order::SemVer => &["-a", "-1", ".1", ".x", "-", "+b", "-rc.1", ".10", ".2"],
        Order::Maven => &["1", "2", "10", "0", ".", "-", "a", "b", "rc", "alpha", "sp", "x", "snapshot", "final", "m"],
        Order::Gem => &["1", "2", "10", "0", ".", ".", "a", "b", "rc", "pre", "-1"],
        Order::Alpine => &[],
    }
}

fn made(order: Order) -> Vec<String> {
    let mut random = fastrand::Rng::with_seed(7);
    let pieces = pieces(order);
    let start = if order == Order::SemVer { "1.2.3" } else { "1" };
    let count = if pieces.is_empty() { 0 } else { MADE };
    (0..count).map(|_| (0..random.usize(1..6)).fold(start.to_owned(), |text, _| text + pieces[random.usize(..pieces.len())])).collect()
}

fn pairs(order: Order) -> Vec<(String, String)> {
    let row = ASCENDING.iter().find(|(known, _)| *known == order).map(|(_, row)| *row).unwrap();
    let mut versions: Vec<String> = placed(row).into_iter().map(|(_, version)| version.to_owned()).collect();
    versions.extend(made(order));
    versions.iter().flat_map(|left| versions.iter().map(|right| (left.clone(), right.clone()))).collect()
}

/// Asks a program that reads pairs, a line each, and answers `-1`, `0`, `1`, or anything else where it refuses one. None:
/// it, or what it needs, is not installed.
fn asked(program: &str, args: &[&str], pairs: &[(String, String)]) -> Option<Vec<Option<Ordering>>> {
    let mut child = Command::new(program).args(args).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().ok()?;
    let mut input = child.stdin.take().unwrap();
    let text: String = pairs.iter().map(|(left, right)| format!("{left} {right}\n")).collect();
    // A program that misses its library ends before it has read everything.
    let writer = std::thread::spawn(move || input.write_all(text.as_bytes()));
    let output = child.wait_with_output().unwrap();
    let _ = writer.join().unwrap();
    let answer = String::from_utf8(output.stdout).unwrap();
    output.status.success().then(|| {
        let order = |line: &str| line.parse::<i8>().ok().map(|sign| sign.cmp(&0));
        answer.lines().map(order).collect()
    })
}

/// Compares every pair; answers how many the program judged.
fn agree(order: Order, program: &str, args: &[&str]) -> usize {
    let pairs = pairs(order);
    let Some(answers) = asked(program, args, &pairs) else { return 0 };
    assert_eq!(answers.len(), pairs.len(), "{program} answers every pair");
    let judged = pairs.iter().zip(answers).filter_map(|(pair, answer)| Some((pair, answer?)));
    let wrong: Vec<String> = judged
        .clone()
        .filter(|((left, right), answer)| order.compare(left, right) != Some(*answer))
        .map(|((left, right), answer)| format!("{left} and {right}: {answer:?}, not {:?}", order.compare(left, right)))
        .collect();
    assert!(wrong.is_empty(), "{order:?}: {} differ\n{}", wrong.len(), wrong[..wrong.len().min(20)].join("\n"));
    judged.count()
}

#[test]
fn debian_s_is_dpkg_s() {
    let script = "while read l r; do if dpkg --compare-versions $l lt $r; then echo -1; elif dpkg --compare-versions $l gt $r; then echo 1; else echo 0; fi; done";
    let pairs: Vec<(String, String)> = pairs(Order::Debian).into_iter().step_by(11).collect();
    let answers = asked("sh", &["-c", &format!("exec 2>/dev/null; {script}")], &pairs).unwrap();
    for ((left, right), answer) in pairs.iter().zip(answers) {
        assert_eq!(Order::Debian.compare(left, right), answer, "{left} and {right}");
    }
}

#[test]
fn rpm_s_is_that_of_rpm() {
    let script =
        "import sys, rpm\nfor line in sys.stdin:\n  l, r = line.split()\n  l, r = rpm.ver(l), rpm.ver(r)\n  print((l > r) - (l < r))";
    assert!(agree(Order::Rpm, "/usr/bin/python3", &["-c", script]) > 0, "python3-rpm is missing: scripts/setup scanning");
}

#[test]
fn python_s_is_that_of_packaging() {
    let script = "import sys\nfrom packaging.version import Version as V\nfor line in sys.stdin:\n  try:\n    l, r = map(V, line.split())\n    print((l > r) - (l < r))\n  except Exception:\n    print('no')";
    assert!(agree(Order::Pep440, "/usr/bin/python3", &["-c", script]) > 0, "python3-packaging is missing: scripts/setup scanning");
}

#[test]
fn semantic_versions_are_those_of_npm() {
    let script = "const root = require('child_process').execSync('npm root -g').toString().trim();\
        const semver = require(root + '/npm/node_modules/semver');\
        for (const line of require('fs').readFileSync(0, 'utf8').trim().split('\\n')) {\
          const [l, r] = line.split(' '); try { console.log(semver.compare(l, r)) } catch { console.log('no') } }";
    agree(Order::SemVer, "node", &["-e", script]);
}

#[test]
fn gem_s_is_that_of_rubygems() {
    let script = "STDIN.each_line { |line| begin; l, r = line.split.map { |v| Gem::Version.new(v) }; puts l <=> r; rescue ArgumentError; puts 'no'; end }";
    assert!(agree(Order::Gem, "ruby", &["-e", script]) > 0, "ruby is missing: scripts/setup scanning");
}

#[test]
fn maven_s_is_that_of_maven() {
    let Some(jar) = ["/usr/share/maven/lib/maven-artifact-3.x.jar"].into_iter().find(|path| std::fs::exists(path).unwrap_or(false)) else {
        return;
    };
    let source = r#"import org.apache.maven.artifact.versioning.ComparableVersion;
        public class Order { public static void main(String[] a) throws Exception {
          var in = new java.io.BufferedReader(new java.io.InputStreamReader(System.in)); String line;
          while ((line = in.readLine()) != null) { String[] p = line.split(" ");
            System.out.println(Integer.signum(new ComparableVersion(p[0]).compareTo(new ComparableVersion(p[1])))); } } }"#;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("Order.java");
    std::fs::write(&file, source).unwrap();
    let path = format!("{jar}:/usr/share/maven/lib/*:/usr/share/java/*");
    agree(Order::Maven, "java", &["-cp", &path, file.to_str().unwrap()]);
}
