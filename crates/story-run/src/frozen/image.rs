//! A frozen picture encoder with the preprocessing that it was published with.

use super::kept::Kept;
use super::keys::Content;
use super::weights::weights;
use crate::config::{Config, OnFault, SKIP_PICTURES};
use crate::error::{Context, Error, Result};
use crate::host::Host;
use candle_core::{Device, Tensor};
use rayon::prelude::*;
use serde_json::json;
use story_core::{ImageEncoder, ParamStore, Pass};
use story_data::collate::FeatureTable;
use story_encoders::features::{FeatureKey, RecordKey};
use story_encoders::pretrained::Learning;
use story_encoders::{ImageEncoderConfig, ImageEncoderDims};
use story_pictures::{Limits, Picture, Preprocessing, published};

/// A picture encoder that stays as it was published.
pub struct FrozenImage {
    encoder: Box<dyn ImageEncoder>,
    preprocessing: Preprocessing,
    identity: serde_json::Value,
    key: FeatureKey,
    kind: &'static str,
}

/// What the picture encoder sees: what its network was published with where it has one that
/// learns, else what the config's data say.
pub fn preprocessing(config: &Config) -> Preprocessing {
    let encoder = &config.model.image_encoder;
    match encoder.preprocessing() {
        Some(preprocessing) if encoder.learning() == Learning::Tuned => *preprocessing,
        _ => config.data.picture,
    }
}

impl FrozenImage {
    /// The encoder with its weights; `seed` is for drawn ones.
    ///
    /// # Errors
    /// An encoder that has no published preprocessing, or weights that cannot be had or are of
    /// another network.
    pub fn open(encoder: &ImageEncoderConfig, seed: u64, host: &Host) -> Result<Self> {
        let Some(&preprocessing) = encoder.preprocessing() else {
            return Err(Error::Config(format!(
                "image encoder `{}` has no published weights",
                encoder.kind()
            )));
        };
        let checked = preprocessing.check(&published::KEYS);
        checked.context("model.image_encoder.preprocessing")?;
        let weights = weights(encoder.weights(), "model.image_encoder.weights", host)?;
        let identity = json!({
            "encoder": without_weights(serde_json::to_value(encoder)?),
            "weights": weights.identity(seed),
        });
        let key = FeatureKey::of(&identity)?;
        let dims = ImageEncoderDims { input_size: preprocessing.size };
        // Nothing of a frozen encoder learns: its store stays empty.
        let store = ParamStore::new(seed, &Device::Cpu);
        Ok(Self {
            encoder: encoder.open(&dims, weights, &store, "")?,
            preprocessing,
            identity,
            key,
            kind: encoder.kind(),
        })
    }

    /// What it is, in a line.
    pub fn describe(&self) -> String {
        format!(
            "picture encoder: {} frozen, {} numbers a picture, run once",
            self.kind,
            self.width()
        )
    }

    /// The network and its weights by their content, wherever these lie.
    pub fn identity(&self) -> &serde_json::Value {
        &self.identity
    }

    /// Numbers a vector.
    pub fn width(&self) -> usize {
        self.encoder.width()
    }

    /// Vectors of pictures as [`planes`](Self::planes) makes them, `(N, E)`.
    ///
    /// # Errors
    /// Those of the encoder.
    pub fn encode_planes(&self, rows: Vec<Vec<f32>>) -> Result<Tensor> {
        let (n, side) = (rows.len(), self.preprocessing.size);
        let images = Tensor::from_vec(rows.concat(), (n, 3, side, side), &Device::Cpu)?;
        Ok(self.encoder.encode(&images, &Pass::Eval)?.detach()) // (N, E)
    }

    /// One picture as the network wants it, `(3, H, W)`.
    ///
    /// # Errors
    /// None that a picture could bring about: as [`Preprocessing::planes`].
    pub fn planes(&self, picture: &Picture) -> story_pictures::Result<Vec<f32>> {
        self.preprocessing.planes(picture)
    }

    /// The table of `contents`, from the cache where it has them.
    ///
    /// # Errors
    /// A picture that does not decode where the config says `fail`; with `skip` it has no row.
    pub(super) fn table(
        &self,
        contents: &[Content],
        bad_pictures: OnFault,
        kept: &Kept,
    ) -> Result<FeatureTable> {
        let mut cache = kept.open(&self.key, self.width())?;
        let missing = Content::missing(contents, &cache);
        let bar = kept.host.bar("encode pictures", missing.len() as u64);
        for chunk in missing.chunks(kept.batch_size) {
            let planes =
                |it: &&Content| self.planes(&Picture::decode(it.bytes, Limits::default())?);
            let decoded: Vec<story_pictures::Result<Vec<f32>>> =
                chunk.par_iter().map(planes).collect();
            let (mut keys, mut rows): (Vec<RecordKey>, Vec<Vec<f32>>) = (Vec::new(), Vec::new());
            for (content, planes) in chunk.iter().zip(decoded) {
                match planes {
                    Ok(planes) => {
                        keys.push(content.key);
                        rows.push(planes);
                    }
                    Err(_) if bad_pictures == OnFault::Skip => {}
                    Err(error) => {
                        let place = &content.place;
                        let problem = format!("picture of {place}: {error}; {SKIP_PICTURES}");
                        return Err(Error::Data(problem));
                    }
                }
            }
            if !rows.is_empty() {
                let vectors = self.encode_planes(rows)?;
                cache
                    .put_all(&keys, &vectors)
                    .with_context(|| format!("pictures from {} on", chunk[0].place))?;
            }
            bar.step(chunk.len() as u64);
        }
        drop(bar);
        kept.store(&mut cache);
        let mut table = FeatureTable::new(self.width());
        for content in contents {
            if let Some(row) = cache.get(&content.key) {
                table.insert(content.bytes, row)?;
            }
        }
        Ok(table)
    }
}

/// An encoder's config without where its weights lie and what of it trains: neither changes what a
/// frozen one makes of a picture or text.
pub fn without_weights(mut config: serde_json::Value) -> serde_json::Value {
    if let Some(config) = config.as_object_mut() {
        config.remove("weights");
        config.remove("train");
    }
    config
}
