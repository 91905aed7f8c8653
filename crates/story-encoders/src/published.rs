//! Published networks: the name that users know, and where its weights lie on the Hugging Face Hub.
//!
//! One list for `story encode`, `story list` and fetching. What a network is (its sizes, its
//! preprocessing, what of it can train) stands in the registry's line that names the entry.

/// A published network: the name that users know, and the one repository behind it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Published {
    /// What users say, such as `resnet18`.
    pub name: &'static str,
    /// `owner/name`.
    pub repository: &'static str,
    /// Branch, tag or commit.
    pub revision: &'static str,
    /// Path within the repository; empty takes the usual one.
    pub file: &'static str,
    /// Of the weights, rounded.
    pub megabytes: u32,
    /// The Hub's identifier; empty where the card states none.
    pub licence: &'static str,
}

/// All of them. timm's `tv_in1k` are torchvision's own ResNets, resized and normalised as
/// torchvision does it; timm's MobileNetV2 pads as torchvision does, Google's as TensorFlow does.
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

/// The network called `name`.
pub fn find(name: &str) -> Option<&'static Published> {
    PUBLISHED.iter().find(|published| published.name == name)
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
