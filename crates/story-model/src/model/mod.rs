//! The next-step story model: encoders, projections into one space, alignment, fusion, sequence
//! model, and the three decoders.
//!
//! Pictures `(B, T, 3, H, W)` and tokens `(B, T, L)` to embeddings `(B, T, D)` each, fused
//! `(B, T, D')`, read to a context of width `D`, told as text, picture and embedding.

mod aligned;
mod config;
mod given;
mod opened;
mod steps;
mod telling;
mod told;

pub use config::{Inputs, ModelConfig, ModelDims};
pub use opened::{Opened, TEXT_DECODER};

use crate::check;
use crate::embedding_head::{EmbeddingHead, EmbeddingHeadDims, Space};
use crate::encoders::{EncoderSlot, Encoders};
use crate::image_decoder::ImageDecoderDims;
use crate::sequence::SequenceDims;
use candle_core::Tensor;
use opened::{DecoderInputs, text_decoder};
use steps::{StepDims, StepReader};
use story_align::{Alignment, FusionDims, Projection};
use story_core::{
    Batch, Context, ContextPictures, ContextWords, Error, FrameEmbeddings, Fusion, ImageDecoder,
    ImageEncoder, ParamStore, Pass, Prediction, Result, SequenceModel, ShownPictures, TextDecoder,
    TextEncoder, Vocabulary,
};
use told::ToldReader;

/// The alignment's place among the parameters, and its learnable scale below it.
const ALIGNMENT: &str = "alignment";
const LOG_SCALE: &str = "alignment.log_scale";
/// The picture decoder's place.
const IMAGE_DECODER: &str = "image_decoder";
/// The embedding head's place.
const EMBEDDING_HEAD: &str = "embedding_head";

/// The next-step story model.
pub struct StoryModel {
    vocabulary: Vocabulary,
    inputs: Inputs,
    image_encoder: EncoderSlot<dyn ImageEncoder>,
    text_encoder: EncoderSlot<dyn TextEncoder>,
    image_projection: Projection,
    text_projection: Projection,
    alignment: Box<dyn Alignment>,
    log_scale: Option<Tensor>,
    fusion: Box<dyn Fusion>,
    sequence: Box<dyn SequenceModel>,
    steps: Option<StepReader>,
    text_decoder: Box<dyn TextDecoder>,
    image_decoder: Box<dyn ImageDecoder>,
    told: Option<ToldReader>,
    embedding_head: EmbeddingHead,
}

impl StoryModel {
    /// Builds the model with parameters from `store`, named like the fields of [`ModelConfig`],
    /// and `image_projection` and `text_projection`.
    ///
    /// # Errors
    /// [`Error::Config`] naming the key that cannot be built, or the decoder whose pictures have
    /// another size than the targets.
    pub fn new(config: &ModelConfig, dims: &ModelDims, store: &ParamStore) -> Result<Self> {
        let encoders = Encoders::from_scratch(config, dims, store)?;
        Self::with_encoders(config, dims, store, encoders)
    }

    /// As [`new`](Self::new), with encoders that were opened before, or none where the batches
    /// bring the vectors of frozen ones.
    ///
    /// # Errors
    /// As [`new`](Self::new).
    pub fn with_encoders(
        config: &ModelConfig,
        dims: &ModelDims,
        store: &ParamStore,
        encoders: Encoders,
    ) -> Result<Self> {
        Self::with_opened(config, dims, store, Opened { encoders, text_decoder: None })
    }

    /// As [`with_encoders`](Self::with_encoders), with a text decoder that was opened before, such
    /// as one with published weights; what of it learns is in `store` already.
    ///
    /// # Errors
    /// As [`new`](Self::new), and a decoder of another vocabulary.
    pub fn with_opened(
        config: &ModelConfig,
        dims: &ModelDims,
        store: &ParamStore,
        opened: Opened,
    ) -> Result<Self> {
        check::size("model.width", config.width)?;
        if config.step_words > 0 {
            check::size("model.step_words", config.step_words)?;
        }
        if config.inputs == Inputs::Text && config.embedding_head.hidden_width == 0 {
            return Err(Error::Config(
                "model.embedding_head.hidden_width is 0 and model.inputs is \"text\": a blend of pictures that may not be seen predicts nothing; set a width, such as 256".into(),
            ));
        }
        let (width, vb) = (config.width, store.builder());
        let Encoders { image: image_encoder, text: text_encoder } = opened.encoders;
        let fusion = config.fusion.build(&FusionDims { width }, vb.pp("fusion"))?;
        let sequence = config
            .sequence
            .build(&SequenceDims { input: fusion.width(), width }, vb.pp("sequence"))?;
        let context = sequence.width();
        let given = DecoderInputs { context, image_encoder: &image_encoder };
        let text_decoder = text_decoder(config, dims, &given, opened.text_decoder, &vb)?;
        let features = match &image_encoder {
            EncoderSlot::Features(width) => Some(*width),
            EncoderSlot::Reads(_) => None,
        };
        let embedding_head = config.embedding_head.build(
            &EmbeddingHeadDims { context, projected: width, features },
            vb.pp(EMBEDDING_HEAD),
        )?;
        let steps = StepDims {
            context,
            vocabulary: (config.inputs != Inputs::Picture).then_some(dims.vocabulary.size),
            pictures: (config.inputs != Inputs::Text).then(|| match embedding_head.space() {
                Space::Features => image_encoder.width(),
                Space::Projected => width,
            }),
        };
        let steps = (config.step_words > 0)
            .then(|| StepReader::new(config.step_words, &steps, vb.pp("steps")))
            .transpose()?;
        let image_decoder =
            config.image_decoder.build(&ImageDecoderDims { context }, vb.pp(IMAGE_DECODER))?;
        let (height, decoded) = image_decoder.size();
        if (height, decoded) != (dims.target_size, dims.target_size) {
            return Err(Error::Config(format!(
                "model.image_decoder paints {height} x {decoded} pixels, the target pictures have {0} x {0}; make both the same",
                dims.target_size
            )));
        }
        let told = ToldReader::new(config.painter_told, [width, context], &vb)?;
        let alignment = config.alignment.build(&(), vb.pp(ALIGNMENT))?;
        Ok(Self {
            vocabulary: dims.vocabulary,
            inputs: config.inputs,
            image_projection: Projection::new(
                image_encoder.width(),
                width,
                vb.pp("image_projection"),
            )?,
            text_projection: Projection::new(
                text_encoder.width(),
                width,
                vb.pp("text_projection"),
            )?,
            embedding_head,
            log_scale: store.get(LOG_SCALE).map(|var| var.as_tensor().clone()),
            image_encoder,
            text_encoder,
            alignment,
            fusion,
            sequence,
            steps,
            text_decoder,
            image_decoder,
            told,
        })
    }

    /// Pictures and texts of the context's frames in the common space.
    pub fn embed(&self, batch: &Batch, pass: &Pass) -> Result<FrameEmbeddings> {
        let (b, t, l) = batch.tokens.dims3()?;
        let images = match &batch.image_features {
            Some(features) => self.image_projection.project(&features.context.flatten_to(1)?)?, // (B T, D)
            None => self.embed_images(&batch.images.flatten_to(1)?, pass)?, // (B T, D)
        };
        let texts = match &batch.text_features {
            Some(features) => self.text_projection.project(&features.context.flatten_to(1)?)?, // (B T, D)
            None => self.embed_texts(
                &batch.tokens.reshape((b * t, l))?,
                &batch.token_mask.reshape((b * t, l))?,
                pass,
            )?, // (B T, D)
        };
        FrameEmbeddings::new(
            images.reshape((b, t, ()))?, // (B, T, D)
            texts.reshape((b, t, ()))?,  // (B, T, D)
            batch.image_mask.clone(),
            batch.text_mask.clone(),
        )
    }

    /// `images (N, 3, H, W)`, normalised for the encoder, to `(N, D)` of length 1.
    pub fn embed_images(&self, images: &Tensor, pass: &Pass) -> Result<Tensor> {
        let encoded = self.encode_images(images, pass)?; // (N, E)
        self.image_projection.project(&encoded) // (N, D)
    }

    /// `tokens (N, L)` u32 with `mask (N, L)` to `(N, D)` of length 1.
    pub fn embed_texts(&self, tokens: &Tensor, mask: &Tensor, pass: &Pass) -> Result<Tensor> {
        let encoded = self.encode_texts(tokens, mask, pass)?; // (N, E)
        self.text_projection.project(&encoded) // (N, D)
    }

    /// A frozen picture encoder's `vectors (N, E)` to `(N, D)` of length 1.
    ///
    /// # Errors
    /// Vectors of another width.
    pub fn project_pictures(&self, vectors: &Tensor) -> Result<Tensor> {
        self.image_projection.project(vectors)
    }

    /// A frozen text encoder's `vectors (N, E)` to `(N, D)` of length 1.
    ///
    /// # Errors
    /// Vectors of another width.
    pub fn project_texts(&self, vectors: &Tensor) -> Result<Tensor> {
        self.text_projection.project(vectors)
    }

    /// The targets' pictures in the common space, `(B, D)`; without dropout, and apart from the
    /// context.
    pub fn embed_target_pictures(&self, batch: &Batch) -> Result<Tensor> {
        match &batch.image_features {
            Some(features) => self.image_projection.project(&features.target),
            None => self.embed_images(&batch.target_encoder_image, &Pass::Eval),
        }
    }

    /// The targets' pictures in the embedding head's space, `(B, E)`.
    pub fn place_target_pictures(&self, batch: &Batch) -> Result<Tensor> {
        match (self.embedding_head.space(), &batch.image_features) {
            (Space::Features, Some(features)) => self.embedding_head.place(&features.target),
            _ => self.embed_target_pictures(batch),
        }
    }

    /// The context's pictures in the embedding head's space, `(B, T, E)`, whether or not the model
    /// may see them.
    pub fn context_pictures(
        &self,
        batch: &Batch,
        frames: &FrameEmbeddings,
    ) -> Result<ContextPictures> {
        let vectors = match (self.embedding_head.space(), &batch.image_features) {
            (Space::Features, Some(features)) => self.embedding_head.place(&features.context)?,
            _ => frames.image.clone(),
        };
        ContextPictures::new(vectors, frames.image_mask.clone())
    }

    /// The targets' texts in the common space, `(B, D)`.
    pub fn embed_target_texts(&self, batch: &Batch) -> Result<Tensor> {
        match &batch.text_features {
            Some(features) => self.text_projection.project(&features.target),
            None => self.embed_texts(&batch.target_tokens, &batch.target_mask, &Pass::Eval),
        }
    }

    /// Lengths of the targets' picture and text embeddings before they are brought to length 1,
    /// `(B,)` each.
    pub fn target_lengths(&self, batch: &Batch) -> Result<[Tensor; 2]> {
        let images = match &batch.image_features {
            Some(features) => features.target.clone(),
            None => self.encode_images(&batch.target_encoder_image, &Pass::Eval)?,
        }; // (B, E)
        let texts = match &batch.text_features {
            Some(features) => features.target.clone(),
            None => self.encode_texts(&batch.target_tokens, &batch.target_mask, &Pass::Eval)?,
        }; // (B, E')
        Ok([
            self.image_projection.lengths(&images)?, // (B,)
            self.text_projection.lengths(&texts)?,   // (B,)
        ])
    }

    fn encode_images(&self, images: &Tensor, pass: &Pass) -> Result<Tensor> {
        self.image_encoder.encode(images, pass)
    }

    fn encode_texts(&self, tokens: &Tensor, mask: &Tensor, pass: &Pass) -> Result<Tensor> {
        self.text_encoder.encode(tokens, mask, pass)
    }

    /// What the sequence model understands of the frames it may see, with the words of their texts
    /// and the last one's picture. Nothing of the target is looked at.
    pub fn context(&self, batch: &Batch, frames: &FrameEmbeddings, pass: &Pass) -> Result<Context> {
        let blind = |mask: &Tensor| mask.zeros_like();
        let mut seen = frames.clone();
        match self.inputs {
            Inputs::Both => {}
            Inputs::Text => seen.image_mask = blind(&seen.image_mask)?,
            Inputs::Picture => seen.text_mask = blind(&seen.text_mask)?,
        }
        let fused = self.fusion.fuse(&seen, pass)?; // (B, T, D')
        let context = self.sequence.read(&fused, &seen.frame_mask()?, pass)?;
        let pictures = self.context_pictures(batch, frames)?.vectors; // (B, T, E)
        let pictures = ContextPictures::new(pictures, seen.image_mask.clone())?;
        let context = context.with_pictures(pictures)?;
        let context = match &batch.shown_images {
            Some(pixels) => {
                context.with_shown(ShownPictures::new(pixels.clone(), seen.image_mask.clone())?)?
            }
            None => context,
        };
        let context = match self.inputs {
            Inputs::Picture => context,
            Inputs::Both | Inputs::Text => {
                let context = match &batch.telling {
                    Some(telling) => context.with_prompt(telling.prompt.clone())?,
                    None => context,
                };
                let (tokens, mask) = (&batch.tokens, &batch.token_mask);
                let after = context.frames_after()?; // (B, T)
                let words = ContextWords::of_texts(tokens, mask, &batch.text_mask, &after)?;
                context.with_words(words)?
            }
        };
        match &self.steps {
            Some(steps) => steps.read(context),
            None => Ok(context),
        }
    }

    /// Encodes and reads the context; nothing of the target is looked at.
    pub fn read(&self, batch: &Batch, pass: &Pass) -> Result<Context> {
        self.context(batch, &self.embed(batch, pass)?, pass)
    }

    /// What the model says of the target under teacher forcing: position `i` of the logits
    /// predicts target token `i + 1`. The whole `(B, L, V)` is made; [`score`](Self::score) counts
    /// without it.
    pub fn predict(&self, batch: &Batch) -> Result<Prediction> {
        let context = self.read(batch, &Pass::Eval)?;
        Ok(Prediction {
            text_logits: self.text_decoder.logits(&context, batch.told().0, &Pass::Eval)?, // (B, L, V)
            image: self.image_decoder.decode(&context, &Pass::Eval)?, // (B, 3, H, W)
            embedding: self.embedding_head.predict(&context)?,        // (B, D)
        })
    }

    /// Size and special ids of the vocabulary.
    pub fn vocabulary(&self) -> &Vocabulary {
        &self.vocabulary
    }

    /// What aligns pictures and texts.
    pub fn alignment(&self) -> &dyn Alignment {
        self.alignment.as_ref()
    }

    /// What tells the next text.
    pub fn text_decoder(&self) -> &dyn TextDecoder {
        self.text_decoder.as_ref()
    }

    /// What paints the next picture.
    pub fn image_decoder(&self) -> &dyn ImageDecoder {
        self.image_decoder.as_ref()
    }

    /// What predicts the next picture's embedding.
    pub fn embedding_head(&self) -> &EmbeddingHead {
        &self.embedding_head
    }

    /// What the alignment multiplies cosines by, the inverse of its temperature; `None` where it
    /// has no such parameter.
    pub fn logit_scale(&self) -> Result<Option<f32>> {
        let scale = |log_scale: &Tensor| Ok(log_scale.to_scalar::<f32>()?.exp());
        self.log_scale.as_ref().map(scale).transpose()
    }

    /// Brings the alignment's own parameters back into their range; called after each update.
    pub fn clamp_after_step(&self, store: &ParamStore) -> Result<()> {
        self.alignment.clamp_after_step(store)
    }
}
