//! The settings behind a score, so that two scores are known to be comparable or not:
//! `nrefs:1|case:mixed|eff:no|tok:13a|smooth:exp|version:story-metrics-0.1.0`, as sacreBLEU writes them
//! (Post 2018, "A Call for Clarity in Reporting BLEU Scores").

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt::{Display, Formatter};

/// Which implementation made the number.
const VERSION: &str = concat!("story-metrics-", env!("CARGO_PKG_VERSION"));

/// Settings in order, each a key with a value; printed and saved as `key:value` between `|`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Signature(Vec<Setting>);

#[derive(Debug, Clone, PartialEq, Eq)]
struct Setting {
    key: String,
    /// `None` for a bare word.
    value: Option<String>,
}

impl Signature {
    /// These settings.
    pub fn of<const N: usize>(settings: [(&str, &dyn Display); N]) -> Self {
        settings.into_iter().fold(Self::default(), |all, (key, value)| all.with(key, value))
    }

    /// One word without a value.
    pub fn word(word: &str) -> Self {
        Self(vec![Setting { key: word.to_string(), value: None }])
    }

    /// The settings with one more at the end.
    pub fn with(mut self, key: &str, value: impl Display) -> Self {
        self.0.push(Setting { key: key.to_string(), value: Some(value.to_string()) });
        self
    }

    /// The settings with the version of this crate at the end.
    pub fn versioned(self) -> Self {
        self.with("version", VERSION)
    }

    /// The settings with others behind them.
    pub fn and(mut self, others: Self) -> Self {
        self.0.extend(others.0);
        self
    }

    /// The settings without one.
    pub fn without(mut self, key: &str) -> Self {
        self.0.retain(|setting| setting.key != key);
        self
    }

    /// The settings with those of `others` in the place of what has the same key.
    pub fn replaced_by(mut self, others: Self) -> Self {
        for other in others.0 {
            match self.0.iter_mut().find(|setting| setting.key == other.key) {
                Some(setting) => *setting = other,
                None => self.0.push(other),
            }
        }
        self
    }

    /// The value of a setting; `None` where it is not set.
    pub fn get(&self, key: &str) -> Option<&str> {
        self.0.iter().find(|setting| setting.key == key)?.value.as_deref()
    }

    /// Reads what [`Display`] wrote; any text is some signature.
    pub fn parse(text: &str) -> Self {
        let setting = |part: &str| match part.split_once(':') {
            Some((key, value)) => Setting { key: key.to_string(), value: Some(value.to_string()) },
            None => Setting { key: part.to_string(), value: None },
        };
        match text {
            "" => Self::default(),
            text => Self(text.split('|').map(setting).collect()),
        }
    }
}

impl Display for Signature {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        for (at, Setting { key, value }) in self.0.iter().enumerate() {
            let bar = if at == 0 { "" } else { "|" };
            match value {
                Some(value) => write!(f, "{bar}{key}:{value}")?,
                None => write!(f, "{bar}{key}")?,
            }
        }
        Ok(())
    }
}

impl Serialize for Signature {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Signature {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(|text| Self::parse(&text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_are_found_replaced_and_left_out_by_their_keys() {
        let metric = Signature::of([("agg", &"mean"), ("undefined", &0), ("range", &1)]);
        let all = metric.without("undefined").and(Signature::of([("seed", &1), ("level", &0.95)]));
        assert_eq!(all.to_string(), "agg:mean|range:1|seed:1|level:0.95");
        let drawn = all.replaced_by(Signature::of([("seed", &7), ("rng", &"splitmix64")]));
        assert_eq!(drawn.to_string(), "agg:mean|range:1|seed:7|level:0.95|rng:splitmix64");
        assert_eq!((drawn.get("seed"), drawn.get("undefined")), (Some("7"), None));
        assert!(Signature::default().versioned().get("version").is_some());
    }

    #[test]
    fn any_text_is_read_back_as_it_was_written() {
        for text in ["", "count", "a:b|c", "a:b:c|d:", "smooth:floor[0.10]|flagged-false-alarms"] {
            assert_eq!(Signature::parse(text).to_string(), text);
            let json = serde_json::to_string(&Signature::parse(text)).expect("a string");
            assert_eq!(json, format!("{text:?}"));
            let back: Signature = serde_json::from_str(&json).expect("a signature");
            assert_eq!(back, Signature::parse(text));
        }
    }
}
