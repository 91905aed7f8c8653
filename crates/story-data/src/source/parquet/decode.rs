//! Column chunks to rows: levels and values of one column, put back together.
//!
//! Parquet stores, for each value or gap, a repetition level (0 = a new row begins) and a
//! definition level (how many of the optional ancestors are there; the highest = a value).
//! Source: Dremel (Melnik et al., 2010), as in the Apache Parquet format.

use super::pages::CheckedPages;
use super::room::Room;
use ::parquet::column::page::{Page, PageReader};
use ::parquet::column::reader::ColumnReaderImpl;
use ::parquet::data_type::DataType;
use ::parquet::errors::{ParquetError, Result};
use ::parquet::file::metadata::ColumnChunkMetaData;
use ::parquet::file::reader::ChunkReader;
use ::parquet::file::serialized_reader::SerializedPageReader;
use std::sync::Arc;
use story_files::guard;

/// One column of one row group, decoded: `levels` pairs of levels, and the values that are there.
pub struct Cells<V> {
    definition: Vec<i16>,
    repetition: Vec<i16>,
    values: Vec<V>,
    most_defined: i16,
    rows: usize,
}

/// Decodes a whole column chunk of `rows` rows. The offsets in `chunk` refer to `buffer`.
pub fn column<T: DataType, R: ChunkReader + 'static>(
    buffer: &Arc<R>,
    chunk: &ColumnChunkMetaData,
    rows: usize,
    room: Room,
) -> Result<Cells<T::T>> {
    let pages = SerializedPageReader::new(Arc::clone(buffer), chunk, rows, None)?;
    let pages: Box<dyn PageReader> = Box::new(CheckedPages::new(pages, chunk.num_values(), room)?);
    let mut reader = ColumnReaderImpl::<T>::new(chunk.column_descr_ptr(), pages);
    let mut cells = Cells {
        definition: Vec::new(),
        repetition: Vec::new(),
        values: Vec::new(),
        most_defined: chunk.column_descr().max_def_level(),
        rows,
    };
    let (read, _, _) = reader.read_records(
        rows,
        Some(&mut cells.definition),
        Some(&mut cells.repetition),
        &mut cells.values,
    )?;
    if read != rows {
        let name = chunk.column_path();
        return Err(ParquetError::General(format!(
            "column {name} holds {read} rows where the footer says {rows}"
        )));
    }
    Ok(cells)
}

impl<V> Cells<V> {
    /// A value or a null per row, for a column that is not in a list.
    pub fn flat(self) -> Result<Vec<Option<V>>> {
        let mut values = self.values.into_iter();
        if self.most_defined == 0 {
            let out: Vec<Option<V>> = values.map(Some).collect();
            return expect_rows(out, self.rows);
        }
        let mut out = Vec::with_capacity(self.definition.len());
        for level in self.definition {
            out.push(take(level, self.most_defined, &mut values)?);
        }
        expect_rows(out, self.rows)
    }

    /// A list of values or nulls per row. A definition level of at least `element_level` stands
    /// for an element; below it the list is empty or absent.
    pub fn lists(self, element_level: i16) -> Result<Vec<Vec<Option<V>>>> {
        let mut values = self.values.into_iter();
        let mut out: Vec<Vec<Option<V>>> = Vec::with_capacity(self.rows);
        for (repetition, definition) in self.repetition.iter().zip(&self.definition) {
            if *repetition == 0 {
                out.push(Vec::new());
            }
            if *definition >= element_level {
                let value = take(*definition, self.most_defined, &mut values)?;
                match out.last_mut() {
                    Some(list) => list.push(value),
                    None => return Err(general("a list starts in mid-row")),
                }
            }
        }
        expect_rows(out, self.rows)
    }
}

fn take<V>(level: i16, most: i16, values: &mut impl Iterator<Item = V>) -> Result<Option<V>> {
    if level < most {
        return Ok(None);
    }
    values.next().map(Some).ok_or_else(|| general("fewer values than levels"))
}

fn expect_rows<T>(rows: Vec<T>, expected: usize) -> Result<Vec<T>> {
    if rows.len() == expected {
        return Ok(rows);
    }
    let found = rows.len();
    Err(ParquetError::General(format!(
        "a column yields {found} rows where the footer says {expected}"
    )))
}

fn general(problem: &str) -> ParquetError {
    ParquetError::General(problem.into())
}

/// Runs `work` on bytes that may be damaged and turns every failure into a sentence: the parquet
/// crate meets some kinds of damage with a failed assertion.
pub fn guarded<T>(work: impl FnOnce() -> Result<T>) -> std::result::Result<T, String> {
    match guard::guarded(work) {
        Ok(outcome) => outcome.map_err(|error| error.to_string()),
        Err(gave_up) => Err(gave_up.to_string()),
    }
}

/// Bytes in the form in which the parquet crate reads them from memory. That form is a type of
/// another crate, which is known here only as what a page's buffer is.
pub fn in_memory(bytes: Vec<u8>) -> Arc<impl ChunkReader + 'static> {
    Arc::new(like(Page::buffer, bytes))
}

fn like<B: From<Vec<u8>>>(_example: impl Fn(&Page) -> &B, bytes: Vec<u8>) -> B {
    bytes.into()
}
