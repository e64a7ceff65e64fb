//! Tables of `.dockerignore` cases: patterns, what they leave out, what they do not.

use super::{ContextError, Ignore};
use std::path::Path;

fn ignore(patterns: &str) -> Ignore {
    Ignore::parse(patterns, Path::new(".dockerignore")).unwrap()
}

/// Patterns (one a line), a path, whether it is left out.
const CASES: &[(&str, &str, bool)] = &[
    // The examples of Docker's documentation.
    ("*/temp*", "somedir/temporary.txt", true),
    ("*/temp*", "somedir/temp", true),
    ("*/temp*", "temp", false),
    ("*/temp*", "a/b/temp", false),
    ("*/*/temp*", "somedir/subdir/temporary.txt", true),
    ("*/*/temp*", "somedir/temp", false),
    ("temp?", "tempa", true),
    ("temp?", "temp", false),
    ("temp?", "tempab", false),
    ("**/*.go", "a.go", true),
    ("**/*.go", "x/y/a.go", true),
    ("**/*.go", "x/y/a.god", false),
    ("*.md\n!README.md", "README.md", false),
    ("*.md\n!README.md", "NEWS.md", true),
    ("*.md\n!README*.md\nREADME-secret.md", "README-secret.md", true),
    ("*.md\n!README*.md\nREADME-secret.md", "README-new.md", false),
    ("*.md\nREADME-secret.md\n!README*.md", "README-secret.md", false),
    ("/foo/bar/", "foo/bar", true),
    ("foo/bar", "foo/bar/deep/file", true),
    ("foo/bar", "x/foo/bar", false),
    // The last match wins, parents count.
    ("docs\n!docs/README.md", "docs/README.md", false),
    ("docs\n!docs/README.md", "docs/other", true),
    ("docs/\n!docs/README.md", "docs/README.md", false),
    ("docs/*\n!docs/README.md", "docs/README.md", false),
    ("!a.go\n*.go", "a.go", true),
    ("**\n!util/docker/web", "util/docker/web/foo", false),
    ("**\n!util/docker/web\nutil/docker/web/foo", "util/docker/web/foo", true),
    ("*\n!src\nsrc/*.o", "src/deep/x.o", false),
    ("*\n!src\nsrc/*.o", "src/x.o", true),
    // Stars and double stars.
    ("**", "dir/file", true),
    ("**/", "file", true),
    ("**/**", "dir/file", true),
    ("dir/**", "dir/dir2/file", true),
    ("abc/**", "abc", false),
    ("**/dir", "dir/file", true),
    ("**/dir2/*", "dir/dir2/file", true),
    ("**/dir2/**", "dir/dir2/dir3/file", true),
    ("**file", "dir/dir/file", true),
    ("**file", "dir/myfile", true),
    ("**/file", "dir/myfile", false),
    ("**/file*txt", "dir/dir/file.txt", true),
    ("**/**/*.txt2", "dir/dir/file.txt", false),
    ("a**/*.txt", "a/dir/dir/file.txt", true),
    ("a/*.txt", "a/dir/file.txt", false),
    ("a/*.txt**", "a/file.txt", true),
    ("**/.foo", "bar.foo", false),
    (".*", ".foo", true),
    (".*", "foo", false),
    // Characters that mean something elsewhere.
    ("abc.def", "abcZdef", false),
    ("a(b)c/def", "a(b)c/def", true),
    ("a.|)$(}+{bc", "a.|)$(}+{bc", true),
    ("{a,b}", "a", false),
    ("a b", "a b", true),
    ("a?b", "a☺b", true),
    ("a?b", "a/b", false),
    ("a[b-d]e", "ace", true),
    ("a[^b-d]e", "ace", false),
    ("a[^b-d]e", "aze", true),
    ("a[!b]e", "a!e", true),
    ("a[!b]e", "aze", false),
    ("[a&&b[]x", "&x", true),
    ("[a&&b[]x", "[x", true),
    ("[z-a]", "m", false),
    ("[\\]a]", "]", true),
    ("[x\\-]", "-", true),
    ("a\\*b", "a*b", true),
    ("a\\*b", "axb", false),
    ("a\\\\", "a\\", true),
    // How the file is read.
    ("# foo\nbar", "# foo", false),
    (" # foo", "# foo", true),
    ("  foo  \t", "foo", true),
    ("foo\r\nbar\r\n", "foo", true),
    ("\u{feff}foo", "foo", true),
    ("*\n!  foo  ", "foo", false),
    ("  !foo\nfoo", "foo", true),
    ("./a/../foo//bar/", "foo/bar", true),
    ("/foo", "foo", true),
    ("!/foo\n", "foo", false),
    ("*\n!/foo", "foo", false),
    ("../foo", "foo", false),
    (".", "foo", false),
    ("/", "foo", false),
    ("foo /", "foo", true),
    ("*\n/!foo", "foo", false),
    // Always sent at the top, and only there.
    ("*", "Dockerfile", false),
    ("*", ".dockerignore", false),
    ("Dockerfile", "Dockerfile", false),
    ("**/Dockerfile", "sub/Dockerfile", true),
];

#[test]
fn patterns_leave_out_what_docker_leaves_out() {
    let wrong: Vec<_> = CASES.iter().filter(|(patterns, path, excluded)| ignore(patterns).excludes(path) != *excluded).collect();
    assert!(wrong.is_empty(), "{wrong:?}");
}

#[test]
fn patterns_that_docker_refuses_are_refused_with_their_line() {
    for bad in ["!", "! ", "!/", "[", "[^", "[^bc", "a[", "[]a]", "[-]", "[x-]", "[-x]", "[a-b-c]", "\\", "a/[\\"] {
        let text = format!("# a comment\n\n{bad}\n");
        match Ignore::parse(&text, Path::new("x/.dockerignore")) {
            Err(error @ ContextError::Pattern { line: 3, .. }) => assert!(error.to_string().starts_with("x/.dockerignore:3: "), "{error}"),
            other => panic!("{bad}: {other:?}"),
        }
    }
}

#[test]
fn no_file_leaves_nothing_out_and_the_dockerfiles_own_comes_first() {
    let folder = tempfile::tempdir().unwrap();
    assert!(!Ignore::load(folder.path()).unwrap().excludes("a"));
    std::fs::write(folder.path().join(".dockerignore"), "a").unwrap();
    assert!(Ignore::load(folder.path()).unwrap().excludes("a"));
    std::fs::write(folder.path().join("Dockerfile.dockerignore"), "b").unwrap();
    let own = Ignore::load(folder.path()).unwrap();
    assert!(own.excludes("b") && !own.excludes("a"));
}

#[test]
fn many_stars_stay_fast() {
    let ignore = ignore(&"a*".repeat(50));
    assert!(!ignore.excludes(&"a".repeat(5000).replace("aaaaa", "aaaab/")));
    assert!(ignore.excludes(&"a".repeat(5000)));
}
