//! Writes records as StoryReasoning's table: the same columns, the same nesting of the list
//! (`images.list.element.{bytes,path}`), and the `datasets` library's note that `images` are
//! pictures. The file appears complete or not at all.

use crate::{Error, Record, Result};
use ::parquet::basic::Compression;
use ::parquet::data_type::{ByteArray, ByteArrayType, Int32Type};
use ::parquet::errors::ParquetError;
use ::parquet::file::metadata::KeyValue;
use ::parquet::file::properties::WriterProperties;
use ::parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};
use ::parquet::schema::parser::parse_message_type;
use ::parquet::schema::types::ColumnPath;
use std::io::{BufWriter, Write};
use std::path::Path;
use std::sync::Arc;
use story_files::WholeFile;

const SCHEMA: &str = "message schema {
    optional binary story_id (UTF8);
    optional group images (LIST) { repeated group list { optional group element {
        optional binary bytes;
        optional binary path (UTF8);
    } } }
    optional int32 frame_count;
    optional binary chain_of_thought (UTF8);
    optional binary story (UTF8);
}";

/// What the `datasets` library stores beside a table, under the key `huggingface`.
const FEATURES: &str = r#"{"info": {"features": {"story_id": {"dtype": "string", "_type": "Value"}, "images": {"feature": {"_type": "Image"}, "_type": "List"}, "frame_count": {"dtype": "int32", "_type": "Value"}, "chain_of_thought": {"dtype": "string", "_type": "Value"}, "story": {"dtype": "string", "_type": "Value"}}}}"#;

/// Definition levels of [`SCHEMA`]: a flat value; an empty list; a list's element without and with
/// a value.
const VALUE: i16 = 1;
const EMPTY_LIST: i16 = 1;
const NULL_IN_LIST: i16 = 3;
const VALUE_IN_LIST: i16 = 4;

/// How a file is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WriteOptions {
    /// Records in a row group, at least 1; a reader holds one group in memory.
    pub rows_per_group: usize,
}

impl Default for WriteOptions {
    /// 32 records a group: about 6 MB of StoryReasoning's pictures.
    fn default() -> Self {
        Self { rows_per_group: 32 }
    }
}

/// Writes `records` to `path` and returns how many there were. An existing file is replaced, at
/// the very end and in one step; after an error it is still there and nothing else is left.
///
/// # Errors
/// The first error among `records`; a disk that is full; a folder that cannot be made.
pub fn write_parquet(
    path: &Path,
    records: impl IntoIterator<Item = Result<Record>>,
    options: WriteOptions,
) -> Result<usize> {
    let file = WholeFile::create(path).map_err(unwritable(path))?;
    let failed = |error: ParquetError| unwritable(path)(io_error(error));
    let schema = parse_message_type(SCHEMA).map_err(failed)?;
    let mut writer =
        SerializedFileWriter::new(BufWriter::new(file), Arc::new(schema), properties())
            .map_err(failed)?;
    let most = options.rows_per_group.max(1);
    let mut group: Vec<Record> = Vec::with_capacity(most);
    let mut count = 0;
    let mut records = records.into_iter();
    loop {
        let record = records.next().transpose()?;
        let last = record.is_none();
        group.extend(record);
        if group.len() == most || (last && !group.is_empty()) {
            count += group.len();
            write_group(&mut writer, &group).map_err(failed)?;
            group.clear();
        }
        if last {
            break;
        }
    }
    let buffer = writer.into_inner().map_err(failed)?;
    buffer
        .into_inner()
        .map_err(|error| error.into_error())
        .and_then(WholeFile::finish)
        .map_err(unwritable(path))?;
    Ok(count)
}

fn properties() -> Arc<WriterProperties> {
    // Pictures are compressed already and never equal: a dictionary of them only costs.
    let pictures =
        || ColumnPath::from(vec!["images".into(), "list".into(), "element".into(), "bytes".into()]);
    let note = KeyValue::new("huggingface".to_string(), FEATURES.to_string());
    let properties = WriterProperties::builder()
        .set_compression(Compression::SNAPPY)
        .set_column_compression(pictures(), Compression::UNCOMPRESSED)
        .set_column_dictionary_enabled(pictures(), false)
        .set_key_value_metadata(Some(vec![note]))
        .build();
    Arc::new(properties)
}

fn write_group<W: Write + Send>(
    writer: &mut SerializedFileWriter<W>,
    records: &[Record],
) -> ::parquet::errors::Result<()> {
    let mut group = writer.next_row_group()?;
    flat(&mut group, records, |record| Some(record.story_id.as_bytes()))?;
    list(&mut group, records, |image| image.bytes.as_deref())?;
    list(&mut group, records, |image| Some(image.path.as_bytes()))?;
    frame_counts(&mut group, records)?;
    flat(&mut group, records, |record| Some(record.chain_of_thought.as_bytes()))?;
    flat(&mut group, records, |record| Some(record.story.as_bytes()))?;
    group.close()?;
    Ok(())
}

fn flat<W: Write + Send>(
    group: &mut SerializedRowGroupWriter<'_, W>,
    records: &[Record],
    value: impl Fn(&Record) -> Option<&[u8]>,
) -> ::parquet::errors::Result<()> {
    let values: Vec<ByteArray> = records.iter().filter_map(&value).map(ByteArray::from).collect();
    let levels: Vec<i16> =
        records.iter().map(|record| value(record).map_or(0, |_| VALUE)).collect();
    let mut column = next(group)?;
    column.typed::<ByteArrayType>().write_batch(&values, Some(&levels), None)?;
    column.close()
}

fn frame_counts<W: Write + Send>(
    group: &mut SerializedRowGroupWriter<'_, W>,
    records: &[Record],
) -> ::parquet::errors::Result<()> {
    let values: Vec<i32> = records.iter().filter_map(|record| record.frame_count).collect();
    let levels: Vec<i16> =
        records.iter().map(|record| record.frame_count.map_or(0, |_| VALUE)).collect();
    let mut column = next(group)?;
    column.typed::<Int32Type>().write_batch(&values, Some(&levels), None)?;
    column.close()
}

fn list<W: Write + Send>(
    group: &mut SerializedRowGroupWriter<'_, W>,
    records: &[Record],
    value: impl Fn(&crate::RecordImage) -> Option<&[u8]>,
) -> ::parquet::errors::Result<()> {
    let (mut values, mut definition, mut repetition) = (Vec::new(), Vec::new(), Vec::new());
    for record in records {
        if record.images.is_empty() {
            definition.push(EMPTY_LIST);
            repetition.push(0);
        }
        for (index, image) in record.images.iter().enumerate() {
            let value = value(image);
            definition.push(value.map_or(NULL_IN_LIST, |_| VALUE_IN_LIST));
            repetition.push(i16::from(index > 0));
            values.extend(value.map(ByteArray::from));
        }
    }
    let mut column = next(group)?;
    column.typed::<ByteArrayType>().write_batch(&values, Some(&definition), Some(&repetition))?;
    column.close()
}

fn next<'a, W: Write + Send>(
    group: &'a mut SerializedRowGroupWriter<'_, W>,
) -> ::parquet::errors::Result<::parquet::file::writer::SerializedColumnWriter<'a>> {
    group
        .next_column()?
        .ok_or_else(|| ParquetError::General("the schema has fewer columns than the table".into()))
}

/// The error of a disk that refuses, under the name that was asked for.
fn unwritable(target: &Path) -> impl Fn(std::io::Error) -> Error {
    let target = target.to_path_buf();
    move |error| {
        let problem = format!(
            "cannot be written: {error}; free space, check the permissions or choose another place"
        );
        Error::io(&target)(std::io::Error::new(error.kind(), problem))
    }
}

fn io_error(error: ParquetError) -> std::io::Error {
    match error {
        ParquetError::External(inner) => match inner.downcast::<std::io::Error>() {
            Ok(source) => *source,
            Err(other) => std::io::Error::other(other.to_string()),
        },
        other => std::io::Error::other(other.to_string()),
    }
}
