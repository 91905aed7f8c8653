//! A file on the Hub as a [`RangeReader`].

use super::super::parquet::RangeReader;
use crate::Result;
use std::ops::Range;
use story_hub::Client;

/// A file at a pinned commit; its size is known from the listing.
pub(super) struct HubRanges {
    client: Client,
    url: String,
    size: u64,
}

impl HubRanges {
    pub fn new(client: Client, url: String, size: u64) -> Self {
        Self { client, url, size }
    }
}

impl RangeReader for HubRanges {
    fn name(&self) -> &str {
        &self.url
    }

    fn size(&self) -> u64 {
        self.size
    }

    fn read(&self, range: Range<u64>) -> Result<Vec<u8>> {
        if range.is_empty() {
            return Ok(Vec::new());
        }
        Ok(self.client.range(&self.url, range, self.size)?)
    }
}
