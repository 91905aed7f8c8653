//! Similarity: how near a text is to its picture in a space that both share.
//!
//! Each sentence is embedded alone, so that nothing of a long text is cut off (the original read
//! 150 characters), and s = mean over sentences of scale(cos(sentence, picture)).

/// How a cosine becomes a signal in 0..1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scale {
    /// min(1, 2.5 max(cos, 0)), CLIPScore (Hessel et al. 2021, arXiv 2104.08718): CLIP's cosines of
    /// pictures and their captions lie about .3.
    Clip,
    /// (1 + cos) / 2, for spaces whose cosines use the whole range.
    Cosine,
}

impl Scale {
    fn apply(self, cosine: f64) -> f64 {
        const CLIP_SCORE: f64 = 2.5;
        match self {
            Self::Clip => (CLIP_SCORE * cosine.max(0.0)).min(1.0),
            Self::Cosine => ((1.0 + cosine) / 2.0).clamp(0.0, 1.0),
        }
    }
}

/// The signal of a text whose sentences are `sentences`, all vectors of length 1; higher is nearer.
/// `None` without a sentence, or where a vector is not finite or of another length.
pub fn similarity(picture: &[f32], sentences: &[&[f32]], scale: Scale) -> Option<f64> {
    let mut sum = 0.0;
    for sentence in sentences {
        let products = picture.iter().zip(*sentence);
        let cosine: f64 = products.map(|(a, b)| f64::from(*a) * f64::from(*b)).sum();
        if sentence.len() != picture.len() || !cosine.is_finite() {
            return None;
        }
        sum += scale.apply(cosine);
    }
    (!sentences.is_empty()).then(|| sum / sentences.len() as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_sentence_counts_the_same() {
        let (picture, far, near) = ([1.0, 0.0], [-1.0f32, 0.0], [0.6f32, 0.8]);
        let cosine = |sentences: &[&[f32]]| similarity(&picture, sentences, Scale::Cosine);
        assert_eq!(cosine(&[&picture]), Some(1.0));
        assert_eq!(cosine(&[&picture, &far]), Some(0.5));
        assert_eq!(cosine(&[]), None);
        assert_eq!(cosine(&[&[f32::NAN, 0.0]]), None);
        assert_eq!(cosine(&[&[1.0]]), None);
        let clip = |sentence: &[f32]| similarity(&picture, &[sentence], Scale::Clip);
        assert_eq!(clip(&near), Some(1.0));
        assert_eq!(clip(&far), Some(0.0));
        let slight = clip(&[0.2, 0.979_796]).expect("a sentence");
        assert!((slight - 0.5).abs() < 1e-6, "{slight}");
    }
}
