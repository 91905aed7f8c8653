//! Damaged and foreign parquet files: an error that names the file and the place, never a panic.

#![allow(clippy::unwrap_used)] // a test fails by it, its helpers included

use crate::sources::{golden, write};
use crate::sources_common::story;
use parquet::data_type::{ByteArray, ByteArrayType};
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::parser::parse_message_type;
use std::sync::Arc;
use story_data::source::ParquetSource;
use story_data::source::parquet::{MemoryRanges, Shard};
use story_data::{Columns, Error, Record, StorySource};

pub fn drain_until_error(source: &mut dyn StorySource) -> Result<usize, Error> {
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

fn read_bytes(bytes: Vec<u8>) -> Result<usize, Error> {
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
    let files = [small_file(), std::fs::read(golden("nested-v2-zstd.parquet")).unwrap()];
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
    let error = read_bytes(b"id,text\n1,once\n2,twice\n".to_vec()).unwrap_err().to_string();
    assert!(error.contains("a foreign file, or one that was cut off"), "{error}");
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
    let error = read_bytes(raw(schema, &[&[b"1"], &[b"x"]])).unwrap_err().to_string();
    for part in ["damaged.parquet", "column images", "story_id, prose", "convert the file"] {
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
    for part in ["record b, column story", "column story_id", "record d, column images.path"] {
        let error = next().unwrap_err();
        assert!(error.is_record() && error.to_string().contains(part), "{error}");
    }
    assert!(source.next_record().is_none());
}
