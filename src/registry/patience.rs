//! How long to wait, and when to give up.

use super::options::Retries;
use reqwest::header::{DATE, HeaderMap, RETRY_AFTER};
use std::time::{Duration, SystemTime};

/// The waits of one request.
pub(crate) struct Patience {
    retries: Retries,
    failures: u32,
    waited: Duration,
    next: Duration,
}

impl Patience {
    /// A fresh one. With `only_once`, what breaks is not tried again.
    pub(crate) fn new(retries: Retries, only_once: bool) -> Self {
        let tries = if only_once { 1 } else { retries.tries };
        Self { retries: Retries { tries, ..retries }, failures: 0, waited: Duration::ZERO, next: retries.first_wait }
    }

    /// How long to wait after a failure; `None` when there were enough.
    pub(crate) fn after_failure(&mut self) -> Option<Duration> {
        self.failures += 1;
        (self.failures < self.retries.tries).then(|| self.grow())
    }

    /// How long to wait because the registry said so (429, or `Retry-After`).
    ///
    /// # Errors
    /// When that is longer than we are ready to wait in all.
    pub(crate) fn as_told(&mut self, asked: Option<Duration>) -> Result<Duration, String> {
        // Never less than the growing wait, so a registry that says "0" is not hammered.
        let wait = asked.unwrap_or_default().max(self.grow());
        let limit = self.retries.patience;
        if self.waited + wait > limit {
            let told = asked.map_or_else(String::new, |asked| format!(" and asks to wait {} s", asked.as_secs()));
            return Err(format!("it is too busy (429){told}; at most {} s are waited in all, so run again later", limit.as_secs()));
        }
        self.waited += wait;
        Ok(wait)
    }

    fn grow(&mut self) -> Duration {
        let wait = self.next.mul_f64(0.5 + fastrand::f64() / 2.0);
        self.next = self.next.saturating_mul(2).min(Duration::from_secs(30).max(self.retries.first_wait));
        wait
    }
}

/// What `Retry-After` asks for: seconds, or a date (RFC 9110, section 10.2.3).
///
/// A date is measured against the answer's own `Date`, so a clock that is wrong here does no harm.
pub(crate) fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse::<u64>() {
        return Some(Duration::from_secs(seconds));
    }
    let until = http_date(text)?;
    let now = answer_date(headers).unwrap_or_else(SystemTime::now);
    Some(until.duration_since(now).unwrap_or_default())
}

/// When an answer was made, by the server's clock.
pub(super) fn answer_date(headers: &HeaderMap) -> Option<SystemTime> {
    headers.get(DATE).and_then(|value| value.to_str().ok()).and_then(http_date)
}

fn http_date(text: &str) -> Option<SystemTime> {
    jiff::fmt::rfc2822::parse(text).ok().map(|zoned| SystemTime::from(zoned.timestamp()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use reqwest::header::HeaderValue;

    fn told(retry_after_value: &'static str) -> Option<Duration> {
        let mut headers = HeaderMap::new();
        headers.insert(RETRY_AFTER, HeaderValue::from_static(retry_after_value));
        headers.insert(DATE, HeaderValue::from_static("Wed, 21 Oct 2015 07:28:00 GMT"));
        retry_after(&headers)
    }

    #[test]
    fn seconds_and_dates_are_read() {
        assert_eq!(told("120"), Some(Duration::from_secs(120)));
        assert_eq!(told("Wed, 21 Oct 2015 07:28:30 GMT"), Some(Duration::from_secs(30)));
        assert_eq!(told("Wed, 21 Oct 2015 07:00:00 GMT"), Some(Duration::ZERO), "in the past");
        assert_eq!(told("soon"), None);
    }

    #[test]
    fn failures_end_and_waits_grow() {
        let retries = Retries { tries: 4, first_wait: Duration::from_millis(100), patience: Duration::from_secs(1) };
        let mut patience = Patience::new(retries, false);
        let waits: Vec<Option<Duration>> = (0..4).map(|_| patience.after_failure()).collect();
        for (at, most) in [(0, 100), (1, 200), (2, 400)] {
            let wait = waits[at].unwrap();
            assert!(wait <= Duration::from_millis(most) && wait >= Duration::from_millis(most / 2), "{wait:?}");
        }
        assert_eq!(waits[3], None);
        assert_eq!(Patience::new(retries, true).after_failure(), None);
    }

    #[test]
    fn waiting_as_told_has_an_end() {
        let retries = Retries { tries: 4, first_wait: Duration::from_millis(1), patience: Duration::from_secs(10) };
        let mut patience = Patience::new(retries, false);
        assert_eq!(patience.as_told(Some(Duration::from_secs(7))), Ok(Duration::from_secs(7)));
        let refused = patience.as_told(Some(Duration::from_secs(7))).unwrap_err();
        assert!(refused.contains("7 s") && refused.contains("10 s"), "{refused}");
        let mut patience = Patience::new(retries, false);
        assert!((0..100).any(|_| patience.as_told(Some(Duration::ZERO)).is_err()), "zero, again and again, ends too");
    }
}
