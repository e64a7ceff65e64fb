//! The suffix that `--nightly` and `--snapshot` put on a tag.

use std::fmt;

/// A stamp: `YYYYMMDD` or `YYYYMMDD-HHMMSS` in UTC, joined to the version with `-`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Stamp(String);

impl Stamp {
    /// The nightly's stamp of a moment (UTC).
    pub fn nightly(at: jiff::Timestamp) -> Self {
        Self(at.strftime("%Y%m%d").to_string())
    }

    /// The snapshot's stamp of a moment (UTC).
    pub fn snapshot(at: jiff::Timestamp) -> Self {
        Self(at.strftime("%Y%m%d-%H%M%S").to_string())
    }
}

impl fmt::Display for Stamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stamps_are_utc() {
        let at: jiff::Timestamp = "2026-08-16T23:30:05-02:00".parse().unwrap();
        assert_eq!(Stamp::nightly(at).to_string(), "20260817");
        assert_eq!(Stamp::snapshot(at).to_string(), "20260817-013005");
    }
}
