//! Small parquet files that stand for much: shared where they can be, refused where they cannot.

#![allow(clippy::unwrap_used)] // a test fails by it, its helpers included

use parquet::basic::{Compression, ZstdLevel};
use parquet::data_type::{ByteArray, ByteArrayType};
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::parser::parse_message_type;
use std::sync::Arc;
use story_data::source::ParquetSource;
use story_data::source::parquet::{MemoryRanges, Shard};
use story_data::{Columns, Record, Result, StorySource};

const SCHEMA: &str = "message s { required binary story_id (UTF8);
    repeated group images { required binary bytes; required binary path (UTF8); }
    required binary story (UTF8); }";

/// A file of one group: `rows` stories of `images` pictures each, every value the same.
fn repeated(rows: usize, images: usize, picture: &[u8], story: &[u8]) -> Vec<u8> {
    let properties = WriterProperties::builder()
        .set_dictionary_page_size_limit(64 << 20)
        .set_compression(Compression::ZSTD(ZstdLevel::default()))
        .build();
    let schema = Arc::new(parse_message_type(SCHEMA).unwrap());
    let mut writer = SerializedFileWriter::new(Vec::new(), schema, Arc::new(properties)).unwrap();
    let mut group = writer.next_row_group().unwrap();
    for (value, count) in [(&b"s"[..], 1), (picture, images), (b"1.png", images), (story, 1)] {
        let values = vec![ByteArray::from(value); rows * count];
        let levels: Vec<i16> =
            (0..values.len()).map(|place| i16::from(place % count > 0)).collect();
        let defined = vec![1; values.len()];
        let mut column = group.next_column().unwrap().unwrap();
        let typed = column.typed::<ByteArrayType>();
        typed.write_batch(&values, Some(&defined), Some(&levels)).unwrap();
        column.close().unwrap();
    }
    group.close().unwrap();
    writer.into_inner().unwrap()
}

fn read(bytes: Vec<u8>) -> Result<Vec<Record>> {
    let shard = Shard::open(Box::new(MemoryRanges::new("small.parquet", bytes)))?;
    let mut source = ParquetSource::new("x", vec![shard], Columns::All);
    std::iter::from_fn(|| source.next_record()).collect()
}

#[test]
fn a_picture_that_a_dictionary_repeats_is_held_once() {
    let file = repeated(3, 500, &vec![7; 1 << 20], b"once");
    assert!(file.len() < 10_000, "{}", file.len());
    let records = read(file).unwrap();
    let mut images = records.iter().flat_map(|record| &record.images);
    let first = images.next().unwrap().bytes.as_ref().unwrap();
    assert_eq!(first.len(), 1 << 20);
    assert_eq!(images.clone().count(), 3 * 500 - 1);
    assert!(images.all(|image| Arc::ptr_eq(image.bytes.as_ref().unwrap(), first)));
}

#[test]
fn texts_that_become_more_than_their_file_makes_likely_are_refused() {
    let text = vec![b'a'; 1 << 20];
    assert_eq!(read(repeated(20, 1, b"p", &text)).unwrap()[19].story.len(), 1 << 20);
    let error = read(repeated(300, 1, b"p", &text)).unwrap_err();
    assert!(!error.is_record());
    let error = error.to_string();
    for part in ["small.parquet, row group 0", "bytes of texts and records"] {
        assert!(error.contains(part), "{error}");
    }
}

#[test]
fn a_text_that_no_story_has_is_an_error_of_its_record() {
    let error = read(repeated(1, 1, b"p", &vec![b'a'; 17 << 20])).unwrap_err();
    assert!(error.is_record() && error.to_string().contains("16 MiB"), "{error}");
}

#[test]
fn pages_and_values_are_counted_before_they_are_made() {
    let error = read(repeated(1, 1, &vec![0; 300 << 20], b"x")).unwrap_err().to_string();
    assert!(error.contains("bytes of pages"), "{error}");
    for (rows, images) in [(1, 300_000), (300_000, 1)] {
        let error = read(repeated(rows, images, b"", b"")).unwrap_err().to_string();
        assert!(error.contains("rows or values of a column"), "{error}");
    }
}
