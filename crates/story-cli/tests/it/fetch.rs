//! `story fetch`: size and licence first, everything checked, the cache then serves offline.

use crate::support::{Outcome, command, finish, story};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::Path;
use story_hub::testing::{COMMIT, HubServer, LICENCE, Options};

const WEIGHTS: &[u8] = b"no weights, but bytes";

fn model(repository: &str) -> HubServer {
    let files: [(&str, &[u8]); 2] = [("model.safetensors", WEIGHTS), ("config.json", b"{}")];
    HubServer::model(repository, &files, Options::default())
}

fn from(server: &HubServer, place: &Path, arguments: &[&str]) -> Outcome {
    finish(command(place).args(arguments).env("HF_ENDPOINT", server.endpoint()))
}

/// Where a file of the cache lies.
fn cached(place: &Path, repository: &str, file: &str) -> std::path::PathBuf {
    place.join("hub-home/hub").join(repository).join("snapshots").join(COMMIT).join(file)
}

#[test]
fn a_name_is_the_same_repository_to_fetch_and_to_encode() {
    let server = model("timm/resnet18.tv_in1k");
    let place = tempfile::tempdir().unwrap();
    let place = place.path();
    let plan = from(&server, place, &["fetch", "models", "resnet18", "--dry-run"]).ok();
    for part in ["timm/resnet18.tv_in1k", COMMIT, LICENCE, "model.safetensors", "in all"] {
        assert!(plan.stdout.contains(part), "{part} in {}", plan.stdout);
    }
    assert!(!place.join("hub-home").exists());
    let fetched = from(&server, place, &["fetch", "models", "resnet18", "--json"]).ok().json();
    let file = cached(place, "models--timm--resnet18.tv_in1k", "model.safetensors");
    assert_eq!(fetched["files"][0], json!(file));
    assert_eq!(fetched["plan"][0]["files"][1]["path"], "config.json");
    assert_eq!(std::fs::read(&file).unwrap(), WEIGHTS);

    // The encoder of that name finds them in the cache, and says that they are no weights.
    image::RgbImage::new(4, 4).save(place.join("a.png")).unwrap();
    let encode = ["encode", "images", "--encoder", "resnet18", "--input", "a.png"];
    let encode = [&encode[..], &["--output", "a.safetensors"]].concat();
    let asked = server.seen().len();
    from(&server, place, &encode).fails(2, &["timm--resnet18.tv_in1k"]);
    assert_eq!(server.seen().len(), asked);
}

#[test]
fn a_config_s_weights_are_fetched_through_its_bases() {
    let server = model("owner/pictures");
    let place = tempfile::tempdir().unwrap();
    let place = place.path();
    let weights =
        "kind = \"hub\"\nrepository = \"owner/pictures\"\nrevision = \"main\"\nfile = \"\"";
    let base = format!("[model.image_encoder.weights]\n{weights}");
    std::fs::write(place.join("base.toml"), base).unwrap();
    std::fs::write(place.join("run.toml"), "base = \"base.toml\"").unwrap();
    from(&server, place, &["fetch", "models", "run.toml"]).ok();
    assert!(cached(place, "models--owner--pictures", "model.safetensors").is_file());
    std::fs::write(place.join("none.toml"), "name = \"none\"").unwrap();
    // Those that are built in are known by name, with their bases too.
    let minilm = model("sentence-transformers/all-MiniLM-L6-v2");
    let books = ["fetch", "models", "african-storybook-pretrained", "--dry-run"];
    let outcome = from(&minilm, place, &books);
    assert!(outcome.stderr.contains("timm/mobilenetv2_100.ra_in1k"), "{}", outcome.stderr);
    let nothing = from(&server, place, &["fetch", "models", "none.toml"]).ok();
    assert!(nothing.stdout.contains("nothing to fetch"), "{}", nothing.stdout);
}

#[test]
fn the_preset_s_language_model_is_known() {
    let server = model("HuggingFaceTB/SmolLM2-360M-Instruct");
    let place = tempfile::tempdir().unwrap();
    let preset = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../configs/language-model.toml");
    let fetch = ["fetch", "models", preset.to_str().unwrap(), "--dry-run"];
    let plan = from(&server, place.path(), &fetch).ok();
    let named = from(&server, place.path(), &["fetch", "models", "smollm2-360m", "--dry-run"]).ok();
    assert!(plan.stdout.contains("HuggingFaceTB/SmolLM2-360M-Instruct"), "{}", plan.stdout);
    assert_eq!(plan.stdout, named.stdout);
}

#[test]
fn what_cannot_be_fetched_is_told_with_exit_code_2() {
    let place = tempfile::tempdir().unwrap();
    let server = model("owner/name");
    story(place.path(), &["fetch", "models", "resnet"]).fails(2, &["resnet18", "owner/name"]);
    from(&server, place.path(), &["fetch", "models", "owner/other"]).fails(2, &["401"]);
    let offline = ["fetch", "models", "resnet18"];
    finish(command(place.path()).args(offline).env("HF_HUB_OFFLINE", "1"))
        .fails(2, &["HF_HUB_OFFLINE"]);
}

#[test]
fn a_corpus_of_the_hub_lands_in_the_cache() {
    let names = ["data/train-00000-of-00001.parquet", "data/test-00000-of-00001.parquet"];
    let files = names.map(|name| (name.to_string(), name.as_bytes().to_vec())).into();
    let server = HubServer::start("daniel3303/StoryReasoning", files, Options::default());
    let place = tempfile::tempdir().unwrap();
    let fetch = ["fetch", "data", "story-reasoning", "--split", "test", "--json"];
    let fetched = from(&server, place.path(), &fetch).ok();
    assert!(fetched.stderr.contains("CC-BY-ND-4.0"), "{}", fetched.stderr);
    let file = cached(place.path(), "datasets--daniel3303--StoryReasoning", names[1]);
    assert_eq!(fetched.json()["files"], json!([file]));
    assert!(file.is_file());
}

/// Two repositories with seven books of one page, as their public places answer.
fn books() -> BTreeMap<String, Vec<u8>> {
    const TEXTS: (&str, &str) =
        ("global-asp/asp-source", "99e022369a980bd52bce8c6f86d5f24e9a4ada9d");
    const PICTURES: (&str, &str) =
        ("global-asp/asp-imagebank", "a56e6dbe7aeeb8ea3e53d9941664416e2e7356ad");
    let mut picture = std::io::Cursor::new(Vec::new());
    image::RgbImage::new(8, 8).write_to(&mut picture, image::ImageFormat::Jpeg).unwrap();
    let picture = picture.into_inner();
    let mut files = BTreeMap::new();
    let mut lists: [Vec<Value>; 2] = Default::default();
    let mut add = |list: usize, (name, revision): (&str, &str), path: String, bytes: Vec<u8>| {
        lists[list].push(json!({ "type": "blob", "path": path, "size": bytes.len() }));
        files.insert(format!("{name}/{revision}/{path}"), bytes);
    };
    for book in 1..=7 {
        let text = format!(
            "# Book {book}\n##\nA kite\nflies.\n##\n* License: [CC-BY]\n* Text: A\n* Illustration: B\n"
        );
        add(0, TEXTS, format!("en/{book:04}_book.md"), text.into_bytes());
        for page in 1..=3 {
            add(1, PICTURES, format!("medium/{book:04}/{page:02}.jpg"), picture.clone());
        }
    }
    for ((name, revision), list) in [TEXTS, PICTURES].into_iter().zip(lists) {
        let list = json!({ "truncated": false, "tree": list }).to_string();
        files.insert(format!("repos/{name}/git/trees/{revision}"), list.into_bytes());
    }
    files
}

#[test]
fn picture_books_become_a_corpus() {
    let server = HubServer::start("owner/unused", books(), Options::default());
    let place = tempfile::tempdir().unwrap();
    let place = place.path();
    let address = server.file_address();
    let fetch = ["fetch", "data", "african-storybook", "--api", &address, "--raw", &address];
    let fetched = story(place, &fetch).ok();
    assert!(fetched.stdout.contains("7 books, 7 pages"), "{}", fetched.stdout);
    assert!(fetched.stdout.contains("CC-BY"), "{}", fetched.stdout);
    for (split, stories) in [("train", 6), ("test", 1)] {
        let file = format!("data/african-storybook/data/{split}-00000-of-00001.parquet");
        let stats = ["data", "stats", "--parquet", &file, "--split", split, "--json"];
        let stats = story(place, &stats).ok().json();
        assert_eq!(stats["stats"]["stories"], stories, "{stats}");
    }
    let credits = std::fs::read_to_string(place.join("data/african-storybook/ATTRIBUTION.tsv"));
    assert_eq!(credits.unwrap().lines().count(), 8);
    // What is there is not fetched again.
    let pictures = || server.seen().iter().filter(|seen| seen.path.contains(".jpg")).count();
    let before = pictures();
    story(place, &fetch).ok();
    assert_eq!(pictures(), before);
}
