//! The cache of frozen features on disk: bits, damage, several users at once, the limit, a disk
//! that does not take what it is given.

use candle_core::{Device, Tensor};
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, SystemTime};
use story_core::{Error, Result};
use story_encoders::features::{FeatureCache, FeatureKey, RecordKey};

const WIDTH: usize = 8;
const NO_LIMIT: u64 = u64::MAX;
/// A file that the parent lays down for the test that it runs as a second process.
const CHILD_MARK: &str = "second-process";

fn key(name: &str) -> FeatureKey {
    FeatureKey { encoder: name.into() }
}

fn records(range: std::ops::Range<usize>) -> Vec<RecordKey> {
    range.map(|index| RecordKey::of(format!("record {index}").as_bytes())).collect()
}

/// The vectors of `records(first..)` at `places`, with bits that any rounding would change.
fn vectors(first: usize, places: &[usize]) -> Result<Tensor> {
    let value = |place: &usize, column: usize| 1.0 / ((first + place) * WIDTH + column + 3) as f32;
    let values: Vec<f32> = places
        .iter()
        .flat_map(|place| (0..WIDTH).map(move |column| value(place, column)))
        .collect();
    Ok(Tensor::from_vec(values, (places.len(), WIDTH), &Device::Cpu)?)
}

fn open(folder: &Path, name: &str, limit: u64) -> Result<FeatureCache> {
    FeatureCache::open(folder, &key(name), WIDTH, limit)
}

/// Fills `range` and stores it; gives back how many records were computed.
fn store(cache: &mut FeatureCache, range: std::ops::Range<usize>) -> Result<usize> {
    let mut computed = 0;
    let first = range.start;
    let wanted = records(range);
    let found = cache.fill(&wanted, 16, |places| {
        computed += places.len();
        vectors(first, places)
    })?;
    let places: Vec<usize> = (0..wanted.len()).collect();
    let bits = |tensor: &Tensor| -> Result<Vec<u32>> {
        let values = tensor.flatten_all()?.to_vec1::<f32>()?;
        Ok(values.into_iter().map(f32::to_bits).collect())
    };
    assert_eq!(bits(&found)?, bits(&vectors(first, &places)?)?);
    cache.flush()?;
    Ok(computed)
}

/// All files under `folder` whose name ends so, sorted.
fn files(folder: &Path, end: &str) -> Vec<PathBuf> {
    let mut out = Vec::new();
    for entry in std::fs::read_dir(folder).into_iter().flatten() {
        let path = entry.expect("an entry").path();
        match path.is_dir() {
            true => out.extend(files(&path, end)),
            false if path.to_string_lossy().ends_with(end) => out.push(path),
            false => {}
        }
    }
    out.sort();
    out
}

fn make_older(path: &Path, minutes: u64) {
    let time = SystemTime::now() - Duration::from_secs(60 * minutes);
    let file = File::options().append(true).open(path).expect("the shard");
    file.set_modified(time).expect("the time is set");
}

#[test]
fn a_later_run_computes_only_what_is_new() -> Result<()> {
    let folder = tempfile::tempdir().expect("a folder");
    assert_eq!(store(&mut open(folder.path(), "a", NO_LIMIT)?, 0..40)?, 40);
    let mut later = open(folder.path(), "a", NO_LIMIT)?;
    assert_eq!(later.len(), 40);
    assert_eq!(store(&mut later, 0..50)?, 10);
    assert_eq!(store(&mut later, 0..50)?, 0);
    assert_eq!(files(folder.path(), ".features").len(), 2);
    assert!(files(folder.path(), ".part").is_empty());
    // Another encoder, or another width, has nothing yet.
    assert!(open(folder.path(), "b", NO_LIMIT)?.is_empty());
    assert!(FeatureCache::open(folder.path(), &key("a"), WIDTH + 1, NO_LIMIT)?.is_empty());
    assert!(later.take_warnings().is_empty());
    Ok(())
}

#[test]
fn what_was_not_flushed_is_stored_when_the_cache_is_dropped() -> Result<()> {
    let folder = tempfile::tempdir().expect("a folder");
    let mut cache = open(folder.path(), "a", NO_LIMIT)?;
    let wanted = records(0..5);
    // The third batch fails: what came before is kept.
    let result = cache.fill(&wanted, 2, |places| match places[0] {
        4 => Err(Error::Data("a picture".into())),
        _ => vectors(0, places),
    });
    assert!(matches!(result, Err(Error::Data(_))));
    drop(cache);
    assert_eq!(open(folder.path(), "a", NO_LIMIT)?.len(), 4);
    Ok(())
}

#[test]
fn damaged_shards_are_dropped_with_a_warning_and_made_anew() -> Result<()> {
    for damage in ["cut", "flip", "empty"] {
        let folder = tempfile::tempdir().expect("a folder");
        let mut cache = open(folder.path(), "a", NO_LIMIT)?;
        store(&mut cache, 0..10)?;
        store(&mut cache, 0..30)?;
        let shard = &files(folder.path(), ".features")[0];
        let mut bytes = std::fs::read(shard).expect("the shard");
        match damage {
            "cut" => bytes.truncate(bytes.len() - 5),
            "flip" => bytes[100] ^= 4,
            _ => bytes.clear(),
        }
        std::fs::write(shard, bytes).expect("written");
        let mut cache = open(folder.path(), "a", NO_LIMIT)?;
        let warnings = cache.take_warnings();
        assert_eq!(warnings.len(), 1, "{warnings:?}");
        let name = shard.display().to_string();
        assert!(warnings[0].contains(&name) && warnings[0].contains("computed again"));
        assert!(cache.take_warnings().is_empty(), "said once");
        let lost = 30 - cache.len();
        assert!(lost == 10 || lost == 20, "{lost}");
        assert_eq!(store(&mut cache, 0..30)?, lost);
        assert_eq!(store(&mut open(folder.path(), "a", NO_LIMIT)?, 0..30)?, 0);
    }
    Ok(())
}

#[test]
fn many_threads_share_a_folder() -> Result<()> {
    let folder = tempfile::tempdir().expect("a folder");
    std::thread::scope(|scope| {
        for thread in 0..8 {
            let path = folder.path();
            scope.spawn(move || {
                for round in 0..4 {
                    let mut cache = open(path, "a", NO_LIMIT).expect("opened");
                    assert!(cache.take_warnings().is_empty());
                    store(&mut cache, thread..thread + 10 * (round + 1)).expect("stored");
                }
            });
        }
    });
    let mut cache = open(folder.path(), "a", NO_LIMIT)?;
    assert!(cache.take_warnings().is_empty());
    assert_eq!((cache.len(), store(&mut cache, 0..47)?), (47, 0));
    assert!(files(folder.path(), ".part").is_empty());
    Ok(())
}

/// Runs as the second process of the next test; by itself it does nothing.
#[test]
#[ignore = "a part of two_processes_share_a_folder"]
fn second_process() -> Result<()> {
    if Path::new(CHILD_MARK).is_file() {
        for round in 0..20 {
            store(&mut open(Path::new("cache"), "a", NO_LIMIT)?, 5..50 + round)?;
        }
    }
    Ok(())
}

#[test]
fn two_processes_share_a_folder() -> Result<()> {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join(CHILD_MARK), "").expect("written");
    let mut second = Command::new(std::env::current_exe().expect("this program"));
    second.args(["--exact", "features::second_process", "--ignored"]).current_dir(folder.path());
    let cache = folder.path().join("cache");
    let ended = std::thread::scope(|scope| {
        let second = scope.spawn(move || second.output().expect("a second process"));
        for round in 0..20 {
            let mut first = open(&cache, "a", NO_LIMIT).expect("opened");
            store(&mut first, 0..40 + round).expect("stored");
        }
        second.join().expect("no panic")
    });
    assert!(ended.status.success());
    let mut both = open(&cache, "a", NO_LIMIT)?;
    assert!(both.take_warnings().is_empty());
    assert_eq!((both.len(), store(&mut both, 0..69)?), (69, 0));
    Ok(())
}

#[test]
fn the_limit_takes_the_longest_unused_of_other_encoders_first() -> Result<()> {
    let folder = tempfile::tempdir().expect("a folder");
    let mut shard_of = std::collections::BTreeMap::new();
    for name in ["a", "b", "c"] {
        let before = files(folder.path(), ".features");
        store(&mut open(folder.path(), name, NO_LIMIT)?, 0..20)?;
        let mut new = files(folder.path(), ".features");
        new.retain(|path| !before.contains(path));
        shard_of.insert(name, new.remove(0));
    }
    let of = |name: &str| -> Result<usize> { Ok(open(folder.path(), name, NO_LIMIT)?.len()) };
    let size = std::fs::metadata(&shard_of["a"]).expect("a shard").len();
    make_older(&shard_of["a"], 20);
    make_older(&shard_of["b"], 60);
    // `c` was used just now. Room for three shards: one has to go for `d`.
    store(&mut open(folder.path(), "d", 3 * size)?, 0..20)?;
    assert!(shard_of["a"].is_file() && !shard_of["b"].exists());
    assert_eq!(files(folder.path(), ".features").len(), 3);
    // The next one takes `a`; then nothing may go: `c` and `d` are in use.
    store(&mut open(folder.path(), "e", 3 * size)?, 0..20)?;
    let mut cache = open(folder.path(), "f", 3 * size)?;
    let error = store(&mut cache, 0..20).expect_err("no room");
    assert!(matches!(error, Error::Environment(_)));
    let message = error.to_string();
    assert!(message.contains("limit") && message.contains("stay in memory"), "{message}");
    assert_eq!(cache.len(), 20, "the features are there all the same");
    for (name, expected) in [("a", 0), ("b", 0), ("c", 20), ("d", 20), ("e", 20), ("f", 0)] {
        assert_eq!(of(name)?, expected, "{name}");
    }
    Ok(())
}

#[test]
fn one_encoder_beyond_the_limit_goes_on_in_memory() -> Result<()> {
    let folder = tempfile::tempdir().expect("a folder");
    // 4 MiB and more, so that `fill` itself comes to store.
    let wide = 1 << 16;
    let mut cache = FeatureCache::open(folder.path(), &key("a"), wide, 1 << 20)?;
    let wanted = records(0..40);
    let found = cache.fill(&wanted, 10, |places| {
        let value = places[0] as f32 + 0.25;
        Ok(Tensor::full(value, (places.len(), wide), &Device::Cpu)?)
    })?;
    assert_eq!(found.dims(), [40, wide]);
    let warnings = cache.take_warnings();
    assert_eq!(warnings.len(), 1, "said once: {warnings:?}");
    assert!(warnings[0].contains("1048576") && warnings[0].contains("raise the limit"));
    assert_eq!(cache.get(&wanted[39]).expect("kept")[0], 30.25);
    assert!(files(folder.path(), ".features").is_empty());
    Ok(())
}

#[test]
fn a_folder_that_cannot_be_written_is_an_error_and_loses_nothing() -> Result<()> {
    let folder = tempfile::tempdir().expect("a folder");
    let mut cache = open(folder.path(), "a", NO_LIMIT)?;
    store(&mut cache, 0..10)?;
    // A file in the place of the folder: nothing can be written, whoever asks.
    let own = files(folder.path(), ".features")[0].parent().expect("a folder").to_path_buf();
    let aside = folder.path().join("aside");
    std::fs::rename(&own, &aside).expect("moved");
    std::fs::write(&own, "in the way").expect("written");
    let error = store(&mut cache, 0..20).expect_err("no folder");
    assert!(matches!(error, Error::Environment(_)));
    assert!(error.to_string().contains("cannot be"), "{error}");
    assert_eq!(cache.len(), 20);
    let message = match open(folder.path(), "a", NO_LIMIT) {
        Err(Error::Environment(message)) => message,
        _ => panic!("a file is no folder"),
    };
    assert!(message.contains("name another folder"), "{message}");

    // Once the trouble is over, `flush` stores what waited; the old shard is whole.
    std::fs::remove_file(&own).expect("removed");
    std::fs::rename(&aside, &own).expect("moved back");
    cache.flush()?;
    drop(cache);
    let mut cache = open(folder.path(), "a", NO_LIMIT)?;
    assert!(cache.take_warnings().is_empty());
    assert_eq!(store(&mut cache, 0..20)?, 0);
    Ok(())
}
