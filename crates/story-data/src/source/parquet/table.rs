//! A decoded row group, and its records.

use super::room::MOST_TEXT;
use crate::{Error, Record, RecordImage, Result};
use ::parquet::data_type::ByteArray;
use std::collections::HashMap;
use std::sync::Arc;

/// A row group, column by column, each as long as the group has rows.
pub(super) struct Table {
    pub story_ids: Vec<Option<ByteArray>>,
    pub frame_counts: Vec<Option<i64>>,
    pub chains: Vec<Option<ByteArray>>,
    pub stories: Vec<Option<ByteArray>>,
    pub image_paths: Vec<Vec<Option<ByteArray>>>,
    pub image_bytes: Option<Vec<Vec<Option<ByteArray>>>>,
}

impl Table {
    /// Bytes that its records take, without those of the pictures, which are shared.
    pub fn bytes(&self) -> u64 {
        let texts = [&self.story_ids, &self.chains, &self.stories].into_iter().flatten();
        let paths = self.image_paths.iter().flatten();
        let written: usize = texts.chain(paths).flatten().map(ByteArray::len).sum();
        let images: usize = self.image_paths.iter().map(Vec::len).sum();
        let records = self.story_ids.len() * size_of::<Result<Record>>();
        (written + records + images * size_of::<RecordImage>()) as u64
    }

    pub fn into_records(self, file: &str) -> Vec<Result<Record>> {
        let rows = self.story_ids.len();
        let pictures = match self.image_bytes {
            Some(lists) => lists.into_iter().map(Some).collect(),
            None => vec![None; rows],
        };
        let texts = self.chains.into_iter().zip(self.stories);
        let images = self.image_paths.into_iter().zip(pictures);
        let mut shared = Shared::default();
        self.story_ids
            .into_iter()
            .zip(self.frame_counts)
            .zip(texts)
            .zip(images)
            .enumerate()
            .map(|(row, (((id, count), (chain, story)), (paths, pictures)))| {
                let id = text(id).map_err(|fault| fault.at(file, row, None, "story_id"))?;
                if id.is_empty() {
                    let fault = Fault { expected: "an id for each story", found: "none" };
                    return Err(fault.at(file, row, None, "story_id"));
                }
                let at = |column| move |fault: Fault| (fault, column);
                let record = || -> std::result::Result<Record, (Fault, &str)> {
                    Ok(Record {
                        images: images_of(paths, pictures, &mut shared)?,
                        frame_count: count
                            .map(|count| i32::try_from(count).map_err(|_| COUNT))
                            .transpose()
                            .map_err(at("frame_count"))?,
                        chain_of_thought: text(chain).map_err(at("chain_of_thought"))?,
                        story: text(story).map_err(at("story"))?,
                        story_id: id.clone(),
                    })
                };
                record().map_err(|(fault, column)| fault.at(file, row, Some(&id), column))
            })
            .collect()
    }
}

/// What is wrong with a cell.
struct Fault {
    expected: &'static str,
    found: &'static str,
}

const COUNT: Fault = Fault { expected: "an int32", found: "a number beyond its range" };
const UNEVEN: Fault = Fault { expected: "as many bytes as paths", found: "another number" };
const NO_TEXT: Fault = Fault { expected: "text in UTF-8", found: "other bytes" };
const LONG: Fault = Fault { expected: "a text of 16 MiB at most", found: "a longer one" };

impl Fault {
    fn at(self, file: &str, row: usize, id: Option<&str>, column: &str) -> Error {
        let record = id.map_or_else(|| format!("{row} of its row group"), str::to_owned);
        Error::data(file, self.expected, self.found, "mend the row or skip it")
            .in_record(record)
            .at(format!("column {column}"))
    }
}

/// Pictures by where their bytes lie: a dictionary's value in many rows is one picture.
#[derive(Default)]
struct Shared(HashMap<(*const u8, usize), Arc<[u8]>>);

impl Shared {
    /// All columns were decoded before, so that no place is used a second time.
    fn picture(&mut self, bytes: &ByteArray) -> Arc<[u8]> {
        let data = bytes.data();
        let place = (data.as_ptr(), data.len());
        self.0.entry(place).or_insert_with(|| Arc::from(data)).clone()
    }
}

fn images_of(
    paths: Vec<Option<ByteArray>>,
    pictures: Option<Vec<Option<ByteArray>>>,
    shared: &mut Shared,
) -> std::result::Result<Vec<RecordImage>, (Fault, &'static str)> {
    let pictures = pictures.unwrap_or_else(|| vec![None; paths.len()]);
    if pictures.len() != paths.len() {
        return Err((UNEVEN, "images"));
    }
    let image = |(path, bytes): (Option<ByteArray>, Option<ByteArray>)| {
        let path = text(path).map_err(|fault| (fault, "images.path"))?;
        Ok(RecordImage { bytes: bytes.map(|bytes| shared.picture(&bytes)), path })
    };
    paths.into_iter().zip(pictures).map(image).collect()
}

fn text(bytes: Option<ByteArray>) -> std::result::Result<String, Fault> {
    let Some(bytes) = bytes else { return Ok(String::new()) };
    if bytes.len() > MOST_TEXT {
        return Err(LONG);
    }
    std::str::from_utf8(bytes.data()).map(str::to_owned).map_err(|_| NO_TEXT)
}
