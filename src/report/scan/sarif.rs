//! SARIF of several images.

use crate::finding::Finding;
use crate::report::findings::sarif;
use crate::scan::{Scanned, rules};
use serde_json::Value;

/// The document. A place is the image, and in it the file where there is one: viewers want a path.
pub fn scan_sarif(images: &[Scanned]) -> Value {
    let findings: Vec<Finding> = images.iter().flat_map(|image| image.findings().map(|finding| placed(image, finding))).collect();
    sarif(&findings, &rules(), "")
}

fn placed(image: &Scanned, finding: &Finding) -> Finding {
    let path = finding.path.as_deref().map(|path| format!("/{}", path.trim_start_matches('/'))).unwrap_or_default();
    let until = finding.excepted_until.as_ref().map(|day| format!(" (accepted until {day})")).unwrap_or_default();
    let message = format!("{}: {}{until}", image.reference, finding.message);
    Finding { path: Some(format!("{}{path}", image.reference)), message, ..finding.clone() }
}
