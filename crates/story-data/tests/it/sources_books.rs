//! Real picture books as parquet, from the disk and from the Hub, where they lie beside the checkout.

#![allow(clippy::unwrap_used)] // a test fails by it, its helpers included

use crate::sources_common::{drain, shared};
use story_data::source::{HubConfig, HubSource, open_parquet};
use story_data::{Columns, Split, StorySource};
use story_hub::testing::{HubServer, Options, Redirects};
use story_hub::{Hub, HubEnvironment};

#[test]
fn the_picture_books_are_read() {
    let Some(books) = shared("data/african-storybook") else {
        return;
    };
    let mut counts = Vec::new();
    for split in [Split::Train, Split::Test] {
        let mut source = open_parquet(&books.to_string_lossy(), split, Columns::Text).unwrap();
        let records = drain(&mut source);
        assert_eq!(source.len(), Some(records.len()));
        let pages: usize = records.iter().map(|record| record.images.len()).sum();
        counts.push((records.len(), pages));
    }
    assert_eq!((counts[0].0, counts[1].0), (127, 25));
    assert_eq!(counts[0].0 + counts[1].0, 152);
    assert_eq!(counts[0].1 + counts[1].1, 1616);
}

#[test]
fn the_picture_books_stream_as_they_lie_on_disk() {
    let Some(books) = shared("data/african-storybook") else {
        return;
    };
    let options = Options { page: 2, redirects: Redirects::OtherHost, ..Options::default() };
    let server = HubServer::serve_folder("global/books", &books, options);
    let hub = Hub::new(HubEnvironment::new(server.endpoint(), "nowhere"));
    for split in [Split::Train, Split::Test] {
        let config = HubConfig::new("global/books", "main", hub.clone());
        let mut streamed = HubSource::open(&config, split, Columns::All).unwrap();
        let mut local = open_parquet(&books.to_string_lossy(), split, Columns::All).unwrap();
        assert_eq!(streamed.len(), local.len());
        let mut count = 0;
        while let Some(record) = local.next_record() {
            assert!(streamed.next_record().unwrap().unwrap() == record.unwrap(), "record {count}");
            count += 1;
        }
        assert!(streamed.next_record().is_none());
        assert_eq!(Some(count), local.len());
    }
}
