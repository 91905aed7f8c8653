//! Published networks: one name, one repository. What `--encoder` names, what configs take and what
//! is fetched are the same weights because all of them ask here.

/// A published network: the name that users know, and the repository behind it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Published {
    /// What it is called, such as `resnet18`.
    pub name: &'static str,
    /// `owner/name` on the Hub.
    pub repository: &'static str,
    /// A branch, a tag or a commit.
    pub revision: &'static str,
    /// Path of the weights within the repository; empty takes the usual one.
    pub file: &'static str,
    /// Size of the weights in MB, rounded; what is fetched says its exact size first.
    pub megabytes: u32,
    /// The licence by the Hub's identifier; empty where the model card states none.
    pub licence: &'static str,
}

/// The encoders. The ResNets are torchvision's first weights, which are normalised and resized as
/// torchvision does it; MobileNetV2 is timm's, which pads as torchvision does, not Google's, which
/// pads as TensorFlow does.
pub const PUBLISHED: &[Published] = &[
    usual("resnet18", "timm/resnet18.tv_in1k", 47, "bsd-3-clause"),
    usual("resnet34", "timm/resnet34.tv_in1k", 87, "bsd-3-clause"),
    usual("resnet50", "timm/resnet50.tv_in1k", 102, "bsd-3-clause"),
    usual("mobilenet-v2", "timm/mobilenetv2_100.ra_in1k", 14, "apache-2.0"),
    usual("distilbert", "distilbert/distilbert-base-uncased", 268, "apache-2.0"),
    usual("minilm", "sentence-transformers/all-MiniLM-L6-v2", 91, "apache-2.0"),
    usual("clip", "openai/clip-vit-base-patch32", 605, ""),
    usual("dinov2-small", "facebook/dinov2-small", 88, "apache-2.0"),
];

/// Language models that tell the next text.
pub const LANGUAGE_MODELS: &[Published] = &[
    usual("smollm2-135m", "HuggingFaceTB/SmolLM2-135M-Instruct", 269, "apache-2.0"),
    usual("smollm2-360m", "HuggingFaceTB/SmolLM2-360M-Instruct", 724, "apache-2.0"),
];

/// Encoders and language models.
pub fn all() -> impl Iterator<Item = &'static Published> {
    PUBLISHED.iter().chain(LANGUAGE_MODELS)
}

/// The network called `name`.
pub fn find(name: &str) -> Option<&'static Published> {
    all().find(|published| published.name == name)
}

/// The newest weights of a repository, under their usual name.
const fn usual(
    name: &'static str,
    repository: &'static str,
    megabytes: u32,
    licence: &'static str,
) -> Published {
    Published { name, repository, revision: "main", file: "", megabytes, licence }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Kind, Repository};
    use std::collections::BTreeSet;

    #[test]
    fn one_name_is_one_repository_and_each_can_be_asked_for() {
        let names: BTreeSet<&str> = all().map(|published| published.name).collect();
        let repositories: BTreeSet<&str> = all().map(|it| it.repository).collect();
        assert_eq!((names.len(), repositories.len()), (all().count(), all().count()));
        for published in all() {
            assert_eq!(find(published.name), Some(published));
            let named = Repository::new(Kind::Model, published.repository, published.revision);
            assert!(named.is_ok(), "{}", published.name);
        }
        assert_eq!(find("resnet"), None);
    }
}
