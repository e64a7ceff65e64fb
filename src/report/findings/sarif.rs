//! SARIF 2.1.0 (OASIS), as GitHub code scanning and others read it.

use crate::finding::{Finding, Rule, Severity};
use serde_json::{Value, json};

/// The document, with the rules that there are; `prefix` stands between the top of the repository and the paths.
pub fn sarif(findings: &[Finding], rules: &[Rule], prefix: &str) -> Value {
    let known: Vec<Value> = rules
        .iter()
        .map(|rule| {
            json!({
                "id": rule.id,
                "shortDescription": {"text": rule.text},
                "help": {"text": format!("Bad: {}\nGood: {}", rule.bad, rule.good)},
                "defaultConfiguration": {"enabled": rule.severity.is_some(), "level": rule.severity.map_or("none", level)},
            })
        })
        .collect();
    let results: Vec<Value> = findings.iter().map(|finding| result(finding, rules, prefix)).collect();
    json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {"name": "cooperage", "version": env!("CARGO_PKG_VERSION"), "rules": known}},
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    })
}

/// SARIF has three levels.
fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Error | Severity::Critical | Severity::High => "error",
        Severity::Warning | Severity::Medium => "warning",
        Severity::Info | Severity::Style | Severity::Low | Severity::Unknown => "note",
    }
}

fn result(finding: &Finding, rules: &[Rule], prefix: &str) -> Value {
    let help = finding.help.as_ref().map(|help| format!("\n{help}")).unwrap_or_default();
    let mut result = json!({
        "ruleId": finding.id,
        "ruleIndex": rules.iter().position(|rule| rule.id == finding.id),
        "level": level(finding.severity),
        "message": {"text": format!("{}{help}", finding.message)},
    });
    if result["ruleIndex"].is_null() {
        // An index that is absent is right, one that is null is not.
        result.as_object_mut().map(|fields| fields.remove("ruleIndex"));
    }
    if let Some(path) = &finding.path {
        let mut place = json!({"artifactLocation": {"uri": uri(&format!("{prefix}{path}"))}});
        if let Some(line) = finding.line {
            place["region"] = match finding.column {
                Some(column) => json!({"startLine": line, "startColumn": column}),
                None => json!({"startLine": line}),
            };
        }
        result["locations"] = json!([{"physicalLocation": place}]);
    }
    result
}

/// A relative path as a URI reference (RFC 3986): all but unreserved characters and `/` as `%XX`.
fn uri(path: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte);
    path.bytes().map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") }).collect()
}

#[cfg(test)]
mod tests {
    use super::uri;

    #[test]
    fn paths_become_uris() {
        assert_eq!(uri("images/a b/ü:1"), "images/a%20b/%C3%BC%3A1");
    }
}
