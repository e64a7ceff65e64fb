//! An advisory, as far as it is looked at. Source: Open Source Vulnerability format, schema 1.6 and 1.7.

use super::json::{if_fits, or_default};
use serde::{Deserialize, Serialize};

/// An advisory.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
pub struct Advisory {
    /// Its own id.
    pub id: String,
    /// Other ids of the same vulnerability.
    #[serde(default, deserialize_with = "or_default")]
    pub aliases: Vec<String>,
    /// The vulnerabilities that it tells of, where it is about others' ids.
    #[serde(default, deserialize_with = "or_default")]
    pub upstream: Vec<String>,
    /// What it has to do with.
    #[serde(default, deserialize_with = "or_default")]
    pub related: Vec<String>,
    /// One line.
    #[serde(default, deserialize_with = "or_default")]
    pub summary: String,
    /// When it was taken back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub withdrawn: Option<String>,
    /// How severe it is.
    #[serde(default, deserialize_with = "or_default")]
    pub severity: Vec<Rating>,
    /// The packages.
    #[serde(default, deserialize_with = "or_default")]
    pub affected: Vec<AffectedPackage>,
    /// What its source says beside.
    #[serde(default, deserialize_with = "if_fits")]
    pub database_specific: Specific,
}

/// How severe it is, by somebody's measure.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct Rating {
    /// `CVSS_V3`, `CVSS_V4`, `Ubuntu`.
    #[serde(rename = "type")]
    pub kind: String,
    /// The vector, or the word.
    pub score: String,
}

/// A package that it affects.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
pub struct AffectedPackage {
    /// The package; not there where only commits are named.
    #[serde(default, deserialize_with = "or_default")]
    pub package: Name,
    /// How severe it is there.
    #[serde(default, deserialize_with = "or_default")]
    pub severity: Vec<Rating>,
    /// Which versions.
    #[serde(default, deserialize_with = "or_default")]
    pub ranges: Vec<Range>,
    /// Which versions, one by one.
    #[serde(default, deserialize_with = "or_default")]
    pub versions: Vec<String>,
    /// What the ecosystem says beside.
    #[serde(default, deserialize_with = "if_fits")]
    pub ecosystem_specific: Specific,
    /// What the source says beside.
    #[serde(default, deserialize_with = "if_fits")]
    pub database_specific: Specific,
}

/// A package's name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
pub struct Name {
    /// `Debian:12`, `PyPI`.
    pub ecosystem: String,
    /// The name there.
    pub name: String,
}

/// A range of versions.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
pub struct Range {
    /// `SEMVER`, `ECOSYSTEM`, `GIT`.
    #[serde(rename = "type")]
    pub kind: String,
    /// Where it begins and ends.
    #[serde(default, deserialize_with = "or_default")]
    pub events: Vec<Event>,
}

/// Where a range begins or ends; each has one of these.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(default)]
pub struct Event {
    /// Affected from here; `0` is from the first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub introduced: Option<String>,
    /// No more from here.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fixed: Option<String>,
    /// No more after this.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_affected: Option<String>,
    /// Nothing is known from here.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<String>,
}

/// Words about severity that sources have in places of their own.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
pub struct Specific {
    /// GitHub's word.
    #[serde(default, deserialize_with = "if_fits", skip_serializing_if = "Option::is_none")]
    pub severity: Option<String>,
    /// Debian's.
    #[serde(default, deserialize_with = "if_fits", skip_serializing_if = "Option::is_none")]
    pub urgency: Option<String>,
    /// Ubuntu's.
    #[serde(default, deserialize_with = "if_fits", skip_serializing_if = "Option::is_none")]
    pub priority: Option<String>,
}

impl Advisory {
    /// Reads one.
    ///
    /// # Errors
    /// When it is no advisory, or has no id.
    pub fn parse(bytes: &[u8]) -> Result<Self, serde_json::Error> {
        let mut advisory: Self = serde_json::from_slice(bytes)?;
        if advisory.id.trim().is_empty() {
            return Err(serde::de::Error::custom("its id is empty"));
        }
        for affected in &mut advisory.affected {
            affected.ranges.retain(|range| range.kind != "GIT");
        }
        advisory.affected.retain(|affected| !affected.package.ecosystem.is_empty());
        Ok(advisory)
    }
}
