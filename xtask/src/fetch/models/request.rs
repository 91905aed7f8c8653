//! From the words of the command line to repositories: configs, kinds and names.

use anyhow::{Context, Result, bail};
use std::path::Path;
use toml::{Table, Value};

/// Kinds and the repository that has good weights for each. timm's MobileNetV2 pads as torchvision
/// does, Google's as TensorFlow does.
pub const KINDS: [(&str, &str); 7] = [
    ("resnet18", "microsoft/resnet-18"),
    ("resnet34", "microsoft/resnet-34"),
    ("resnet50", "microsoft/resnet-50"),
    ("mobilenet-v2", "timm/mobilenetv2_100.ra_in1k"),
    ("distilbert", "distilbert/distilbert-base-uncased"),
    ("minilm", "sentence-transformers/all-MiniLM-L6-v2"),
    ("clip", "openai/clip-vit-base-patch32"),
];

/// Weights to fetch.
#[derive(Debug, Clone, PartialEq)]
pub struct Request {
    /// `owner/name`.
    pub repository: String,
    /// Branch, tag or commit.
    pub revision: String,
    /// Path within the repository; empty takes the usual one.
    pub file: String,
}

/// What all words together ask for, each once.
pub fn all(words: &[String], revision: &str) -> Result<Vec<Request>> {
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

fn one(word: &str, revision: &str) -> Result<Vec<Request>> {
    let of = |repository: &str| Request {
        repository: repository.into(),
        revision: revision.into(),
        file: String::new(),
    };
    if let Some((_, repository)) = KINDS.iter().find(|(kind, _)| *kind == word) {
        return Ok(vec![of(repository)]);
    }
    if word.ends_with(".toml") {
        return config(Path::new(word));
    }
    let parts: Vec<&str> = word.split('/').collect();
    if parts.len() == 2 && parts.iter().all(|part| is_name(part)) {
        return Ok(vec![of(word)]);
    }
    let kinds: Vec<&str> = KINDS.iter().map(|(kind, _)| *kind).collect();
    bail!(
        "`{word}` is no config (a path that ends with .toml), no kind ({}) and no repository (owner/name)",
        kinds.join(", ")
    );
}

/// The Hub weights of a config, wherever a table `weights` stands in it.
fn config(path: &Path) -> Result<Vec<Request>> {
    let text = std::fs::read_to_string(path).with_context(|| path.display().to_string())?;
    let table: Table = text.parse().with_context(|| format!("{}: not TOML", path.display()))?;
    let mut out = Vec::new();
    collect(&table, "", &mut out).with_context(|| path.display().to_string())?;
    Ok(out)
}

fn collect(table: &Table, place: &str, out: &mut Vec<Request>) -> Result<()> {
    for (key, value) in table {
        let Value::Table(inner) = value else { continue };
        let place = match place {
            "" => key.clone(),
            place => format!("{place}.{key}"),
        };
        if key == "weights" && inner.get("kind").and_then(Value::as_str) == Some("hub") {
            let text = |key: &str| {
                let found = inner.get(key).and_then(Value::as_str);
                found.with_context(|| format!("{place}.{key}: expected a text"))
            };
            out.push(Request {
                repository: text("repository")?.into(),
                revision: text("revision")?.into(),
                file: text("file")?.into(),
            });
        }
        collect(inner, &place, out)?;
    }
    Ok(())
}

fn is_name(part: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._".contains(&byte);
    !part.is_empty() && !part.starts_with('.') && part.bytes().all(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(words: &[&str]) -> Result<Vec<Request>> {
        let words: Vec<String> = words.iter().map(|word| word.to_string()).collect();
        all(&words, "main")
    }

    #[test]
    fn kinds_and_repositories_are_known_and_asked_once() -> Result<()> {
        let found = words(&["resnet50", "owner/name", "microsoft/resnet-50"])?;
        let names: Vec<&str> = found.iter().map(|it| it.repository.as_str()).collect();
        assert_eq!(names, ["microsoft/resnet-50", "owner/name"]);
        for word in ["resnet", "../x", "a/b/c", "nowhere.toml"] {
            let message = format!("{:#}", words(&[word]).expect_err(word));
            assert!(message.contains(word), "{message}");
        }
        Ok(())
    }

    #[test]
    fn a_config_s_weights_are_found_and_its_data_are_not() -> Result<()> {
        let folder = tempfile::tempdir()?;
        let path = folder.path().join("run.toml");
        let text = r#"
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
        std::fs::write(&path, text)?;
        let found = words(&[&path.display().to_string()])?;
        let expected = Request {
            repository: "owner/pictures".into(),
            revision: "v1".into(),
            file: "x.safetensors".into(),
        };
        assert_eq!(found, [expected]);
        std::fs::write(&path, text.replace("revision = \"v1\"", ""))?;
        let message = format!("{:#}", words(&[&path.display().to_string()]).expect_err("a gap"));
        assert!(message.contains("model.image_encoder.weights.revision"), "{message}");
        Ok(())
    }
}
