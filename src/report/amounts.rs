//! Times and sizes as people read them.

/// A time in seconds: `0.3s`, `12.3s`, `1m30s`, `2h05m`.
pub fn duration(seconds: f64) -> String {
    let seconds = if seconds.is_finite() { seconds.max(0.0) } else { 0.0 };
    if seconds < 59.95 {
        return format!("{seconds:.1}s");
    }
    // `as` saturates; a run does not last 10^19 seconds.
    let whole = seconds.round() as u64;
    let (minutes, rest) = (whole / 60, whole % 60);
    if minutes < 60 { format!("{minutes}m{rest:02}s") } else { format!("{}h{:02}m", minutes / 60, minutes % 60) }
}

/// A size in bytes, in powers of 1024: `17 B`, `3.1 MiB`.
pub fn bytes(count: u64) -> String {
    const UNITS: [&str; 5] = ["KiB", "MiB", "GiB", "TiB", "PiB"];
    if count < 1024 {
        return format!("{count} B");
    }
    let mut size = count as f64 / 1024.0;
    let mut unit = 0;
    while size >= 1023.95 && unit + 1 < UNITS.len() {
        size /= 1024.0;
        unit += 1;
    }
    format!("{size:.1} {}", UNITS[unit])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_never_show_sixty_seconds() {
        for (seconds, text) in [(0.0, "0.0s"), (12.34, "12.3s"), (59.94, "59.9s"), (59.96, "1m00s"), (90.0, "1m30s"), (119.7, "2m00s")] {
            assert_eq!(duration(seconds), text);
        }
        assert_eq!(duration(7500.0), "2h05m");
        assert_eq!(duration(f64::NAN), "0.0s");
        assert_eq!(duration(-1.0), "0.0s");
    }

    #[test]
    fn sizes_change_their_unit_in_time() {
        let cases = [(17, "17 B"), (1023, "1023 B"), (1024, "1.0 KiB"), (1_048_575, "1.0 MiB"), (3_250_586, "3.1 MiB")];
        for (count, text) in cases {
            assert_eq!(bytes(count), text);
        }
        assert_eq!(bytes(u64::MAX), "16384.0 PiB");
    }
}
