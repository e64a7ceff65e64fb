//! What looks like a credential in an assignment. The value is never shown.

use regex::Regex;
use std::sync::OnceLock;

/// Whether a variable holds a credential, by its name or by what its value looks like.
pub fn looks_like_credential(name: &str, value: &str) -> bool {
    let value = value.trim();
    // A variable, a path or a switch is none.
    if value.len() < 4 || value.starts_with(['$', '/', '.', '~']) || ["true", "false", "none", "null"].contains(&value) {
        return false;
    }
    let by_name =
        names_one(name) && !value.contains(char::is_whitespace) && !value.contains("${") && !value.bytes().all(|b| b.is_ascii_digit());
    by_name || patterns().iter().any(|pattern| pattern.is_match(value))
}

/// Whether a word of the name says it: `DB_PASSWORD`, `GITHUB_TOKEN`; not `TOKEN_URL`, `PASSWORD_FILE`, `KEY_ID`.
fn names_one(name: &str) -> bool {
    let name = name.to_ascii_uppercase();
    let words: Vec<&str> = name.split(['_', '-', '.']).filter(|word| !word.is_empty()).collect();
    let word = |text: &str| ["PASSWORD", "PASSWD", "PASSPHRASE", "SECRET", "TOKEN", "CREDENTIAL", "CREDENTIALS", "APIKEY"].contains(&text);
    let pair = |pair: &[&str]| matches!(pair, ["API" | "ACCESS" | "PRIVATE" | "SECRET" | "AUTH" | "ENCRYPTION", "KEY"]);
    match words.as_slice() {
        [.., last] if word(last) => true,
        [.., first, second] if pair(&[first, second]) => true,
        _ => false,
    }
}

/// What well-known credentials look like. Sources: GitHub, GitLab, AWS, Google, Slack, npm, PyPI and Docker on the
/// formats of their tokens; RFC 7519 for JSON Web Tokens; RFC 3986 for passwords in addresses.
fn patterns() -> &'static [Regex] {
    static PATTERNS: OnceLock<Vec<Regex>> = OnceLock::new();
    PATTERNS.get_or_init(|| {
        let all = [
            r"gh[pousr]_[A-Za-z0-9]{36}",
            r"github_pat_[A-Za-z0-9_]{22,}",
            r"glpat-[A-Za-z0-9_-]{20}",
            r"\b(AKIA|ASIA)[A-Z0-9]{16}\b",
            r"\bAIza[A-Za-z0-9_-]{35}",
            r"\bxox[abprs]-[A-Za-z0-9-]{10,}",
            r"\bnpm_[A-Za-z0-9]{36}",
            r"\bpypi-[A-Za-z0-9_-]{50,}",
            r"\bdckr_pat_[A-Za-z0-9_-]{20,}",
            r"\bsk-[A-Za-z0-9_-]{32,}",
            r"-----BEGIN [A-Z ]*PRIVATE KEY-----",
            r"\beyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.",
            r"[a-z][a-z0-9+.-]*://[^/\s:@$]+:[^/\s@$]{3,}@",
        ];
        // What does not compile is left out; a test holds that all do.
        all.iter().filter_map(|pattern| Regex::new(pattern).ok()).collect()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_values_give_credentials_away() {
        assert_eq!(patterns().len(), 13);
        let github = format!("ghp_{}", "a1B2".repeat(9));
        for (name, value) in [
            ("DB_PASSWORD", "hunter2"),
            ("github-token", "abcdef"),
            ("AWS_SECRET_ACCESS_KEY", "abcdefgh"),
            ("X", github.as_str()),
            ("URL", "https://user:hunter2@example.org/x"),
            ("KEY", "-----BEGIN RSA PRIVATE KEY-----"),
        ] {
            assert!(looks_like_credential(name, value), "{name}={value}");
        }
        for (name, value) in [
            ("DB_PASSWORD", "$PASSWORD"),
            ("DB_PASSWORD", ""),
            ("DB_PASSWORD_FILE", "/run/secrets/x"),
            ("TOKEN_URL", "https://example.org"),
            ("PASSWORD", "/run/secrets/x"),
            ("TOKEN_TIMEOUT", "3600"),
            ("KEY_ID", "abcdef"),
            ("URL", "https://user@example.org/x"),
            ("URL", "https://$USER:$PASSWORD@example.org/x"),
            ("ASK_PASSWORD", "true"),
        ] {
            assert!(!looks_like_credential(name, value), "{name}={value}");
        }
    }
}
