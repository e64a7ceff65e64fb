//! `docs/configuration.md`: the table of keys for people.

use super::document::{KeyText, flow, texts};
use std::fmt::Write;

const HEAD: &str = "\
# Configuration

<!-- Written from src/config/default.yaml. Change that file, then run: UPDATE=1 cargo test --test schema -->

Later layers win, and a value replaces the earlier one whole:

1. the defaults below,
2. `$XDG_CONFIG_HOME/docker-pkg.yaml`, then `$XDG_CONFIG_HOME/cooperage.yaml` (`~/.config` where the variable is not set),
3. the file named with `--configfile`; without the option `config.yaml` in the current directory, if there is one,
4. environment variables,
5. flags.

`cooperage config show` prints every value with the layer, file and line it comes from.

- The same file serves docker-pkg: its keys keep their meaning, ours stand under the one root key `cooperage:`.
- Unknown keys at the root are template variables; one that looks like a typing mistake is a warning. Unknown keys under
  `cooperage:` are errors. Templates see all keys of docker-pkg and all variables, but never `username`, `password`, a
  variable that holds the password, or anything under `cooperage:`. They do see `http_proxy` as it is written, also a
  password in its URL.
- YAML is read as PyYAML reads it: `yes` and `on` are true, `010` is 8, `1.10` is the number 1.1. A key that stands twice is
  a warning and the last one counts, as with docker-pkg.
- A key whose value is null (or nothing) goes back to the default.
- The environment variable of a key is `COOPERAGE_` and its last part in capitals; the value is YAML, but text is taken as it
  is (a password may be `0123` or hold ` #`), and a list may be written `a,b`. An empty variable says nothing.
- Relative paths are relative to the current directory, whatever file names them, as with docker-pkg; `~/` in front is the
  home folder.
- Everything wrong is told at once, with file, line and column, and ends the call with exit code 2.
- `username` and `password` are given both or not at all.

`config.schema.json` lets an editor check a file while it is written.
";

/// The page, in Markdown.
pub fn reference() -> String {
    let (theirs, ours): (Vec<KeyText>, Vec<KeyText>) = texts().into_iter().partition(|about| about.key.is_docker_pkg());
    let mut page = HEAD.to_owned();
    page.push_str("\n## Keys of docker-pkg\n");
    theirs.iter().for_each(|about| section(&mut page, about));
    page.push_str("\nThe key `seed_image` of docker-pkg is accepted and does nothing.\n");
    page.push_str("\n## Keys under `cooperage:`\n");
    ours.iter().for_each(|about| section(&mut page, about));
    page
}

fn section(page: &mut String, about: &KeyText) {
    let KeyText { key, text, example, default } = about;
    let example = example.as_deref().unwrap_or_default();
    // Writing to a String cannot fail.
    let _ = write!(
        page,
        "\n### `{}`\n\n{text}\n\n- must be {}; default `{}`\n- example: `{}: {example}`; in the environment: `{}`\n",
        key.name,
        key.kind.expected(),
        flow(default),
        key.short(),
        key.variable(),
    );
}
