//! A frozen picture encoder with the preprocessing that it was published with.

use super::Frozen;
use super::keys::Content;
use crate::config::{Config, DataConfig, OnFault};
use anyhow::{Context, Result, anyhow, bail};
use candle_core::{Device, Tensor};
use rayon::prelude::*;
use serde_json::json;
use story_core::{ImageEncoder, ParamStore, Pass};
use story_data::collate::FeatureTable;
use story_encoders::features::{FeatureCache, FeatureKey, RecordKey};
use story_encoders::pretrained::Learning;
use story_encoders::{ImageEncoderConfig, ImageEncoderDims};
use story_pictures::{Limits, Picture, Preprocessing, published};

/// A picture encoder that stays as it was published.
pub struct FrozenImage {
    encoder: Box<dyn ImageEncoder>,
    preprocessing: Preprocessing,
    key: FeatureKey,
    kind: &'static str,
}

/// What the picture encoder sees: what its network was published with where it has one that
/// learns, else what the config's data say.
pub fn pixel_config(config: &Config) -> Preprocessing {
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
    pub fn open(encoder: &ImageEncoderConfig, seed: u64) -> Result<Self> {
        let Some(&preprocessing) = encoder.preprocessing() else {
            bail!("image encoder `{}` has no published weights", encoder.kind());
        };
        let checked = preprocessing.check(&published::KEYS);
        checked.map_err(|error| anyhow!("config: model.image_encoder.preprocessing.{error}"))?;
        let weights = super::weights(encoder.weights(), "model.image_encoder.weights")?;
        let key = FeatureKey::of(&json!({
            "encoder": without_weights(serde_json::to_value(encoder)?),
            "weights": weights.identity(seed),
        }))?;
        let dims = ImageEncoderDims { input_size: preprocessing.size };
        // Nothing of a frozen encoder learns: its store stays empty.
        let store = ParamStore::new(seed, &Device::Cpu);
        Ok(Self {
            encoder: encoder.open(&dims, weights, &store, "")?,
            preprocessing,
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

    /// Numbers a vector.
    pub fn width(&self) -> usize {
        self.encoder.width()
    }

    /// What its vectors depend on.
    pub fn key(&self) -> &FeatureKey {
        &self.key
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
    pub fn fill(
        &self,
        contents: &[Content],
        cache: &mut FeatureCache,
        data: &DataConfig,
        frozen: &Frozen,
    ) -> Result<FeatureTable> {
        let missing = Content::missing(contents, cache);
        let bar = frozen.console.bar("encode pictures", missing.len() as u64);
        for chunk in missing.chunks(frozen.batch_size.max(1)) {
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
                    Err(_) if data.bad_pictures == OnFault::Skip => {}
                    Err(error) => bail!(
                        "picture of {}: {error}; {}",
                        content.place,
                        crate::batches::SKIP_PICTURES
                    ),
                }
            }
            if !rows.is_empty() {
                let vectors = self.encode_planes(rows)?;
                cache
                    .put_all(&keys, &vectors)
                    .with_context(|| format!("pictures from {} on", chunk[0].place))?;
            }
            bar.inc(chunk.len() as u64);
        }
        bar.finish_and_clear();
        frozen.store(cache);
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
