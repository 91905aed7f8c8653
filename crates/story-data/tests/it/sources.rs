//! Parquet: what is written is read; projection; positions; foreign and damaged files.

#![allow(clippy::unwrap_used)] // a test fails by it, its helpers included

use crate::sources_common::{drain, shared, stories, story, without_bytes};
use parquet::data_type::{ByteArray, ByteArrayType};
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::parser::parse_message_type;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use story_data::source::parquet::{MemoryRanges, RangeReader, Shard};
use story_data::source::{ParquetSource, WriteOptions, open_parquet, write_parquet};
use story_data::{Columns, Error, Record, Result, Split, StorySource};

const THREE: WriteOptions = WriteOptions { rows_per_group: 3 };

fn write(path: &Path, records: &[Record]) {
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
    assert_eq!(
        drain(&mut open(&path, Columns::Text)),
        without_bytes(&records)
    );
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
    assert_eq!(
        read(&format!("{root}/data/t*-*.parquet"), Split::Train),
        train
    );
    let one = format!("{root}/data/train-00001-of-00002.parquet");
    assert_eq!(read(&one, Split::Train), train[7..]);
    assert_eq!(read(&one, Split::Test), []);

    std::fs::remove_file(folder.path().join("data/train-00000-of-00002.parquet")).unwrap();
    let error = open_parquet(&root, Split::Train, Columns::All)
        .err()
        .unwrap()
        .to_string();
    assert!(error.contains("train-00000-of-00002.parquet"), "{error}");
    for path in [
        "nowhere",
        "nowhere/*.parquet",
        "[",
        &format!("{root}/data/x*"),
    ] {
        assert!(
            open_parquet(path, Split::Train, Columns::All).is_err(),
            "{path}"
        );
    }
}

#[test]
fn a_position_is_returned_to() {
    let folder = tempfile::tempdir().unwrap();
    let (train, _) = corpus(folder.path());
    let mut source = open(folder.path(), Columns::All);
    assert_eq!(source.len(), Some(11));
    for position in [5, 0, 11, 3, 7, 10, 8] {
        source.seek(position as u64).unwrap();
        assert_eq!(source.position(), position as u64);
        assert_eq!(drain(&mut source), train[position..], "from {position}");
        assert_eq!(source.position(), 11);
    }
    assert!(source.seek(12).is_err());
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
    let read = |columns, seek| {
        let ranges = Arc::new(Mutex::new(Vec::new()));
        let inner = MemoryRanges::new("memory", bytes.clone());
        let noted = Noted {
            inner,
            ranges: Arc::clone(&ranges),
        };
        let shard = Shard::open(Box::new(noted)).unwrap();
        ranges.lock().unwrap().clear();
        let mut source = ParquetSource::new("memory", vec![shard], columns);
        source.seek(seek).unwrap();
        let found = drain(&mut source);
        let ranges = ranges.lock().unwrap().clone();
        let total: u64 = ranges.iter().map(|range| range.end - range.start).sum();
        (found, ranges.len(), total)
    };
    let (all, requests, total) = read(Columns::All, 0);
    assert_eq!(all, records);
    assert_eq!(requests, 3, "a group's neighbouring chunks are one range");
    let (texts, requests, text_total) = read(Columns::Text, 0);
    assert_eq!(texts, without_bytes(&records));
    assert_eq!(requests, 6, "before and behind the pictures of each group");
    assert!(
        text_total < 6_000 && total > 700_000,
        "{text_total} {total}"
    );
    let (rest, requests, _) = read(Columns::All, 7);
    assert_eq!(
        (rest.as_slice(), requests),
        (&records[7..], 1),
        "groups before are not read"
    );
}

fn drain_until_error(source: &mut dyn StorySource) -> std::result::Result<usize, Error> {
    let mut count = 0;
    while let Some(record) = source.next_record() {
        match record {
            Ok(_) => count += 1,
            Err(error) if error.is_record() => count += 1,
            Err(error) => {
                assert!(source.next_record().is_none(), "it ends after {error}");
                return Err(error);
            }
        }
    }
    Ok(count)
}

fn read_bytes(bytes: Vec<u8>) -> std::result::Result<usize, Error> {
    let shard = Shard::open(Box::new(MemoryRanges::new("damaged.parquet", bytes)))?;
    drain_until_error(&mut ParquetSource::new("x", vec![shard], Columns::All))
}

fn small_file() -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("own.parquet");
    let records: Vec<Record> = (0..5).map(|number| story(number, 40)).collect();
    write(&path, &records);
    std::fs::read(&path).unwrap()
}

#[test]
fn a_file_cut_off_anywhere_is_an_error_that_names_it() {
    let whole = small_file();
    assert_eq!(read_bytes(whole.clone()).unwrap(), 5);
    for length in 0..whole.len() {
        let error = read_bytes(whole[..length].to_vec()).unwrap_err();
        assert!(matches!(error, Error::Data { .. }), "{length}: {error}");
        assert!(error.to_string().contains("damaged.parquet"), "{error}");
    }
}

#[test]
fn a_file_damaged_anywhere_never_panics() {
    let files = [
        small_file(),
        std::fs::read(golden("nested-v2-zstd.parquet")).unwrap(),
    ];
    let (mut errors, mut same) = (0, 0);
    for whole in files {
        for place in 0..whole.len() {
            for mask in [0x01, 0x10, 0x80, 0xff] {
                let mut bytes = whole.clone();
                bytes[place] ^= mask;
                match read_bytes(bytes) {
                    Ok(_) => same += 1,
                    Err(error) => {
                        let text = error.to_string();
                        assert!(text.starts_with("damaged.parquet"), "{place}: {text}");
                        errors += 1;
                    }
                }
            }
        }
    }
    assert!(errors > 1000 && same > 1000, "{errors} errors, {same} read");
}

#[test]
fn foreign_files_are_told_from_damaged_ones() {
    let error = read_bytes(b"id,text\n1,once\n2,twice\n".to_vec())
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("a foreign file, or one that was cut off"),
        "{error}"
    );
    let error = read_bytes(Vec::new()).unwrap_err().to_string();
    assert!(error.contains("0 bytes"), "{error}");
}

/// A parquet file of byte columns, all required, each with its values.
fn raw(schema: &str, columns: &[&[&[u8]]]) -> Vec<u8> {
    let schema = Arc::new(parse_message_type(schema).unwrap());
    let properties = Arc::new(WriterProperties::builder().build());
    let mut writer = SerializedFileWriter::new(Vec::new(), schema, properties).unwrap();
    let mut group = writer.next_row_group().unwrap();
    for values in columns {
        let values: Vec<ByteArray> = values.iter().map(|value| ByteArray::from(*value)).collect();
        let levels: Vec<i16> = vec![0; values.len()];
        let mut column = group.next_column().unwrap().unwrap();
        column
            .typed::<ByteArrayType>()
            .write_batch(&values, Some(&vec![1; values.len()]), Some(&levels))
            .unwrap();
        column.close().unwrap();
    }
    group.close().unwrap();
    writer.into_inner().unwrap()
}

#[test]
fn a_missing_column_is_named_with_those_found() {
    let schema = "message s { required binary story_id (UTF8); required binary prose (UTF8); }";
    let error = read_bytes(raw(schema, &[&[b"1"], &[b"x"]]))
        .unwrap_err()
        .to_string();
    for part in [
        "damaged.parquet",
        "column images",
        "story_id, prose",
        "convert the file",
    ] {
        assert!(error.contains(part), "{part} in {error}");
    }
}

#[test]
fn a_bad_row_is_an_error_in_its_place_and_the_next_is_read() {
    let schema = "message s { required binary story_id; repeated group images {
        required binary bytes; required binary path; } required binary story; }";
    let pictures: &[&[u8]] = &[b"p", b"q", b"r", b"s"];
    let bytes = raw(
        schema,
        &[
            &[b"a", b"b", b"", b"d"],
            pictures,
            &[b"1.jpg", b"2.jpg", b"3.jpg", b"\xff.jpg"],
            &[b"one", b"\xff\xfe", b"three", b"four"],
        ],
    );
    let shard = Shard::open(Box::new(MemoryRanges::new("rows.parquet", bytes))).unwrap();
    let mut source = ParquetSource::new("x", vec![shard], Columns::All);
    let mut next = || source.next_record().unwrap();
    let first = next().unwrap();
    assert_eq!((first.story_id.as_str(), first.frame_count), ("a", None));
    assert_eq!(first.images[0].bytes.as_deref(), Some(&b"p"[..]));
    for part in [
        "record b, column story",
        "column story_id",
        "record d, column images.path",
    ] {
        let error = next().unwrap_err();
        assert!(
            error.is_record() && error.to_string().contains(part),
            "{error}"
        );
    }
    assert_eq!(source.position(), 4);
    assert!(source.next_record().is_none());
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
    let nowhere = folder.path().join("no/folder.parquet");
    assert!(matches!(
        write_parquet(&nowhere, [], THREE),
        Err(Error::Io { .. })
    ));
}

fn golden(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/golden/parquet")
        .join(name)
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
                    path: if frame == 1 {
                        String::new()
                    } else {
                        format!("{number}-{frame}.png")
                    },
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
    for name in [
        "nested-v1-snappy.parquet",
        "item-v1-plain.parquet",
        "nested-v2-zstd.parquet",
    ] {
        let found = drain(&mut open(&golden(name), Columns::All));
        assert_eq!(found, golden_records(), "{name}");
        let texts = drain(&mut open(&golden(name), Columns::Text));
        assert_eq!(texts, without_bytes(&golden_records()), "{name}");
    }
    let mut gzip = open(&golden("gzip.parquet"), Columns::All);
    let error = drain_until_error(&mut gzip).unwrap_err().to_string();
    assert!(
        error.contains("GZIP") && error.contains("row group 0"),
        "{error}"
    );
    let mut bare = open(&golden("three-columns.parquet"), Columns::All);
    let records = drain(&mut bare);
    assert_eq!(records[3].images, golden_records()[3].images);
    assert!(records.iter().all(|record| record.frame_count.is_none()));
}

#[test]
fn the_picture_books_are_read() {
    let Some(books) = shared("data/african-storybook") else {
        return;
    };
    let mut counts = Vec::new();
    for split in [Split::Train, Split::Test] {
        let mut source = open_parquet(&text(&books), split, Columns::Text).unwrap();
        let records = drain(&mut source);
        assert_eq!(source.len(), Some(records.len()));
        let pages: usize = records.iter().map(|record| record.images.len()).sum();
        counts.push((records.len(), pages));
    }
    assert_eq!((counts[0].0, counts[1].0), (127, 25));
    assert_eq!(counts[0].0 + counts[1].0, 152);
    assert_eq!(counts[0].1 + counts[1].1, 1616);
}
