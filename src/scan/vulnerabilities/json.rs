//! Fields of JSON that others write: null stands for nothing, and what is no word does not count.

use serde::de::{Deserialize, Deserializer, IgnoredAny};

/// A field that may be null.
pub fn or_default<'de, D: Deserializer<'de>, T: Deserialize<'de> + Default>(from: D) -> Result<T, D::Error> {
    Ok(Option::<T>::deserialize(from)?.unwrap_or_default())
}

/// A field that counts only when it has the form that is looked for.
pub fn if_fits<'de, D: Deserializer<'de>, T: Deserialize<'de> + Default>(from: D) -> Result<T, D::Error> {
    #[derive(serde::Deserialize)]
    #[serde(untagged)]
    enum Maybe<T> {
        Fits(T),
        Other(IgnoredAny),
    }
    Ok(match Maybe::<T>::deserialize(from)? {
        Maybe::Fits(value) => value,
        Maybe::Other(_) => T::default(),
    })
}
