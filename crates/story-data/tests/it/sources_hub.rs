//! The Hub stream against a server that behaves like the Hub, with injected faults.

#![allow(clippy::unwrap_used)] // a test fails by it, its helpers included

use crate::sources_common::{drain, stories, without_bytes};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use story_data::source::{HubConfig, HubSource, SourceConfig, WriteOptions, write_parquet};
use story_data::{Columns, Error, Record, Split, StorySource};
use story_hub::testing::{COMMIT, Fault, HubServer, Options, Redirects};
use story_hub::{Hub, HubEnvironment, RetryPolicy, Token};

pub const REPOSITORY: &str = "owner/stories";
/// The path of every request for a file's bytes.
const FILES: &str = "/resolve/";

/// Two training shards of 7 and 4 stories, a test shard of 2, and what must not be read.
pub fn files() -> (BTreeMap<String, Vec<u8>>, Vec<Record>) {
    let folder = tempfile::tempdir().unwrap();
    let train = stories(0, 11);
    let test = stories(20, 2);
    let shards = [
        ("train-00000-of-00002", &train[..7]),
        ("train-00001-of-00002", &train[7..]),
        ("test-00000-of-00001", &test[..]),
    ];
    let mut files = BTreeMap::new();
    for (name, records) in shards {
        let path = folder.path().join(name);
        let options = WriteOptions { rows_per_group: 3 };
        write_parquet(&path, records.iter().cloned().map(Ok), options).unwrap();
        files.insert(format!("data/{name}.parquet"), std::fs::read(&path).unwrap());
    }
    files.insert("data/notes.txt".into(), b"no table".to_vec());
    files.insert("README.md".into(), b"about".to_vec());
    (files, train)
}

fn server(options: Options) -> (HubServer, Vec<Record>) {
    let (files, train) = files();
    (HubServer::start(REPOSITORY, files, options), train)
}

/// Waits are noted instead of slept.
pub fn config(server: &HubServer, cache: &Path) -> (HubConfig, Arc<Mutex<Vec<Duration>>>) {
    let mut hub = Hub::new(HubEnvironment::new(server.endpoint(), cache));
    let waits: Arc<Mutex<Vec<Duration>>> = Arc::default();
    let noted = Arc::clone(&waits);
    hub.retry = RetryPolicy {
        sleep: Arc::new(move |wait| noted.lock().unwrap().push(wait)),
        read_timeout: Duration::from_millis(500),
        ..RetryPolicy::default()
    };
    (HubConfig::new(REPOSITORY, "main", hub), waits)
}

pub fn open(config: &HubConfig) -> HubSource {
    HubSource::open(config, Split::Train, Columns::All).unwrap()
}

pub fn error(config: &HubConfig) -> Error {
    match HubSource::open(config, Split::Train, Columns::All) {
        Ok(_) => panic!("opened"),
        Err(error) => error,
    }
}

#[test]
fn the_stream_gives_the_records_of_the_files() {
    for redirects in [Redirects::None, Redirects::Relative, Redirects::OtherHost] {
        let (server, train) = server(Options { page: 1, redirects, ..Options::default() });
        let cache = tempfile::tempdir().unwrap();
        let (config, waits) = config(&server, cache.path());
        let mut source = open(&config);
        assert_eq!(source.len(), Some(11));
        assert_eq!(source.commit(), COMMIT);
        assert!(source.describe().contains(&format!("{REPOSITORY}@{COMMIT}")));
        assert_eq!(drain(&mut source), train, "{redirects:?}");
        assert!(waits.lock().unwrap().is_empty());
        assert_eq!(source.traffic().requests(), server.seen().len() as u64);
        assert_eq!(std::fs::read_dir(cache.path()).unwrap().count(), 0, "nothing on disk");
        for seen in server.seen() {
            let moving = seen.path.contains("main") && !seen.path.contains("/revision/");
            assert!(!moving, "not pinned: {}", seen.path);
        }
    }
}

#[test]
fn texts_alone_do_not_fetch_pictures() {
    let (server, train) = server(Options::default());
    let (config, _) = config(&server, Path::new("nowhere"));
    let fetch = |columns| {
        let mut source = HubSource::open(&config, Split::Train, columns).unwrap();
        let before = source.traffic().bytes();
        let records = drain(&mut source);
        (records, source.traffic().bytes() - before)
    };
    let (all, weight) = fetch(Columns::All);
    let (texts, text_weight) = fetch(Columns::Text);
    assert_eq!(all, train);
    assert_eq!(texts, without_bytes(&train));
    let pictures: usize = train
        .iter()
        .flat_map(|record| &record.images)
        .filter_map(|image| image.bytes.as_ref().map(|bytes| bytes.len()))
        .sum();
    assert!(weight > pictures as u64);
    assert!(text_weight * 50 < pictures as u64, "{text_weight} of {pictures}");
}

#[test]
fn every_passing_fault_is_survived() {
    let faults = [
        Fault::Status(500),
        Fault::Status(503),
        Fault::Status(408),
        Fault::TooMany(7),
        Fault::CutBody,
        Fault::CutBefore,
        Fault::ShortBody,
        Fault::IgnoreRange,
        Fault::WrongLabel,
        Fault::Slow(Duration::from_millis(900)),
    ];
    for fault in faults {
        let redirects = Redirects::OtherHost;
        let (server, train) = server(Options { redirects, ..Options::default() });
        let (config, waits) = config(&server, Path::new("nowhere"));
        let mut source = open(&config);
        server.inject("/bytes/data/train-00000", fault);
        server.inject("/bytes/data/train-00000", fault);
        server.inject("/bytes/data/train-00001", fault);
        assert_eq!(drain(&mut source), train, "{fault:?}");
        assert_eq!(server.faults_left(), 0, "{fault:?}");
        let waits = waits.lock().unwrap().clone();
        assert_eq!(waits.len(), 3, "{fault:?}: {waits:?}");
        if fault == Fault::TooMany(7) {
            assert_eq!(waits, [Duration::from_secs(7); 3]);
        } else {
            assert!(waits[0] < Duration::from_secs(1) && waits[1] > Duration::from_millis(499));
        }
    }
}

#[test]
fn the_listing_and_the_footers_are_tried_again_too() {
    let (server, train) = server(Options { page: 2, ..Options::default() });
    server.inject("/revision/", Fault::CutBefore);
    server.inject("/tree/", Fault::Status(502));
    server.inject("cursor=2", Fault::CutBody);
    server.inject(FILES, Fault::ShortBody);
    let (config, waits) = config(&server, Path::new("nowhere"));
    assert_eq!(drain(&mut open(&config)), train);
    assert_eq!((server.faults_left(), waits.lock().unwrap().len()), (0, 4));
}

#[test]
fn retries_end_with_an_error_that_says_what_to_do() {
    let cases = [
        (Fault::TooMany(100_000), "429"),
        (Fault::Status(500), "500"),
        (Fault::CutBody, "broke"),
        (Fault::ShortBody, "instead of"),
        (Fault::IgnoreRange, "ignored the byte range"),
        (Fault::WrongLabel, "Content-Range is bytes 1-2/3"),
    ];
    for (fault, part) in cases {
        let (server, train) = server(Options::default());
        let (config, waits) = config(&server, Path::new("nowhere"));
        let mut source = open(&config);
        // The first group is there; the stream breaks at the second.
        for record in &train[..3] {
            assert_eq!(&source.next_record().unwrap().unwrap(), record);
        }
        server.inject_always("train-00000", fault);
        let error = source.next_record().unwrap().unwrap_err();
        let text = error.to_string();
        assert!(
            matches!(error, Error::Hub(story_hub::Error::Network { .. })) && !error.is_record(),
            "{text}"
        );
        for part in [part, "train-00000-of-00002.parquet", REPOSITORY, "6 attempts", "try again"] {
            assert!(text.contains(part), "{part} in {text}");
        }
        assert!(source.next_record().is_none());
        let waits = waits.lock().unwrap();
        assert_eq!(waits.len(), 5);
        assert!(waits.iter().all(|wait| *wait <= Duration::from_secs(60)), "{waits:?}");
    }
}

#[test]
fn what_is_refused_is_not_tried_again() {
    let (server, _) = server(Options::default());
    let cache = tempfile::tempdir().unwrap();
    let (good, waits) = config(&server, cache.path());
    let mut wrong = good.clone();
    wrong.repository = "owner/sories".into();
    let text = error(&wrong).to_string();
    for part in ["401", "RepoNotFound", "owner/sories", "spelling", "HF_TOKEN"] {
        assert!(text.contains(part), "{part} in {text}");
    }
    let mut wrong = good.clone();
    wrong.revision = "v9".into();
    let text = error(&wrong).to_string();
    for part in ["404", "RevisionNotFound", "revision v9"] {
        assert!(text.contains(part), "{part} in {text}");
    }
    server.inject_always(FILES, Fault::Status(403));
    let text = error(&good).to_string();
    assert!(text.contains("403") && text.contains("conditions"), "{text}");
    assert!(waits.lock().unwrap().is_empty());
}

#[test]
fn a_dataset_without_the_split_names_what_it_has() {
    let (mut files, _) = files();
    files.retain(|name, _| !name.contains("test-"));
    let hub = HubServer::start(REPOSITORY, files.clone(), Options::default());
    let (hub_config, _) = config(&hub, Path::new("nowhere"));
    let found = HubSource::open(&hub_config, Split::Test, Columns::All).err().unwrap().to_string();
    assert!(found.contains("data/test-*.parquet") && found.contains("notes.txt"), "{found}");

    files.remove("data/train-00001-of-00002.parquet");
    let hub = HubServer::start(REPOSITORY, files.clone(), Options::default());
    let text = error(&config(&hub, Path::new("nowhere")).0).to_string();
    assert!(text.contains("no train-00001-of-00002.parquet"), "{text}");

    files.insert("data/train-00001-of-00002.parquet".into(), b"<html>".to_vec());
    let hub = HubServer::start(REPOSITORY, files, Options::default());
    let text = error(&config(&hub, Path::new("nowhere")).0).to_string();
    assert!(text.contains("train-00001-of-00002.parquet") && text.contains("PAR1"), "{text}");
}

#[test]
fn the_token_reaches_the_hub_and_nobody_else() {
    let redirects = Redirects::OtherHost;
    let token = Some("secret".to_string());
    let (server, train) = server(Options { redirects, token, page: 1, ..Options::default() });
    let (mut config, _) = config(&server, Path::new("nowhere"));
    let text = error(&config).to_string();
    assert!(text.contains("401") && text.contains("HF_TOKEN"), "{text}");
    let before = server.seen().len();
    config.hub.environment.token = Token::new("secret");
    assert_eq!(drain(&mut open(&config)), train);
    let seen = server.seen().split_off(before);
    assert!(seen.iter().any(|request| request.other_host));
    for request in seen {
        let expected = (!request.other_host).then_some("Bearer secret");
        assert_eq!(request.authorization.as_deref(), expected, "{}", request.path);
        if request.other_host {
            assert!(request.range.is_some(), "the range is kept across redirects");
        }
    }
}

#[test]
fn a_shard_listed_twice_is_read_once() {
    let twice = Some("data/train-00001-of-00002.parquet".to_string());
    let (server, train) = server(Options { twice, page: 1, ..Options::default() });
    let (config, _) = config(&server, Path::new("nowhere"));
    assert_eq!(drain(&mut open(&config)), train);
}

#[test]
fn a_server_that_is_not_there_or_no_hub_is_told() {
    let (server, _) = server(Options::default());
    let (mut config, waits) = config(&server, Path::new("nowhere"));
    // Nothing listens on the discard port of a test machine.
    config.hub.environment.endpoint = "http://127.0.0.1:9".into();
    let text = error(&config).to_string();
    assert!(text.contains("6 attempts") && text.contains("HF_ENDPOINT"), "{text}");
    assert_eq!(waits.lock().unwrap().len(), 5);
}

#[test]
fn a_config_opens_the_stream() {
    let (server, train) = server(Options::default());
    let hub = Hub::new(HubEnvironment::new(server.endpoint(), "nowhere"));
    let config = SourceConfig::Hub { repository: REPOSITORY.into(), revision: COMMIT.into() };
    let mut source = config.open(Split::Train, Columns::All, &hub).unwrap();
    assert_eq!(drain(source.as_mut()), train);
    assert!(!server.seen().iter().any(|request| request.path.contains("/revision/")));
}
