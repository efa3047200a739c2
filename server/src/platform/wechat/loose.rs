//! WeChat's fields drift between number and string (§1.0): `86` and `"86"`, `1620973045` and `"1620973045"`.

use std::str::FromStr;

use serde::{Deserialize, Deserializer, de};
use serde_json::Value;

/// A number or a string, kept as text; `null` is the empty text.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Loose(pub String);

impl Loose {
    /// As a number of the wanted kind, if it is one.
    pub fn number<T: FromStr>(&self) -> Option<T> {
        self.0.trim().parse().ok()
    }
}

impl<'de> Deserialize<'de> for Loose {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match Value::deserialize(deserializer)? {
            Value::String(text) => Ok(Self(text)),
            Value::Number(number) => Ok(Self(number.to_string())),
            Value::Null => Ok(Self::default()),
            _ => Err(de::Error::custom("expected a number or a string")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_strings_read_alike_beyond_2_to_the_53() {
        for json in ["1864323726461255680", "\"1864323726461255680\"", "\" 1864323726461255680 \""] {
            let loose: Loose = serde_json::from_str(json).expect("loose");
            assert_eq!(loose.number::<u64>(), Some(1_864_323_726_461_255_680), "{json}");
        }
        assert_eq!(serde_json::from_str::<Loose>("null").expect("null").number::<u64>(), None);
        assert!(serde_json::from_str::<Loose>("{}").is_err());
    }
}
