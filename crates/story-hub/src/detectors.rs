//! Published weights of detectors, which their authors keep outside of the Hub: one name, one address.

use crate::client::{Announced, download::Wanted};
use crate::digest::Digest;
use crate::{Error, Hub, Result};
use serde::Serialize;
use std::path::{Path, PathBuf};

/// The folder for them in the Hub's cache.
const FOLDER: &str = "story-detectors";

/// A detector's published weights.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DetectorWeights {
    /// As `story detect --detector` names it.
    pub name: &'static str,
    /// Where its authors publish the file.
    pub url: &'static str,
    /// Size in MB, rounded; what is fetched says its exact size first.
    pub megabytes: u32,
    /// The licence by the Hub's identifier.
    pub licence: &'static str,
    /// What the SHA-256 of the file begins with, where its authors say so.
    pub sha256_begins: Option<&'static str>,
}

/// Where the release of YOLOX lies that its README names.
macro_rules! yolox_release {
    () => {
        "https://github.com/Megvii-BaseDetection/YOLOX/releases/download/0.1.1rc0/"
    };
}
/// Megvii's YOLOX and torchvision's Faster R-CNN. YOLOX's files hold eight bytes a parameter.
pub const DETECTORS: &[DetectorWeights] = &[
    yolox("yolox-nano", concat!(yolox_release!(), "yolox_nano.pth"), 8),
    yolox("yolox-tiny", concat!(yolox_release!(), "yolox_tiny.pth"), 41),
    yolox("yolox-s", concat!(yolox_release!(), "yolox_s.pth"), 72),
    yolox("yolox-m", concat!(yolox_release!(), "yolox_m.pth"), 203),
    yolox("yolox-l", concat!(yolox_release!(), "yolox_l.pth"), 434),
    yolox("yolox-x", concat!(yolox_release!(), "yolox_x.pth"), 793),
    DetectorWeights {
        name: "fasterrcnn-resnet50-fpn",
        url: "https://download.pytorch.org/models/fasterrcnn_resnet50_fpn_coco-258fb6c6.pth",
        megabytes: 168,
        licence: "bsd-3-clause",
        sha256_begins: Some("258fb6c6"),
    },
];

const fn yolox(name: &'static str, url: &'static str, megabytes: u32) -> DetectorWeights {
    DetectorWeights { name, url, megabytes, licence: "apache-2.0", sha256_begins: None }
}

/// The weights of the detector called `name`.
pub fn find(name: &str) -> Option<&'static DetectorWeights> {
    DETECTORS.iter().find(|detector| detector.name == name)
}

impl DetectorWeights {
    /// The file in the cache, where it was fetched.
    pub fn cached(&self, cache: &Path) -> Option<PathBuf> {
        Some(self.place(cache)).filter(|file| file.is_file())
    }

    fn place(&self, cache: &Path) -> PathBuf {
        let file = self.url.rsplit('/').next().unwrap_or(self.name);
        cache.join(FOLDER).join(file)
    }
}

/// What is needed of a detector: nothing is fetched yet.
#[derive(Debug, Clone, Serialize)]
pub struct DetectorPlan {
    /// The detector.
    pub name: &'static str,
    /// Where the file is fetched.
    pub url: String,
    /// The licence by the Hub's identifier.
    pub licence: &'static str,
    /// Size of the file, where the server says it.
    pub bytes: Option<u64>,
    /// Where it lies, if it is there already.
    pub cached: Option<PathBuf>,
    #[serde(skip)]
    weights: DetectorWeights,
}

impl DetectorPlan {
    /// Asks the server for the size, unless the file is there.
    ///
    /// # Errors
    /// Where the server does not answer, or nothing may be fetched.
    pub fn of(hub: &Hub, weights: &DetectorWeights) -> Result<Self> {
        Self::at(hub, weights, weights.url)
    }

    /// The same from another address.
    fn at(hub: &Hub, weights: &DetectorWeights, url: &str) -> Result<Self> {
        let cached = weights.cached(&hub.environment.cache);
        let bytes = match &cached {
            Some(file) => std::fs::metadata(file).ok().map(|data| data.len()),
            None => {
                let Announced { size, .. } = hub.client()?.about(weights.name).announced(url)?;
                size
            }
        };
        let (name, licence) = (weights.name, weights.licence);
        Ok(Self { name, url: url.into(), licence, bytes, cached, weights: *weights })
    }

    /// Address, licence and size, for the user to see before anything is fetched.
    pub fn describe(&self) -> String {
        let size = match self.bytes {
            Some(bytes) => format!("{:.1} MB", bytes as f64 / 1e6),
            None => format!("about {} MB", self.weights.megabytes),
        };
        let there = if self.cached.is_some() { ", in the cache" } else { "" };
        format!("{}: {}; licence {}; {size}{there}", self.name, self.url, self.licence)
    }

    /// Brings the file into the cache, if it is not there, and says where it lies.
    ///
    /// # Errors
    /// Where it does not come or the disk does not take it, or the bytes are not those that its
    /// authors announced; these are deleted.
    pub fn bring(&self, hub: &Hub) -> Result<PathBuf> {
        if let Some(file) = &self.cached {
            return Ok(file.clone());
        }
        let file = self.weights.place(&hub.environment.cache);
        let folder = file.parent().unwrap_or(Path::new(""));
        std::fs::create_dir_all(folder).map_err(Error::io(folder))?;
        let part = file.with_extension("part");
        let wanted = Wanted { url: &self.url, name: self.name, part: &part, size: self.bytes };
        hub.client()?.about(self.name).download(&wanted)?;
        self.check(&part)?;
        std::fs::rename(&part, &file).map_err(Error::io(&file))?;
        Ok(file)
    }

    /// Compares the bytes with what their authors say of them.
    fn check(&self, part: &Path) -> Result<()> {
        let Some(begins) = self.weights.sha256_begins else { return Ok(()) };
        let content = std::fs::File::open(part).map_err(Error::io(part))?;
        let length = content.metadata().map_err(Error::io(part))?.len();
        let digest = Digest::Sha256(String::new()).of(content, length).map_err(Error::io(part))?;
        if digest.starts_with(begins) {
            return Ok(());
        }
        std::fs::remove_file(part).map_err(Error::io(part))?;
        Err(Error::Data {
            path: self.url.clone(),
            expected: format!("bytes whose SHA-256 begins with {begins}"),
            found: format!("bytes with the SHA-256 {digest}"),
            remedy: "they were deleted; fetch them again".into(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::HubEnvironment;
    use crate::testing::{HubServer, Options};

    const BYTES: &[u8] = b"no weights, but bytes";

    #[test]
    fn names_are_one_file_each() {
        let files: std::collections::BTreeSet<PathBuf> =
            DETECTORS.iter().map(|it| it.place(Path::new(""))).collect();
        assert_eq!(files.len(), DETECTORS.len());
        assert!(DETECTORS.iter().all(|it| it.url.starts_with("https://") && it.megabytes > 0));
        assert_eq!(find("yolox-s").map(|it| it.megabytes), Some(72));
        assert_eq!(find("yolox"), None);
    }

    #[test]
    fn a_file_is_fetched_once_and_checked() -> Result<()> {
        let server = HubServer::model("owner/name", &[("a.pth", BYTES)], Options::default());
        let url = format!("{}/owner/name/resolve/main/a.pth", server.endpoint());
        let cache = tempfile::tempdir().expect("a folder");
        let hub = Hub::new(HubEnvironment::new(server.endpoint(), cache.path()));
        let yolox = find("yolox-nano").expect("known");
        let plan = DetectorPlan::at(&hub, yolox, &url)?;
        assert_eq!(plan.bytes, Some(BYTES.len() as u64));
        for part in [&url, "apache-2.0", "0.0 MB"] {
            assert!(plan.describe().contains(part), "{}", plan.describe());
        }
        assert_eq!(yolox.cached(cache.path()), None, "nothing is fetched by planning");
        let file = plan.bring(&hub)?;
        assert_eq!(std::fs::read(&file).expect("a file"), BYTES);
        assert_eq!(yolox.cached(cache.path()), Some(file.clone()));
        let asked = server.seen().len();
        assert_eq!(DetectorPlan::of(&hub, yolox)?.bring(&hub)?, file);
        assert_eq!(server.seen().len(), asked);
        // Other bytes than those that torchvision names its file by.
        let rcnn = find("fasterrcnn-resnet50-fpn").expect("known");
        let refused = DetectorPlan::at(&hub, rcnn, &url)?.bring(&hub);
        let message = refused.expect_err("other bytes").to_string();
        assert!(message.contains("258fb6c6"), "{message}");
        assert_eq!(std::fs::read_dir(cache.path().join(FOLDER)).expect("a folder").count(), 1);
        Ok(())
    }
}
