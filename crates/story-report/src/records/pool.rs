//! Pools of pictures among which the next frame is looked for.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::cmp::Ordering;

/// A pool. Records name all but [`Pool::All`], whose ranks have a field of their own.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Pool {
    /// The targets of all windows.
    All,
    /// All but those that the window's context shows.
    Unshown,
    /// Those of the window's own story that its context does not show.
    InStory,
    /// A hundred of other stories.
    Others100,
    /// One that this version does not know, as records of others may hold.
    Other(String),
}

impl Pool {
    /// The pools that records name, in the order of tables: what comes next, when it is not what was
    /// shown, is the first of them to read.
    pub const NAMED: [Self; 3] = [Self::Unshown, Self::InStory, Self::Others100];

    /// The name in records, such as `in-story`.
    pub fn name(&self) -> &str {
        match self {
            Self::All => "all",
            Self::Unshown => "unshown",
            Self::InStory => "in-story",
            Self::Others100 => "others-100",
            Self::Other(name) => name,
        }
    }

    /// The pool that records give this name.
    pub fn named(name: &str) -> Self {
        let known = Self::NAMED.into_iter().find(|pool| pool.name() == name);
        known.unwrap_or_else(|| Self::Other(name.to_string()))
    }
}

impl Ord for Pool {
    /// By name, which is the order in records.
    fn cmp(&self, other: &Self) -> Ordering {
        self.name().cmp(other.name())
    }
}

impl PartialOrd for Pool {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Serialize for Pool {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

impl<'de> Deserialize<'de> for Pool {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(|name| Self::named(&name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    #[test]
    fn names_are_read_back_and_keep_their_order() {
        let text = r#"{"in-story":1,"others-100":2,"unknown":3,"unshown":4}"#;
        let pools: BTreeMap<Pool, u32> = serde_json::from_str(text).expect("pools");
        assert_eq!(pools[&Pool::Unshown], 4);
        assert_eq!(pools[&Pool::Other("unknown".into())], 3);
        assert_eq!(serde_json::to_string(&pools).expect("JSON"), text);
    }
}
