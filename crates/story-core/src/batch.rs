//! A batch of windows as tensors: the model's whole input.

use crate::{Error, Result, Telling};
use candle_core::{Device, Tensor};

/// `B` windows of `T` context frames and one target, decoded, resized, tokenised and padded.
///
/// Pads for pictures and texts are independent: a frame may lack either.
#[derive(Debug, Clone)]
pub struct Batch {
    /// Context pictures for the encoder, `(B, T, 3, H, W)`, normalised by the encoder's mean
    /// and standard deviation; without pixels (`H = W = 0`) where `image_features` stand for them.
    pub images: Tensor,
    /// 1 where the picture is real, 0 where it pads, `(B, T)` f32.
    pub image_mask: Tensor,
    /// Context token ids, `(B, T, L)` u32: `[CLS] words [SEP] [PAD]...`.
    pub tokens: Tensor,
    /// 1 where a token is not padding, `(B, T, L)` f32.
    pub token_mask: Tensor,
    /// 1 where the text is real (not a pad frame and not empty), `(B, T)` f32.
    pub text_mask: Tensor,
    /// The picture to predict, `(B, 3, H', W')`, 0..1.
    pub target_image: Tensor,
    /// The picture to predict as the encoder sees it, `(B, 3, H, W)`, normalised. It is the
    /// embedding head's target and never enters the context.
    pub target_encoder_image: Tensor,
    /// 1 where the target has a picture, `(B,)` f32.
    pub target_image_mask: Tensor,
    /// The text to predict, `(B, L)` u32: `[CLS] words [SEP] [PAD]...`.
    pub target_tokens: Tensor,
    /// 1 where a target token is not padding, `(B, L)` f32; all 0 where the target has no text.
    pub target_mask: Tensor,
    /// The story of each window; equal numbers are the same story. `B` values.
    pub stories: Vec<u64>,
    /// Where each window comes from; `B` values.
    pub origins: Vec<Origin>,
    /// What a frozen picture encoder makes of the pictures; `None` where the encoder reads them.
    pub image_features: Option<FrameFeatures>,
    /// What a frozen text encoder makes of the texts; `None` where the encoder reads the tokens.
    pub text_features: Option<FrameFeatures>,
    /// The context's pictures in the size of the picture to predict, `(B, T, 3, H', W')`, 0..1; 0
    /// where there is none. `None` where no decoder takes from them.
    pub shown_images: Option<Tensor>,
    /// Context and target in a language model's own tokens; `None` for decoders that tell in those of
    /// the text encoder.
    pub telling: Option<Telling>,
}

/// Vectors of a frozen encoder, made once, in the place of what it would read. Rows of frames that
/// lack a picture or text are 0.
#[derive(Debug, Clone)]
pub struct FrameFeatures {
    /// The context's frames, `(B, T, E)`.
    pub context: Tensor,
    /// The targets, `(B, E)`; they never enter the context.
    pub target: Tensor,
}

impl FrameFeatures {
    fn check(&self, what: &str, b: usize, t: usize) -> Result<()> {
        let width = self.context.dims().last().copied().unwrap_or(0);
        for (tensor, expected) in
            [(&self.context, vec![b, t, width]), (&self.target, vec![b, width])]
        {
            if tensor.dims() != expected {
                return Err(Error::shape(what, format!("{expected:?}"), tensor));
            }
        }
        Ok(())
    }

    fn to_device(&self, device: &Device) -> Result<Self> {
        Ok(Self {
            context: self.context.to_device(device)?,
            target: self.target.to_device(device)?,
        })
    }
}

/// Where a window comes from: for messages, records and galleries.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Origin {
    /// The story's id.
    pub story: String,
    /// The target frame's place in the story, counted from 0.
    pub target: usize,
}

impl Batch {
    /// Windows in the batch, `B`.
    pub fn len(&self) -> usize {
        self.origins.len()
    }

    /// Whether the batch holds no window.
    pub fn is_empty(&self) -> bool {
        self.origins.is_empty()
    }

    /// Checks every shape once; the model trusts it afterwards.
    ///
    /// # Errors
    /// [`Error::Shape`] naming the field that does not fit.
    pub fn checked(self) -> Result<Self> {
        let (b, t, c, h, w) = self
            .images
            .dims5()
            .map_err(|_| Error::shape("images", "(B, T, 3, H, W)", &self.images))?;
        let l = self.tokens.dims().last().copied().unwrap_or(0);
        let (_, _, th, tw) = self
            .target_image
            .dims4()
            .map_err(|_| Error::shape("target_image", "(B, 3, H, W)", &self.target_image))?;
        let expectations: [(&str, &Tensor, Vec<usize>); 10] = [
            ("images", &self.images, vec![b, t, 3, h, w]),
            ("image_mask", &self.image_mask, vec![b, t]),
            ("tokens", &self.tokens, vec![b, t, l]),
            ("token_mask", &self.token_mask, vec![b, t, l]),
            ("text_mask", &self.text_mask, vec![b, t]),
            ("target_image", &self.target_image, vec![b, c, th, tw]),
            ("target_encoder_image", &self.target_encoder_image, vec![b, c, h, w]),
            ("target_image_mask", &self.target_image_mask, vec![b]),
            ("target_tokens", &self.target_tokens, vec![b, l]),
            ("target_mask", &self.target_mask, vec![b, l]),
        ];
        for (what, tensor, expected) in expectations {
            if tensor.dims() != expected {
                return Err(Error::shape(what, format!("{expected:?}"), tensor));
            }
        }
        if let Some(shown) = &self.shown_images
            && shown.dims() != [b, t, c, th, tw]
        {
            return Err(Error::shape("shown_images", format!("{:?}", [b, t, c, th, tw]), shown));
        }
        if let Some(Telling { prompt, .. }) = &self.telling
            && prompt.tokens.dim(0)? != b
        {
            return Err(Error::shape("prompt", format!("({b}, P)"), &prompt.tokens));
        }
        for (what, features) in
            [("image_features", &self.image_features), ("text_features", &self.text_features)]
        {
            if let Some(features) = features {
                features.check(what, b, t)?;
            }
        }
        if self.stories.len() != b || self.origins.len() != b {
            return Err(Error::Shape {
                what: "stories and origins".into(),
                expected: format!("{b} of each"),
                found: format!("{} and {}", self.stories.len(), self.origins.len()),
            });
        }
        Ok(self)
    }

    /// What the text decoder is to tell, `(B, L)`, and its mask: in a language model's tokens where
    /// there is one.
    pub fn told(&self) -> (&Tensor, &Tensor) {
        match &self.telling {
            Some(telling) => (&telling.target, &telling.target_mask),
            None => (&self.target_tokens, &self.target_mask),
        }
    }

    /// The same batch on another device.
    pub fn to_device(&self, device: &Device) -> Result<Self> {
        let go = |tensor: &Tensor| tensor.to_device(device);
        let features = |features: &Option<FrameFeatures>| {
            let features = features.as_ref();
            features.map(|features| features.to_device(device)).transpose()
        };
        Ok(Self {
            images: go(&self.images)?,
            image_mask: go(&self.image_mask)?,
            tokens: go(&self.tokens)?,
            token_mask: go(&self.token_mask)?,
            text_mask: go(&self.text_mask)?,
            target_image: go(&self.target_image)?,
            target_encoder_image: go(&self.target_encoder_image)?,
            target_image_mask: go(&self.target_image_mask)?,
            target_tokens: go(&self.target_tokens)?,
            target_mask: go(&self.target_mask)?,
            stories: self.stories.clone(),
            origins: self.origins.clone(),
            image_features: features(&self.image_features)?,
            text_features: features(&self.text_features)?,
            shown_images: self.shown_images.as_ref().map(go).transpose()?,
            telling: self.telling.as_ref().map(|telling| telling.to_device(device)).transpose()?,
        })
    }
}
