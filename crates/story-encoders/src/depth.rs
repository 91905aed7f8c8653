//! Which layers of a published network are used, and which of those train.
//!
//! Layers count from the bottom in the names (`layer.0` reads the embeddings) and from the top in
//! the config: `layer = 1` reads the states below the top layer and leaves that one out, `train =
//! 2` trains the two top layers of those that are used. The embeddings are as one more layer below
//! them.

use story_core::{Error, Result};

/// The layers of a network, from a config's three numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Depth {
    /// Layers of the published network.
    pub layers: usize,
    /// Layers at the top that are left out.
    pub layer: usize,
    /// Layers that train, the top ones of those that are used; one more for the embeddings.
    pub train: usize,
}

impl Depth {
    /// How many layers are used.
    ///
    /// # Errors
    /// [`Error::Config`] where more layers are left out, or are to train, than there are.
    pub fn used(&self, kind: &str) -> Result<usize> {
        let used = crate::check::size("layers", self.layers)?
            .checked_sub(self.layer)
            .ok_or_else(|| {
                Error::Config(format!(
                    "text encoder `{kind}`: layer: expected 0 (the top) to {} (the embeddings), found {}",
                    self.layers, self.layer
                ))
            })?;
        if self.train > used + 1 {
            return Err(Error::Config(format!(
                "text encoder `{kind}`: train: expected 0 to {used} layers, or {} with the embeddings, found {}",
                used + 1,
                self.train
            )));
        }
        Ok(used)
    }

    /// Whether the tensor `name` is of a layer that trains, or of the `embeddings` where those do;
    /// `list` is the key of the layers, such as `encoder.layer`.
    pub fn is_trainable(&self, embeddings: &str, list: &str, name: &str) -> bool {
        let used = self.layers.saturating_sub(self.layer);
        if within(embeddings, name).is_some() {
            return self.train > used;
        }
        let lowest = used.saturating_sub(self.train);
        index_of(list, name).is_some_and(|index| (lowest..used).contains(&index))
    }

    /// The beginnings of the names of the layers that are left out.
    pub fn left_out(&self, list: &str) -> Vec<String> {
        let used = self.layers.saturating_sub(self.layer);
        let left_out = used..self.layers;
        left_out.map(|index| format!("{list}.{index}.")).collect()
    }
}

/// What follows `part` and a dot in a name.
pub(crate) fn within<'a>(part: &str, name: &'a str) -> Option<&'a str> {
    name.strip_prefix(part)?.strip_prefix('.')
}

/// The layer's number in `<list>.<number>.<rest>`.
fn index_of(list: &str, name: &str) -> Option<usize> {
    let (index, _) = within(list, name)?.split_once('.')?;
    index.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_top_layers_of_those_in_use_train() {
        let depth = Depth { layers: 12, layer: 1, train: 2 };
        assert_eq!(depth.used("bert").expect("a depth"), 11);
        let trains = |name: &str| depth.is_trainable("embeddings", "encoder.layer", name);
        assert!(trains("encoder.layer.9.output.bias") && trains("encoder.layer.10.output.bias"));
        for name in [
            "encoder.layer.8.output.bias",
            "encoder.layer.11.output.bias",
            "encoder.layer.1.output.bias",
            "encoder.layer.10",
            "encoder.layers.10.output.bias",
            "embeddings.LayerNorm.bias",
        ] {
            assert!(!trains(name), "{name}");
        }
        let all = Depth { train: 12, ..depth };
        assert_eq!(all.used("bert").expect("a depth"), 11);
        for name in ["embeddings.LayerNorm.bias", "encoder.layer.0.output.bias"] {
            assert!(all.is_trainable("embeddings", "encoder.layer", name), "{name}");
        }
        assert_eq!(depth.left_out("encoder.layer"), ["encoder.layer.11."]);
    }

    #[test]
    fn more_than_there_is_is_refused() {
        for (layer, train, key) in [(13, 0, "layer:"), (10, 4, "train:"), (0, 14, "train:")] {
            let depth = Depth { layers: 12, layer, train };
            let message = depth.used("bert").expect_err("too much").to_string();
            assert!(message.contains(key), "{message}");
        }
    }
}
