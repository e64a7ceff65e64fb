//! `docs/index-validate.md` has every rule; `UPDATE=1` writes its tables anew.

use cooperage::finding::Rule;
use cooperage::index::compatible::CHECKS;
use cooperage::index::{strict, values};
use std::fs;
use std::path::Path;

fn table(rules: &[Rule]) -> String {
    let cell = |text: &str| text.replace('|', "\\|");
    let row = |rule: &Rule| {
        let severity = rule.severity.map_or("off", |severity| severity.as_str());
        format!("| `{}` | {severity} | {} | {} | {} |\n", rule.id, cell(rule.text), cell(rule.bad), cell(rule.good))
    };
    format!("| rule | severity | what holds | bad | good |\n| --- | --- | --- | --- | --- |\n{}", rules.iter().map(row).collect::<String>())
}

#[test]
fn the_tables_of_the_page_are_those_of_the_code() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/index-validate.md");
    let old = fs::read_to_string(&path).unwrap();
    let mut page = old.clone();
    for (mark, rules) in [("strict", strict::RULES), ("repositories", values::RULES), ("compatible", CHECKS)] {
        let start = page.find(&format!("<!-- {mark} -->\n")).unwrap() + format!("<!-- {mark} -->\n").len();
        let end = start + page[start..].find("<!-- end -->").unwrap();
        page.replace_range(start..end, &table(rules));
    }
    if std::env::var_os("UPDATE").is_some() {
        fs::write(&path, &page).unwrap();
    } else {
        assert!(page == old, "the tables are old: UPDATE=1 cargo test --test index_validate page");
    }
}
