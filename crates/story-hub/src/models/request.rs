//! From the words of a command line to repositories: configs, names and repositories.

use crate::configs::{self, ConfigText};
use crate::published;
use crate::{Error, Kind, Repository, Result};
use std::path::Path;
use toml::{Table, Value};

/// Endings of files that hold weights: what ends so is a path, and no repository.
const FILES: [&str; 7] = [".gguf", ".safetensors", ".json", ".pth", ".pt", ".bin", ".onnx"];
/// The revision where none is named.
const NEWEST: &str = "main";

/// Weights to fetch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// `owner/name`.
    pub repository: String,
    /// Branch, tag or commit.
    pub revision: String,
    /// Path within the repository; empty takes the usual one.
    pub file: String,
}

impl Request {
    /// The weights of a plain name in a config: `owner/name`, or `owner/name@revision`; `None` for what
    /// is meant as a path.
    pub fn named(name: &str) -> Option<Self> {
        let (repository, revision) = name.split_once('@').unwrap_or((name, NEWEST));
        let plain = |part: &str| {
            let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
            !part.is_empty() && !part.starts_with('.') && part.chars().all(fits)
        };
        let is_file = FILES.iter().any(|end| repository.ends_with(end));
        let parts: Vec<&str> = repository.split('/').collect();
        let known = !is_file && parts.len() == 2 && parts.iter().all(|part| plain(part));
        known.then(|| Self {
            repository: repository.into(),
            revision: revision.into(),
            file: String::new(),
        })
    }
}

/// What all words together ask for, each once: a config (a path of a .toml file, or the name of one
/// that is built in; with its bases), a published name such as `resnet50`, or a repository `owner/name`. `revision`, where it is given,
/// is that of names and repositories; configs say their own.
///
/// # Errors
/// [`Error::Config`] for a word that is none of these, and a config that cannot be read or has
/// gaps.
pub fn requests(words: &[String], revision: Option<&str>) -> Result<Vec<Request>> {
    let mut out: Vec<Request> = Vec::new();
    for word in words {
        for request in one(word, revision)? {
            if !out.contains(&request) {
                out.push(request);
            }
        }
    }
    Ok(out)
}

fn one(word: &str, revision: Option<&str>) -> Result<Vec<Request>> {
    if let Some(published) = published::find(word) {
        return Ok(vec![Request {
            repository: published.repository.into(),
            revision: revision.unwrap_or(published.revision).into(),
            file: published.file.into(),
        }]);
    }
    if word.ends_with(".toml") || configs::find(word).is_some() {
        return config(Path::new(word));
    }
    let revision = revision.unwrap_or(NEWEST);
    if word.contains('/') && Repository::new(Kind::Model, word, revision).is_ok() {
        let (repository, file) = (word.into(), String::new());
        return Ok(vec![Request { repository, revision: revision.into(), file }]);
    }
    let names: Vec<&str> = published::all().map(|published| published.name).collect();
    Err(Error::Config(format!(
        "`{word}` is no config (a path that ends with .toml, or a name of `story list configs`), no name ({}) and no repository (owner/name)",
        names.join(", ")
    )))
}

fn config(path: &Path) -> Result<Vec<Request>> {
    let config = ConfigText::open(path)?;
    let wrong = |error: Error| Error::Config(format!("{}: {error}", config.name));
    config.table().and_then(|table| requests_of(&table)).map_err(wrong)
}

/// The Hub weights of a config without bases: wherever `weights`, or a key that ends so, is a table that
/// says so, or a plain name of a repository.
///
/// # Errors
/// [`Error::Config`] naming the key that is missing.
fn requests_of(config: &Table) -> Result<Vec<Request>> {
    let mut out = Vec::new();
    collect(config, "", &mut out)?;
    Ok(out)
}

fn collect(table: &Table, place: &str, out: &mut Vec<Request>) -> Result<()> {
    for (key, value) in table {
        let of_weights = key == "weights" || key.ends_with("_weights");
        if of_weights
            && let Value::String(name) = value
            && !Path::new(name).exists()
        {
            out.extend(Request::named(name));
        }
        let Value::Table(inner) = value else { continue };
        let place = match place {
            "" => key.clone(),
            place => format!("{place}.{key}"),
        };
        if of_weights && inner.get("kind").and_then(Value::as_str) == Some("hub") {
            let text = |key: &str| match inner.get(key).and_then(Value::as_str) {
                Some(text) => Ok(text.to_string()),
                None => Err(Error::Config(format!("{place}.{key}: expected a text"))),
            };
            out.push(Request {
                repository: text("repository")?,
                revision: text("revision")?,
                file: text("file")?,
            });
        }
        collect(inner, &place, out)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(words: &[&str]) -> Result<Vec<Request>> {
        let words: Vec<String> = words.iter().map(|word| word.to_string()).collect();
        requests(&words, None)
    }

    #[test]
    fn names_and_repositories_are_known_and_asked_once() {
        let found = words(&["resnet50", "owner/name", "timm/resnet50.tv_in1k"]).expect("known");
        let names: Vec<&str> = found.iter().map(|it| it.repository.as_str()).collect();
        assert_eq!(names, ["timm/resnet50.tv_in1k", "owner/name"]);
        for word in ["resnet", "../x", "a/b/c", "nowhere.toml"] {
            let message = words(&[word]).expect_err(word).to_string();
            assert!(message.contains(word), "{message}");
        }
        let pinned = requests(&["clip".to_string()], Some("v1")).expect("known");
        assert_eq!(pinned[0].revision, "v1");
    }

    const CONFIG: &str = r#"
        [data.source]
        kind = "hub"
        repository = "owner/dataset"
        [model.image_encoder]
        kind = "resnet"
        [model.image_encoder.weights]
        kind = "hub"
        repository = "owner/pictures"
        revision = "v1"
        file = "x.safetensors"
        [model.text_encoder.weights]
        kind = "random"
    "#;

    fn pictures() -> Request {
        Request {
            repository: "owner/pictures".into(),
            revision: "v1".into(),
            file: "x.safetensors".into(),
        }
    }

    #[test]
    fn a_config_s_weights_are_found_and_its_data_are_not() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("run.toml");
        std::fs::write(&path, CONFIG).expect("written");
        let word = path.display().to_string();
        assert_eq!(words(&[&word]).expect("a config"), [pictures()]);
        std::fs::write(&path, CONFIG.replace("revision = \"v1\"", "")).expect("written");
        let message = words(&[&word]).expect_err("a gap").to_string();
        assert!(message.contains("model.image_encoder.weights.revision"), "{message}");
    }

    #[test]
    fn plain_names_of_repositories_are_told_from_paths() {
        for name in ["HuggingFaceTB/SmolLM2-135M", "a/b@v1.0", "a/b.c@refs/pr/1"] {
            let (repository, revision) = name.split_once('@').unwrap_or((name, "main"));
            let found = Request::named(name).expect(name);
            assert_eq!((&*found.repository, &*found.revision), (repository, revision));
        }
        for name in ["model.gguf", "a/b.gguf", "../a", "./b", "/a/b", "a/b/c", "a", "a b/c", ""] {
            assert_eq!(Request::named(name), None, "{name}");
        }
        let config = "[model.text_decoder]\nkind = \"language-model\"\nweights = \"a/b@v1\"";
        let table: Table = config.parse().expect("TOML");
        assert_eq!(requests_of(&table).expect("a name"), [Request::named("a/b@v1").expect("one")]);
        let table: Table = config.replace("a/b@v1", "b.gguf").parse().expect("TOML");
        assert_eq!(requests_of(&table).expect("a path"), []);
    }

    #[test]
    fn the_weights_of_a_config_s_bases_count() {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::create_dir(folder.path().join("ablations")).expect("a folder");
        let write = |name: &str, text: &str| {
            let path = folder.path().join(name);
            std::fs::write(&path, text).expect("written");
            path.display().to_string()
        };
        write("run.toml", CONFIG);
        let same = write("ablations/same.toml", "base = \"../run.toml\"\nname = \"same\"");
        assert_eq!(words(&[&same]).expect("a config"), [pictures()]);
        let other = "base = \"../run.toml\"\n[model.image_encoder.weights]\nrevision = \"v2\"";
        let other = write("ablations/other.toml", other);
        let expected = Request { revision: "v2".into(), ..pictures() };
        assert_eq!(words(&[&other]).expect("a config"), [expected]);
        let built_in = words(&["african-storybook-pretrained"]).expect("built in");
        let names: Vec<&str> = built_in.iter().map(|it| it.repository.as_str()).collect();
        assert!(names.contains(&"sentence-transformers/all-MiniLM-L6-v2"), "{names:?}");
        assert_eq!(words(&["ablations/no-copy"]).expect("built in").len(), names.len());
        let lost = write("lost.toml", "base = \"none.toml\"");
        let message = words(&[&lost]).expect_err("no base").to_string();
        assert!(message.contains("lost.toml") && message.contains("none.toml"), "{message}");
    }
}
