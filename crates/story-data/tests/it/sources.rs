//! Parquet: what is written is read; projection; files of pyarrow.

#![allow(clippy::unwrap_used)] // a test fails by it, its helpers included

use crate::sources_common::{drain, stories, without_bytes};
use crate::sources_damaged::drain_until_error;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use story_data::source::parquet::{MemoryRanges, RangeReader, Shard};
use story_data::source::{ParquetSource, WriteOptions, open_parquet, write_parquet};
use story_data::{Columns, Error, Record, Result, Split, StorySource};

const THREE: WriteOptions = WriteOptions { rows_per_group: 3 };

pub fn write(path: &Path, records: &[Record]) {
    let count = write_parquet(path, records.iter().cloned().map(Ok), THREE).unwrap();
    assert_eq!(count, records.len());
}

fn text(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}

fn open(path: &Path, columns: Columns) -> ParquetSource {
    open_parquet(&text(path), Split::Train, columns).unwrap()
}

/// Two training shards and a test shard in the Hub's layout, with 7 + 4 + 2 stories.
fn corpus(folder: &Path) -> (Vec<Record>, Vec<Record>) {
    let (train, test) = (stories(0, 11), stories(20, 2));
    let data = folder.join("data");
    std::fs::create_dir_all(&data).unwrap();
    write(&data.join("train-00000-of-00002.parquet"), &train[..7]);
    write(&data.join("train-00001-of-00002.parquet"), &train[7..]);
    write(&data.join("test-00000-of-00001.parquet"), &test);
    (train, test)
}

#[test]
fn what_is_written_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("own.parquet");
    let mut records = stories(0, 8);
    records[1].images.clear();
    records[2].images[0].bytes = None;
    records[2].images[1].path.clear();
    records[3].frame_count = None;
    records[4].chain_of_thought.clear();
    write(&path, &records);
    assert_eq!(drain(&mut open(&path, Columns::All)), records);
    assert_eq!(drain(&mut open(&path, Columns::Text)), without_bytes(&records));
    let left: Vec<_> = std::fs::read_dir(folder.path()).unwrap().collect();
    assert_eq!(left.len(), 1, "{left:?}");
    write(&path, &[]);
    let mut empty = open(&path, Columns::All);
    assert!(empty.is_empty() && empty.next_record().is_none());
}

#[test]
fn a_folder_a_glob_and_a_file_name_splits() {
    let folder = tempfile::tempdir().unwrap();
    let (train, test) = corpus(folder.path());
    let root = text(folder.path());
    let read = |path: &str, split| drain(&mut open_parquet(path, split, Columns::All).unwrap());
    assert_eq!(read(&root, Split::Train), train);
    assert_eq!(read(&root, Split::Test), test);
    assert_eq!(read(&format!("{root}/data/t*-*.parquet"), Split::Train), train);
    let one = format!("{root}/data/train-00001-of-00002.parquet");
    assert_eq!(read(&one, Split::Train), train[7..]);
    assert_eq!(read(&one, Split::Test), []);

    std::fs::remove_file(folder.path().join("data/train-00000-of-00002.parquet")).unwrap();
    let error = open_parquet(&root, Split::Train, Columns::All).err().unwrap().to_string();
    assert!(error.contains("train-00000-of-00002.parquet"), "{error}");
    for path in ["nowhere", "nowhere/*.parquet", "[", &format!("{root}/data/x*")] {
        assert!(open_parquet(path, Split::Train, Columns::All).is_err(), "{path}");
    }
}

/// Notes every range that is read.
struct Noted {
    inner: MemoryRanges,
    ranges: Arc<Mutex<Vec<Range<u64>>>>,
}

impl RangeReader for Noted {
    fn name(&self) -> &str {
        self.inner.name()
    }

    fn size(&self) -> u64 {
        self.inner.size()
    }

    fn read(&self, range: Range<u64>) -> Result<Vec<u8>> {
        self.ranges.lock().unwrap().push(range.clone());
        self.inner.read(range)
    }
}

#[test]
fn texts_alone_leave_the_pictures_where_they_are() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("own.parquet");
    let records = stories(0, 9);
    write(&path, &records);
    let bytes = std::fs::read(&path).unwrap();
    let read = |columns| {
        let ranges = Arc::new(Mutex::new(Vec::new()));
        let inner = MemoryRanges::new("memory", bytes.clone());
        let noted = Noted { inner, ranges: Arc::clone(&ranges) };
        let shard = Shard::open(Box::new(noted)).unwrap();
        ranges.lock().unwrap().clear();
        let mut source = ParquetSource::new("memory", vec![shard], columns);
        let found = drain(&mut source);
        let ranges = ranges.lock().unwrap().clone();
        let total: u64 = ranges.iter().map(|range| range.end - range.start).sum();
        (found, ranges.len(), total)
    };
    let (all, requests, total) = read(Columns::All);
    assert_eq!(all, records);
    assert_eq!(requests, 3, "a group's neighbouring chunks are one range");
    let (texts, requests, text_total) = read(Columns::Text);
    assert_eq!(texts, without_bytes(&records));
    assert_eq!(requests, 6, "before and behind the pictures of each group");
    assert!(text_total < 6_000 && total > 700_000, "{text_total} {total}");
}

#[test]
fn a_failed_write_leaves_the_old_file_and_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("own.parquet");
    write(&path, &stories(0, 2));
    let before = std::fs::read(&path).unwrap();
    let mut records: Vec<Result<Record>> = stories(5, 9).into_iter().map(Ok).collect();
    records.push(Err(Error::Config("stop".into())));
    let error = write_parquet(&path, records, THREE).unwrap_err();
    assert!(error.to_string().contains("stop"));
    assert_eq!(std::fs::read(&path).unwrap(), before);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    // A file is no folder.
    let nowhere = path.join("folder.parquet");
    assert!(matches!(write_parquet(&nowhere, [], THREE), Err(Error::Io { .. })));
}

pub fn golden(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/parquet").join(name)
}

/// What `tools/golden/story_parquet.py` wrote with pyarrow.
fn golden_records() -> Vec<Record> {
    (0..7_usize)
        .map(|number| {
            let mut record = Record {
                story_id: format!("id{number}"),
                frame_count: i32::try_from(number).ok(),
                story: format!("<gdi image1>\nÉtape {number}\n</gdi>"),
                chain_of_thought: "thought ".repeat(number),
                ..Record::default()
            };
            for frame in 0..number % 4 {
                let picture = vec![u8::try_from(number * 16 + frame).unwrap(); 20 + frame];
                record.images.push(story_data::RecordImage {
                    bytes: (frame != 2).then(|| Arc::from(picture)),
                    path: if frame == 1 { String::new() } else { format!("{number}-{frame}.png") },
                });
            }
            if number == 5 {
                record.frame_count = None;
                record.chain_of_thought.clear();
                record.story.clear();
            }
            record
        })
        .collect()
}

#[test]
fn files_of_pyarrow_are_read_in_every_nesting_and_encoding() {
    for name in ["nested-v1-snappy.parquet", "item-v1-plain.parquet", "nested-v2-zstd.parquet"] {
        let found = drain(&mut open(&golden(name), Columns::All));
        assert_eq!(found, golden_records(), "{name}");
        let texts = drain(&mut open(&golden(name), Columns::Text));
        assert_eq!(texts, without_bytes(&golden_records()), "{name}");
    }
    let mut gzip = open(&golden("gzip.parquet"), Columns::All);
    let error = drain_until_error(&mut gzip).unwrap_err().to_string();
    assert!(error.contains("GZIP") && error.contains("row group 0"), "{error}");
    let mut bare = open(&golden("three-columns.parquet"), Columns::All);
    let records = drain(&mut bare);
    assert_eq!(records[3].images, golden_records()[3].images);
    assert!(records.iter().all(|record| record.frame_count.is_none()));
}
