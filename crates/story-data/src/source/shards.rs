//! How the shards of a split are named: `train-00000-of-00002.parquet`, as the Hub writes them,
//! or `train.parquet`.

use super::Split;
use std::collections::{BTreeMap, BTreeSet};

const SUFFIX: &str = ".parquet";

/// Whether a file's name ends as parquet files do.
pub(super) fn is_parquet(name: &str) -> bool {
    name.ends_with(SUFFIX) && !file_name(name).starts_with('.')
}

/// The split that a file's name tells; `None` for another name or another split.
pub(super) fn split_of(name: &str) -> Option<Split> {
    let stem = file_name(name).strip_suffix(SUFFIX)?;
    [Split::Train, Split::Test].into_iter().find(|split| {
        stem.strip_prefix(split.name())
            .is_some_and(|rest| rest.is_empty() || rest.starts_with(['-', '_', '.']))
    })
}

/// The name of a shard that is missing, judged by the `-of-` numbers of those that are there.
pub(super) fn missing<'a>(names: impl IntoIterator<Item = &'a str>) -> Option<String> {
    let mut sets: BTreeMap<(&str, &str), BTreeSet<usize>> = BTreeMap::new();
    for name in names {
        let Some((head, index, count)) = numbers(file_name(name)) else {
            continue;
        };
        let Ok(index) = index.parse() else { continue };
        sets.entry((head, count)).or_default().insert(index);
    }
    for ((head, count), present) in sets {
        // A set that is complete has as many members as its count says, from 0 on.
        let Ok(total) = count.parse::<usize>() else {
            continue;
        };
        let gap = (0..).find(|index| !present.contains(index)).unwrap_or(0);
        if gap < total {
            let width = count.len();
            return Some(format!("{head}-{gap:0width$}-of-{count}{SUFFIX}"));
        }
    }
    None
}

/// `head-INDEX-of-COUNT.parquet` in its three parts.
fn numbers(name: &str) -> Option<(&str, &str, &str)> {
    let (rest, count) = name.strip_suffix(SUFFIX)?.rsplit_once("-of-")?;
    let (head, index) = rest.rsplit_once('-')?;
    Some((head, index, count))
}

fn file_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_tell_the_split() {
        assert_eq!(split_of("data/train-00000-of-00002.parquet"), Some(Split::Train));
        assert_eq!(split_of("test.parquet"), Some(Split::Test));
        assert_eq!(split_of("testimony.parquet"), None);
        assert_eq!(split_of("validation-00000-of-00001.parquet"), None);
        assert_eq!(split_of("train-1.csv"), None);
    }

    #[test]
    fn a_gap_among_shards_is_found() {
        let names = ["data/train-00000-of-00003.parquet", "data/train-00002-of-00003.parquet"];
        assert_eq!(missing(names).as_deref(), Some("train-00001-of-00003.parquet"));
        assert_eq!(missing(["train-00000-of-00001.parquet", "own.parquet"]), None);
        assert_eq!(missing(["train-00000-of-99999999999999999999999.parquet"]), None);
    }
}
