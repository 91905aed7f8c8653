//! Files into the cache: resumed, checked, whole or not there.

use crate::support::{REPOSITORY, WEIGHTS, WORDS, files, hub};
use std::path::{Path, PathBuf};
use story_hub::testing::{COMMIT, Fault, HubServer, Listing, Options, Redirects};
use story_hub::{Cache, Error, Hub, Kind, Repository, Result, Snapshot};

/// Not the SHA-256 of [`WEIGHTS`].
const WRONG: &str = "0f4e0f1fcd2bd8a5e6d4a5a7b1f4dbcb1b6d65b7a0c5bd1b0e4b2cd0f0b4b3b5";

fn model(options: Options) -> HubServer {
    HubServer::model(REPOSITORY, &files(), options)
}

fn announcing(path: &str, digest: &str) -> Options {
    let announced = [(path.to_string(), digest.to_string())].into();
    Options { announced, ..Options::default() }
}

fn repository() -> Repository {
    Repository::new(Kind::Model, REPOSITORY, "main").expect("names")
}

fn fetch(hub: &Hub, path: &str) -> Result<PathBuf> {
    let snapshot = Snapshot::of(hub, &repository())?;
    let file = snapshot.fetch(path)?;
    snapshot.remember()?;
    Ok(file)
}

/// The cache's folder of the repository.
fn folder(cache: &Path) -> PathBuf {
    cache.join("models--owner--name")
}

#[test]
fn files_lie_where_every_program_looks_for_them() {
    for listing in [Listing::Whole, Listing::Names] {
        for redirects in [Redirects::None, Redirects::Relative, Redirects::OtherHost] {
            let server = model(Options { listing, redirects, ..Options::default() });
            let place = tempfile::tempdir().expect("a folder");
            let (hub, _) = hub(&server, place.path());
            for (name, bytes) in [("model.safetensors", WEIGHTS), ("vocab.txt", WORDS)] {
                let file = fetch(&hub, name).expect("the file");
                assert_eq!(std::fs::read(&file).expect("bytes"), bytes);
                assert_eq!(file, folder(place.path()).join("snapshots").join(COMMIT).join(name));
                let blob = folder(place.path()).join("blobs").join(server.digest(name));
                assert!(blob.is_file(), "{}", blob.display());
                let link = std::fs::read_link(&file).expect("a link");
                assert!(link.is_relative() && link.ends_with(server.digest(name)));
                let before = server.seen().len();
                assert_eq!(fetch(&hub, name).expect("again"), file);
                let again = server.seen().split_off(before);
                let asked = again.iter().filter(|request| !request.path.starts_with("/api/"));
                assert_eq!(asked.count(), 0, "{again:?}");
            }
            let cache = Cache::new(place.path(), &repository());
            assert_eq!(cache.commit("main").expect("a note").as_deref(), Some(COMMIT));
            assert!(cache.file(COMMIT, "vocab.txt").is_some());
        }
    }
}

#[test]
fn a_cut_download_goes_on_where_it_broke() {
    let server = model(Options::default());
    server.inject("model.safetensors", Fault::CutBody);
    let place = tempfile::tempdir().expect("a folder");
    let (hub, told) = hub(&server, place.path());
    let file = fetch(&hub, "model.safetensors").expect("the weights");
    assert_eq!(std::fs::read(file).expect("bytes"), WEIGHTS);
    let resumed = format!("bytes={}-", WEIGHTS.len() / 2);
    assert!(server.seen().iter().any(|seen| seen.range.as_deref() == Some(&resumed)));
    let told = told.lock().expect("no panic while held").join("\n");
    for part in
        ["Started", "Received", "Waiting", "Finished", &format!("done: {}", WEIGHTS.len() / 2)]
    {
        assert!(told.contains(part), "{part} in {told}");
    }
}

#[test]
fn what_an_earlier_process_left_is_gone_on_with() {
    for left in
        [&WEIGHTS[..7], WEIGHTS, b"a longer one than the whole of the weights that are there"]
    {
        let server = model(Options::default());
        let place = tempfile::tempdir().expect("a folder");
        let (hub, _) = hub(&server, place.path());
        let blobs = folder(place.path()).join("blobs");
        std::fs::create_dir_all(&blobs).expect("a folder");
        let part = blobs.join(format!("{}.part", server.digest("model.safetensors")));
        std::fs::write(&part, left).expect("written");
        let file = fetch(&hub, "model.safetensors").expect("the weights");
        assert_eq!(std::fs::read(file).expect("bytes"), WEIGHTS);
        assert!(!part.exists());
        let ranges: Vec<String> = server.seen().into_iter().filter_map(|seen| seen.range).collect();
        match left.len() {
            7 => assert_eq!(ranges, ["bytes=7-"]),
            _ => assert!(ranges.is_empty(), "{ranges:?}"),
        }
    }
}

#[test]
fn a_server_that_ignores_the_rest_gives_the_whole() {
    let server = model(Options::default());
    server.inject("model.safetensors", Fault::CutBody);
    server.inject("model.safetensors", Fault::IgnoreRange);
    let place = tempfile::tempdir().expect("a folder");
    let (hub, _) = hub(&server, place.path());
    let file = fetch(&hub, "model.safetensors").expect("the weights");
    assert_eq!(std::fs::read(file).expect("bytes"), WEIGHTS);
}

#[test]
fn wrong_bytes_are_fetched_anew_once_and_then_refused() {
    for name in ["model.safetensors", "vocab.txt"] {
        let server = model(Options::default());
        server.inject(name, Fault::Flip);
        let place = tempfile::tempdir().expect("a folder");
        let (at, _) = hub(&server, place.path());
        let file = fetch(&at, name).expect("the right bytes at last");
        assert!(files().contains(&(name, &std::fs::read(file).expect("bytes"))));
    }
    let cases = [("model.safetensors", WRONG, "SHA-256"), ("vocab.txt", &WRONG[..40], "git blob")];
    for (name, digest, kind) in cases {
        for listing in [Listing::Whole, Listing::Names] {
            let server = model(Options { listing, ..announcing(name, digest) });
            let place = tempfile::tempdir().expect("a folder");
            let (at, _) = hub(&server, place.path());
            let error = fetch(&at, name).expect_err("wrong bytes");
            let text = error.to_string();
            assert!(matches!(error, Error::Data { .. }), "{text}");
            for part in [kind, name, REPOSITORY, digest, "deleted"] {
                assert!(text.contains(part), "{part} in {text}");
            }
            assert!(!folder(place.path()).join("snapshots").exists());
            let blobs = std::fs::read_dir(folder(place.path()).join("blobs")).expect("a folder");
            let left: Vec<_> = blobs.flatten().collect();
            assert!(
                left.iter().all(|it| it.path().extension() == Some("lock".as_ref())),
                "{left:?}"
            );
        }
    }
}

#[test]
fn a_server_without_digests_is_told_of() {
    let server = model(Options { listing: Listing::Names, ..announcing("vocab.txt", "some-tag") });
    let place = tempfile::tempdir().expect("a folder");
    let (at, told) = hub(&server, place.path());
    assert_eq!(std::fs::read(fetch(&at, "vocab.txt").expect("the file")).expect("bytes"), WORDS);
    let told = told.lock().expect("no panic while held").join("\n");
    assert!(told.contains("no digest"), "{told}");
    let server = model(Options { listing: Listing::Names, ..announcing("vocab.txt", "../up") });
    let place = tempfile::tempdir().expect("a folder");
    let (at, _) = hub(&server, place.path());
    let message = fetch(&at, "vocab.txt").expect_err("no name for a file").to_string();
    assert!(message.contains("ETag"), "{message}");
}

#[test]
fn a_damaged_blob_is_replaced() {
    let server = model(Options::default());
    let place = tempfile::tempdir().expect("a folder");
    let (hub, _) = hub(&server, place.path());
    let file = fetch(&hub, "model.safetensors").expect("the weights");
    let blob = file.canonicalize().expect("a blob");
    std::fs::write(&blob, WEIGHTS.to_ascii_uppercase()).expect("written");
    let file = fetch(&hub, "model.safetensors").expect("the weights");
    assert_eq!(std::fs::read(file).expect("bytes"), WEIGHTS);
}
