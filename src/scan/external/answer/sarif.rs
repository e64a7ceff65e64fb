//! Findings as SARIF 2.1.0. Source: OASIS, "Static Analysis Results Interchange Format", version 2.1.0.

use super::{Told, severity};
use serde::Deserialize;
use std::collections::HashMap;

#[derive(Deserialize)]
struct Log {
    runs: Vec<Run>,
}

#[derive(Deserialize)]
struct Run {
    #[serde(default)]
    tool: Tool,
    results: Option<Vec<Outcome>>,
}

#[derive(Default, Deserialize)]
struct Tool {
    #[serde(default)]
    driver: Driver,
}

#[derive(Default, Deserialize)]
struct Driver {
    #[serde(default)]
    rules: Vec<Described>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Described {
    id: String,
    help_uri: Option<String>,
    default_configuration: Level,
    properties: Properties,
}

#[derive(Default, Deserialize)]
struct Level {
    level: Option<String>,
}

#[derive(Default, Deserialize)]
struct Properties {
    /// GitHub's extension: a CVSS score as a text.
    #[serde(rename = "security-severity")]
    score: Option<serde_json::Value>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Outcome {
    rule_id: Option<String>,
    rule_index: Option<usize>,
    kind: Option<String>,
    level: Option<String>,
    message: Message,
    #[serde(default)]
    locations: Vec<Location>,
    #[serde(default)]
    properties: Properties,
}

#[derive(Deserialize)]
struct Message {
    text: Option<String>,
    id: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Location {
    physical_location: Option<Physical>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Physical {
    artifact_location: Option<Artifact>,
    region: Option<Region>,
}

#[derive(Deserialize)]
struct Artifact {
    uri: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Region {
    start_line: Option<usize>,
}

/// Reads the results of all runs.
///
/// # Errors
/// When it is no SARIF.
pub fn read(answer: &[u8]) -> Result<Vec<Told>, String> {
    let log: Log = serde_json::from_slice(answer).map_err(|error| format!("its answer is no SARIF ({error})"))?;
    Ok(log.runs.into_iter().flat_map(run).collect())
}

fn run(run: Run) -> Vec<Told> {
    let rules = run.tool.driver.rules;
    let by_id: HashMap<&str, &Described> = rules.iter().map(|rule| (rule.id.as_str(), rule)).collect();
    // Other kinds say that something is as it should be, or was not looked at.
    let failed = run.results.unwrap_or_default().into_iter().filter(|one| one.kind.as_deref().is_none_or(|kind| kind == "fail"));
    failed
        .map(|one| {
            let rule = one.rule_id.as_deref().and_then(|id| by_id.get(id).copied()).or_else(|| rules.get(one.rule_index?));
            told(&one, rule)
        })
        .collect()
}

fn told(one: &Outcome, rule: Option<&Described>) -> Told {
    let place = one.locations.first().and_then(|location| location.physical_location.as_ref());
    let score = score(&one.properties).or_else(|| score(&rule?.properties));
    let level = one.level.as_deref().or(rule.and_then(|rule| rule.default_configuration.level.as_deref())).unwrap_or("warning");
    Told {
        id: one.rule_id.clone().or_else(|| rule.map(|rule| rule.id.clone())).unwrap_or_default(),
        severity: score.map(crate::scan::vulnerabilities::severity_of_score).or_else(|| severity(level)),
        message: one.message.text.clone().or_else(|| one.message.id.clone()).unwrap_or_default(),
        path: place.and_then(|place| place.artifact_location.as_ref()?.uri.clone()),
        line: place.and_then(|place| place.region.as_ref()?.start_line),
        help: rule.and_then(|rule| rule.help_uri.clone()),
        ..Told::default()
    }
}

fn score(properties: &Properties) -> Option<f64> {
    let number = match properties.score.as_ref()? {
        serde_json::Value::String(text) => text.parse().ok()?,
        other => other.as_f64()?,
    };
    (0.0..=10.0).contains(&number).then_some(number)
}
