//! The Hub stream with a cache that holds all or part of the files, and offline.

#![allow(clippy::unwrap_used)] // a test fails by it, its helpers included

use crate::sources_common::drain;
use crate::sources_hub::{REPOSITORY, config, error, files, open};
use std::collections::BTreeMap;
use std::path::Path;
use story_hub::testing::{COMMIT, HubServer, Options};

/// A cache as `huggingface_hub` leaves it.
fn fill_cache(cache: &Path, files: &BTreeMap<String, Vec<u8>>) {
    let folder = cache.join("datasets--owner--stories");
    std::fs::create_dir_all(folder.join("refs")).unwrap();
    std::fs::write(folder.join("refs/main"), COMMIT).unwrap();
    for (name, bytes) in files {
        let path = folder.join("snapshots").join(COMMIT).join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
    }
}

#[test]
fn what_the_cache_holds_is_not_fetched() {
    let (mut files, train) = files();
    let server = HubServer::start(REPOSITORY, files.clone(), Options::default());
    let cache = tempfile::tempdir().unwrap();
    files.remove("data/train-00001-of-00002.parquet");
    fill_cache(cache.path(), &files);
    let (config, _) = config(&server, cache.path());
    assert_eq!(drain(&mut open(&config)), train);
    let seen = server.seen();
    assert!(!seen.iter().any(|request| request.path.contains("train-00000")));
    assert!(seen.iter().any(|request| request.path.contains("train-00001")));

    // A file of another size is not the one that the listing means.
    files.insert("data/train-00000-of-00002.parquet".into(), b"half".to_vec());
    fill_cache(cache.path(), &files);
    assert_eq!(drain(&mut open(&config)), train);
}

#[test]
fn offline_reads_the_cache_and_opens_no_socket() {
    let (files, train) = files();
    let server = HubServer::start(REPOSITORY, files.clone(), Options::default());
    let cache = tempfile::tempdir().unwrap();
    let (mut config, _) = config(&server, cache.path());
    config.hub.environment.offline = true;
    let text = error(&config).to_string();
    assert!(text.contains("HF_HUB_OFFLINE") && text.contains("owner--stories"), "{text}");

    fill_cache(cache.path(), &files);
    for revision in ["main", COMMIT] {
        config.revision = revision.into();
        let mut source = open(&config);
        assert_eq!(source.commit(), COMMIT);
        assert_eq!(drain(&mut source), train);
    }
    let snapshot = cache.path().join("datasets--owner--stories/snapshots").join(COMMIT);
    std::fs::remove_file(snapshot.join("data/train-00001-of-00002.parquet")).unwrap();
    let text = error(&config).to_string();
    assert!(text.contains("train-00001-of-00002") && text.contains("HF_HUB_OFFLINE"), "{text}");
    assert!(server.seen().is_empty(), "{:?}", server.seen());
}
