//! Where weights are found: files, folders, shards, and the Hub through its cache.

use crate::weights::{read, small_safetensors};
use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;
use story_core::{Error, Result};
use story_encoders::weights::{LoadedWeights, WeightsConfig, formula, resolve};
use story_hub::testing::{COMMIT, Fault, HubServer, Options};
use story_hub::{Hub, HubEnvironment, RetryPolicy, Token};

fn file(path: &Path) -> WeightsConfig {
    WeightsConfig::File { path: path.into() }
}

fn nowhere() -> Hub {
    let mut environment = HubEnvironment::new("http://127.0.0.1:9", "nowhere");
    environment.offline = true;
    Hub::new(environment)
}

/// A Hub whose waits are skipped.
fn at(endpoint: &str, cache: &Path) -> Hub {
    let mut hub = Hub::new(HubEnvironment::new(endpoint, cache));
    hub.retry = RetryPolicy { sleep: Arc::new(|_| {}), ..RetryPolicy::default() };
    hub
}

#[test]
fn folders_and_shards_are_resolved() -> Result<()> {
    let (folder, path) = small_safetensors()?;
    assert_eq!(resolve(&file(folder.path()), &nowhere())?, [path]);
    let other = tempfile::tempdir().expect("a folder");
    let error = resolve(&file(other.path()), &nowhere()).expect_err("an empty folder");
    assert!(error.to_string().contains("pytorch_model.bin"), "{error}");
    let error = resolve(&file(&other.path().join("x.pth")), &nowhere()).expect_err("no file");
    assert!(error.to_string().contains("x.pth"), "{error}");

    let index = other.path().join("model.safetensors.index.json");
    let map =
        r#"{"weight_map": {"a": "1.safetensors", "b": "2.safetensors", "c": "1.safetensors"}}"#;
    std::fs::write(&index, map).expect("written");
    let error = resolve(&file(other.path()), &nowhere()).expect_err("no shards");
    assert!(error.to_string().contains("1.safetensors"), "{error}");
    let parts = [("1.safetensors", "one.weight"), ("2.safetensors", "two.weight")];
    for (name, tensor) in parts {
        let tensors = HashMap::from([(tensor, formula::tensor(tensor, &[2, 2])?)]);
        candle_core::safetensors::save(&tensors, other.path().join(name))?;
    }
    let files = resolve(&file(other.path()), &nowhere())?;
    assert_eq!(files.len(), 2);
    let weights = LoadedWeights::read(&files)?;
    assert_eq!(weights.names().collect::<Vec<_>>(), ["one.weight", "two.weight"]);
    assert_ne!(weights.identity(), read(&files[0])?.identity());
    for foreign in [r#"{"weight_map": {"a": "../x"}}"#, "[]", "no json", r#"{"weight_map": {}}"#] {
        std::fs::write(&index, foreign).expect("written");
        assert!(matches!(resolve(&file(&index), &nowhere()), Err(Error::Data(_))), "{foreign}");
    }
    Ok(())
}

fn hub(revision: &str, file: &str) -> WeightsConfig {
    WeightsConfig::Hub {
        repository: "owner/name".into(),
        revision: revision.into(),
        file: file.into(),
    }
}

#[test]
fn the_hub_is_asked_once_and_the_cache_serves_afterwards() -> Result<()> {
    let (_folder, path) = small_safetensors()?;
    let bytes = std::fs::read(&path).expect("the file");
    let digest = read(&path)?.identity().to_string();
    let files: [(&str, &[u8]); 2] = [("model.safetensors", &bytes), ("pytorch_model.bin", b"x")];
    let server = HubServer::model("owner/name", &files, Options::default());
    let cache = tempfile::tempdir().expect("a folder");
    let mut at = at(server.endpoint(), cache.path());
    at.environment.token = Token::new("secret");

    let found = resolve(&hub("main", ""), &at)?;
    assert_eq!(LoadedWeights::read(&found)?.identity(), digest);
    assert!(found[0].to_string_lossy().contains(COMMIT));
    let requests = server.seen();
    assert!(requests.iter().all(|r| r.authorization.as_deref() == Some("Bearer secret")));

    // Branch and commit are in the cache now, online as offline.
    for revision in ["main", COMMIT] {
        assert_eq!(resolve(&hub(revision, ""), &at)?, found);
    }
    at.environment.offline = true;
    assert_eq!(resolve(&hub("main", "model.safetensors"), &at)?, found);
    let error = resolve(&hub("v2", ""), &at).expect_err("not in the cache");
    for part in
        ["story fetch models", "cargo xtask fetch-models", "owner/name", "`v2`", "HF_HUB_OFFLINE"]
    {
        assert!(error.to_string().contains(part), "{error}");
    }
    assert_eq!(server.seen().len(), requests.len(), "no further request");

    // The bytes are compared with the digest that names them.
    let blob = found[0].canonicalize().expect("a blob");
    let mut damaged = bytes.clone();
    *damaged.last_mut().expect("bytes") ^= 1;
    std::fs::write(&blob, damaged).expect("written");
    let message = LoadedWeights::read(&found).expect_err("damaged").to_string();
    assert!(message.contains(&digest) && message.contains("delete"), "{message}");
    Ok(())
}

#[test]
fn what_the_hub_does_not_give_is_said_clearly() -> Result<()> {
    let server = HubServer::model("owner/name", &[("config.json", b"{}")], Options::default());
    let cache = tempfile::tempdir().expect("a folder");
    let open = at(server.endpoint(), cache.path());
    let message = |config: &WeightsConfig, at: &Hub| {
        let error = resolve(config, at).expect_err("nothing there");
        error.to_string()
    };
    let text = message(&hub("main", ""), &open);
    assert!(text.contains("config.json") && text.contains("weights.file"), "{text}");
    let text = message(&hub("v9", ""), &open);
    assert!(text.contains("404") && text.contains("revision"), "{text}");
    let other = WeightsConfig::Hub {
        repository: "owner/secret".into(),
        revision: "main".into(),
        file: String::new(),
    };
    let text = message(&other, &open);
    assert!(text.contains("401") && text.contains("HF_TOKEN"), "{text}");
    let closed = at("http://127.0.0.1:9", cache.path());
    let text = message(&hub("main", ""), &closed);
    assert!(text.contains("network") && text.contains("127.0.0.1:9"), "{text}");
    Ok(())
}

#[test]
fn a_broken_download_is_taken_up_again() -> Result<()> {
    let (_folder, path) = small_safetensors()?;
    let bytes = std::fs::read(&path).expect("the file");
    let digest = read(&path)?.identity().to_string();
    let files: [(&str, &[u8]); 1] = [("model.safetensors", &bytes)];
    let server = HubServer::model("owner/name", &files, Options::default());
    let cache = tempfile::tempdir().expect("a folder");
    let at = at(server.endpoint(), cache.path());
    server.inject("resolve", Fault::CutBody);
    let found = resolve(&hub("main", ""), &at)?;
    assert_eq!(LoadedWeights::read(&found)?.identity(), digest);
    let resumed = server.seen().into_iter().filter_map(|seen| seen.range);
    let half = format!("bytes={}-", bytes.len() / 2);
    assert!(resumed.into_iter().any(|range| range == half));
    Ok(())
}
