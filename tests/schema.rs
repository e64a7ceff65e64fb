//! Files that are written from the code are what the code writes. Refresh them with:
//! `UPDATE=1 cargo test --test schema`

use std::path::Path;

fn same(name: &str, expected: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(name);
    if std::env::var_os("UPDATE").is_some() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, expected).unwrap();
    }
    let found = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(found == expected, "{name} is not what the code writes; refresh it with: UPDATE=1 cargo test --test schema");
}

#[test]
fn the_schema_is_that_of_the_types() {
    same("config.schema.json", &(serde_json::to_string_pretty(&cooperage::config::schema()).unwrap() + "\n"));
}

#[test]
fn the_reference_is_that_of_the_default_file() {
    same("docs/configuration.md", &cooperage::config::reference());
}

#[test]
fn the_rules_of_lint_are_those_of_the_table() {
    same("docs/lint.md", &cooperage::lint::reference());
}

#[test]
fn the_scanners_and_their_rules_are_those_of_the_tables() {
    same("docs/scan.md", &cooperage::scan::reference());
}
