//! A look at each page before the parquet crate decodes it.
//!
//! That crate trusts the counts in page headers: a damaged count makes it reserve gigabytes (which
//! ends the process) or fail an assertion. Here such a page becomes an error first, and pages that
//! together become more than their row group may.

use super::room::Room;
use ::parquet::basic::Encoding;
use ::parquet::column::page::{Page, PageMetadata, PageReader};
use ::parquet::errors::{ParquetError, Result};

/// The shortest plain value in a dictionary: the length of an empty byte array, or an int32.
const SHORTEST_VALUE: u64 = 4;

/// Pages of one column chunk, with counts that were checked.
pub struct CheckedPages<P> {
    pages: P,
    room: Room,
    bytes: u64,
    values_left: u64,
    has_dictionary: bool,
}

impl<P: PageReader> CheckedPages<P> {
    /// Wraps the pages of a chunk that claims to hold `values` values, nulls included.
    pub fn new(pages: P, values: i64, room: Room) -> Result<Self> {
        let values_left = room.check_values(values)?;
        Ok(Self { pages, room, bytes: 0, values_left, has_dictionary: false })
    }

    fn check(&mut self, page: &Page) -> Result<()> {
        self.bytes = self.bytes.saturating_add(page.buffer().len() as u64);
        self.room.check(self.bytes, "pages")?;
        let count = u64::from(page.num_values());
        match page {
            Page::DictionaryPage { buf, .. } => {
                self.has_dictionary = true;
                if count * SHORTEST_VALUE > buf.len() as u64 {
                    let bytes = buf.len();
                    return Err(damage(format!(
                        "a dictionary of {bytes} bytes claims {count} values"
                    )));
                }
            }
            Page::DataPage { encoding, .. } | Page::DataPageV2 { encoding, .. } => {
                self.values_left = self.values_left.checked_sub(count).ok_or_else(|| {
                    damage(format!("a page claims {count} values, more than its chunk has left"))
                })?;
                let coded =
                    matches!(encoding, Encoding::RLE_DICTIONARY | Encoding::PLAIN_DICTIONARY);
                if coded && !self.has_dictionary {
                    return Err(damage("a page refers to a dictionary that is not there".into()));
                }
            }
        }
        Ok(())
    }
}

impl<P: PageReader> Iterator for CheckedPages<P> {
    type Item = Result<Page>;

    fn next(&mut self) -> Option<Self::Item> {
        self.get_next_page().transpose()
    }
}

impl<P: PageReader> PageReader for CheckedPages<P> {
    fn get_next_page(&mut self) -> Result<Option<Page>> {
        let page = self.pages.get_next_page()?;
        if let Some(page) = &page {
            self.check(page)?;
        }
        Ok(page)
    }

    fn peek_next_page(&mut self) -> Result<Option<PageMetadata>> {
        self.pages.peek_next_page()
    }

    fn skip_next_page(&mut self) -> Result<()> {
        self.pages.skip_next_page()
    }

    fn at_record_boundary(&mut self) -> Result<bool> {
        self.pages.at_record_boundary()
    }
}

fn damage(problem: String) -> ParquetError {
    ParquetError::General(problem)
}
