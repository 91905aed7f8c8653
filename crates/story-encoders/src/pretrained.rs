//! Encoders as a run needs them: where their weights come from, whether they learn, how they open.

use crate::image::{ImageEncoderConfig, ImageEncoderDims};
use crate::text::{TextEncoderConfig, TextEncoderDims};
use crate::weights::{Weights, WeightsBuilder, WeightsConfig};
use candle_nn::VarBuilder;
use std::sync::Arc;
use story_core::{ImageEncoder, ParamStore, Result, TextEncoder};
use story_pictures::Preprocessing;

/// Whether an encoder learns in a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Learning {
    /// It has no published weights; all of it learns.
    FromScratch,
    /// It stays as published: what it makes of a picture or text is made once.
    Frozen,
    /// Its top learns, so that its outputs change with every step and cannot be kept.
    Tuned,
}

/// What configs of published networks have in common.
trait Published: Send + Sync {
    fn weights(&self) -> &WeightsConfig;
    fn train(&self) -> usize;
    fn is_trainable(&self, name: &str) -> bool;
    fn ignored_names(&self) -> Vec<String>;
    fn rename(&self, name: &str) -> String;
}

macro_rules! published {
    ($($config:ty),+) => {
        $(impl Published for $config {
            fn weights(&self) -> &WeightsConfig {
                &self.weights
            }

            fn train(&self) -> usize {
                self.train
            }

            fn is_trainable(&self, name: &str) -> bool {
                self.is_trainable(name)
            }

            fn ignored_names(&self) -> Vec<String> {
                self.ignored_names()
            }

            fn rename(&self, name: &str) -> String {
                self.rename(name)
            }
        })+
    };
}

published!(
    crate::image::ResnetConfig,
    crate::image::MobilenetV2Config,
    crate::image::ClipVisionConfig,
    crate::text::DistilBertConfig,
    crate::text::BertConfig,
    crate::text::ClipTextConfig
);

macro_rules! learning {
    ($config:ty, $dims:ty, $part:path) => {
        impl $config {
            /// Whether the encoder learns.
            pub fn learning(&self) -> Learning {
                match self.published() {
                    None => Learning::FromScratch,
                    Some(published) if published.train() == 0 => Learning::Frozen,
                    Some(_) => Learning::Tuned,
                }
            }

            /// Where its weights come from; `None` for encoders that are always trained here.
            pub fn weights(&self) -> Option<WeightsConfig> {
                Some(self.published()?.weights().clone())
            }

            /// Builds the encoder with `weights` in place of drawn numbers. What learns is put
            /// into `store` under `prefix`; what does not is in no store.
            ///
            /// # Errors
            /// A config that cannot be built, or weights of another network, with all names that
            /// do not fit.
            pub fn open(
                &self,
                dims: &$dims,
                weights: Weights,
                store: &ParamStore,
                prefix: &str,
            ) -> Result<Box<dyn $part>> {
                match self.published() {
                    None => self.build(dims, store.builder().pp(prefix)),
                    Some(published) => {
                        open(published, weights, store, prefix, |vb| self.build(dims, vb))
                    }
                }
            }
        }
    };
}

learning!(ImageEncoderConfig, ImageEncoderDims, ImageEncoder);
learning!(TextEncoderConfig, TextEncoderDims, TextEncoder);

impl ImageEncoderConfig {
    fn published(&self) -> Option<Arc<dyn Published>> {
        match self {
            Self::CompactCnn(_) => None,
            Self::Resnet(config) => Some(Arc::new(config.clone())),
            Self::MobilenetV2(config) => Some(Arc::new(config.clone())),
            Self::ClipVision(config) => Some(Arc::new(config.clone())),
        }
    }

    /// `D` of the encoder's vectors.
    pub fn width(&self) -> usize {
        match self {
            Self::CompactCnn(config) => config.width,
            Self::Resnet(config) => config.width(),
            Self::MobilenetV2(config) => config.width(),
            Self::ClipVision(config) => config.width(),
        }
    }

    /// What a published network wants to see; `None` where the config of the data says it.
    pub fn preprocessing(&self) -> Option<&Preprocessing> {
        match self {
            Self::CompactCnn(_) => None,
            Self::Resnet(config) => Some(&config.preprocessing),
            Self::MobilenetV2(config) => Some(&config.preprocessing),
            Self::ClipVision(config) => Some(&config.preprocessing),
        }
    }
}

impl TextEncoderConfig {
    fn published(&self) -> Option<Arc<dyn Published>> {
        match self {
            Self::CompactTransformer(_) | Self::Bag(_) => None,
            Self::DistilBert(config) => Some(Arc::new(config.clone())),
            Self::Bert(config) => Some(Arc::new(config.clone())),
            Self::ClipText(config) => Some(Arc::new(config.clone())),
        }
    }

    /// `D` of a published network's vectors; `None` for encoders that are always trained here.
    pub fn published_width(&self) -> Option<usize> {
        match self {
            Self::CompactTransformer(_) | Self::Bag(_) => None,
            Self::DistilBert(config) => Some(config.width()),
            Self::Bert(config) => Some(config.width()),
            Self::ClipText(config) => Some(config.width()),
        }
    }
}

fn open<T>(
    published: Arc<dyn Published>,
    weights: Weights,
    store: &ParamStore,
    prefix: &str,
    build: impl FnOnce(VarBuilder<'static>) -> Result<T>,
) -> Result<T> {
    let weights = match weights {
        Weights::Loaded(weights) => {
            Weights::Loaded(weights.rename(|name| Some(published.rename(name)))?)
        }
        other => other,
    };
    let ignored = published.ignored_names();
    let ignored: Vec<&str> = ignored.iter().map(String::as_str).collect();
    let trainable = {
        let published = published.clone();
        move |name: &str| published.is_trainable(name)
    };
    WeightsBuilder::partly(store, prefix, weights, trainable).build(&ignored, build)
}
