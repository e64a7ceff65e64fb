//! Numbers as Python 2.7 reads and prints them.

/// What `str(number)` gives: twelve digits at most (`%.12g`), and always a dot or an exponent.
pub(super) fn short(number: f64) -> String {
    if number.is_nan() {
        return "nan".to_owned();
    }
    if number.is_infinite() {
        return (if number > 0.0 { "inf" } else { "-inf" }).to_owned();
    }
    let scientific = format!("{number:.11e}");
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or_default();
    if (-4..11).contains(&exponent) {
        let decimals = usize::try_from(11 - exponent).unwrap_or_default();
        let fixed = format!("{number:.decimals$}");
        let fixed = fixed.trim_end_matches('0');
        return if fixed.ends_with('.') { format!("{fixed}0") } else { fixed.to_owned() };
    }
    let mantissa = mantissa.trim_end_matches('0').trim_end_matches('.');
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{mantissa}e{sign}{:02}", exponent.abs())
}

/// A whole number of any length, in pieces of nine decimal digits, the lowest first.
#[derive(Default)]
pub(super) struct Large(Vec<u32>);

const PIECE: u64 = 1_000_000_000;

impl Large {
    /// The digits of a base up to 16.
    pub(super) fn from_digits(digits: &str, base: u32) -> Option<Self> {
        digits.chars().try_fold(Self::default(), |number, digit| Some(number.next(u64::from(base), digit.to_digit(base)?)))
    }

    /// This times `factor`, and `more`.
    pub(super) fn next(mut self, factor: u64, more: u32) -> Self {
        let mut carry = u64::from(more);
        for piece in &mut self.0 {
            let sum = u64::from(*piece) * factor + carry;
            // The rest of a division by PIECE fits.
            *piece = u32::try_from(sum % PIECE).unwrap_or_default();
            carry = sum / PIECE;
        }
        if carry > 0 {
            self.0.push(u32::try_from(carry).unwrap_or_default());
        }
        self
    }

    /// Its decimal digits, without a sign.
    pub(super) fn digits(&self) -> String {
        let text: String = self.0.iter().rev().map(|piece| format!("{piece:09}")).collect();
        let text = text.trim_start_matches('0');
        (if text.is_empty() { "0" } else { text }).to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The right side was printed by Python 2.7.18.
    #[test]
    fn numbers_print_as_in_python() {
        for (number, text) in [
            (8.10, "8.1"),
            (1.0, "1.0"),
            (0.1 + 0.2, "0.3"),
            (1e16, "1e+16"),
            (123_456_789_012.0, "1.23456789012e+11"),
            (12_345_678_901.0, "12345678901.0"),
            (1e-5, "1e-05"),
            (0.0001, "0.0001"),
            (-2.5, "-2.5"),
            (0.0, "0.0"),
            (1.123_456_789_012_345, "1.12345678901"),
            (f64::INFINITY, "inf"),
            (f64::NAN, "nan"),
        ] {
            assert_eq!(short(number), text);
        }
    }

    #[test]
    fn large_numbers_keep_every_digit() {
        let large = |digits, base| Large::from_digits(digits, base).unwrap().digits();
        assert_eq!(large("123456789012345678901234567890", 10), "123456789012345678901234567890");
        assert_eq!(large("ffffffffffffffffffff", 16), "1208925819614629174706175");
        assert_eq!(large("000", 8), "0");
        assert!(Large::from_digits("8", 8).is_none());
    }
}
