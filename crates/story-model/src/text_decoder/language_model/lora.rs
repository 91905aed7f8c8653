//! What of a language model's published weights learns: nothing, low-rank parts of its matrices
//! (LoRA, Hu et al. 2021; [`story_core::layers::low_rank`]), the pictures' prefix alone, or all of
//! them.

use crate::check;
use serde::{Deserialize, Serialize};
use story_core::layers::low_rank::LowRankSizes;
use story_core::{Error, Result};
use story_encoders::weights::LlamaConfig;

/// What of published weights learns.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Trains {
    /// Nothing does. In braces: of a tagged kind without any serde takes unknown keys.
    Nothing {},
    /// Low-rank parts beside its matrices; and the pictures' prefix where there is one.
    Lora(LoraConfig),
    /// The pictures' prefix alone.
    Prefix {},
    /// All of them do, and stand in the checkpoint.
    All {},
}

impl Default for Trains {
    fn default() -> Self {
        Self::Nothing {}
    }
}

/// Low-rank parts of a language model's matrices: y = W x + (alpha / rank) B A dropout(x).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LoraConfig {
    /// The rank, 1 to the smaller side of each of the matrices.
    pub rank: usize,
    /// Scales the parts by `alpha / rank`; above 0.
    pub alpha: f64,
    /// Rate of the dropout before A, 0 (off) to below 1.
    pub dropout: f32,
    /// Which matrices of each block have a part.
    pub matrices: Vec<LoraMatrix>,
}

/// A matrix of a block, under transformers' name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LoraMatrix {
    /// Queries.
    QProj,
    /// Keys.
    KProj,
    /// Values.
    VProj,
    /// What the attention found, back to the network's width.
    OProj,
    /// The feed-forward part's gate.
    GateProj,
    /// What the gate opens.
    UpProj,
    /// The feed-forward part's way back.
    DownProj,
}

impl Default for LoraConfig {
    fn default() -> Self {
        Self { rank: 16, alpha: 32.0, dropout: 0.0, matrices: LoraMatrix::ALL.to_vec() }
    }
}

impl LoraMatrix {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::QProj,
        Self::KProj,
        Self::VProj,
        Self::OProj,
        Self::GateProj,
        Self::UpProj,
        Self::DownProj,
    ];

    /// Its name in files and configs.
    pub fn name(self) -> &'static str {
        match self {
            Self::QProj => "q_proj",
            Self::KProj => "k_proj",
            Self::VProj => "v_proj",
            Self::OProj => "o_proj",
            Self::GateProj => "gate_proj",
            Self::UpProj => "up_proj",
            Self::DownProj => "down_proj",
        }
    }

    /// The smaller of its sides.
    fn smaller_side(self, config: &LlamaConfig) -> usize {
        let other = match self {
            Self::QProj | Self::OProj => config.heads * config.head_width,
            Self::KProj | Self::VProj => config.key_value_heads * config.head_width,
            Self::GateProj | Self::UpProj | Self::DownProj => config.feed_forward,
        };
        other.min(config.width)
    }
}

impl LoraConfig {
    /// Checks what does not depend on the network.
    ///
    /// # Errors
    /// [`Error::Config`] that names the key.
    pub fn check(&self) -> Result<()> {
        check::size("text_decoder.trains.rank", self.rank)?;
        if !(self.alpha.is_finite() && self.alpha > 0.0) {
            return Err(Error::Config(format!(
                "text_decoder.trains.alpha is {}; expected a number above 0",
                self.alpha
            )));
        }
        check::rate("text_decoder.trains.dropout", self.dropout)?;
        if self.matrices.is_empty() {
            let all = LoraMatrix::ALL.map(LoraMatrix::name).join(", ");
            return Err(Error::Config(format!(
                "text_decoder.trains.matrices is empty; expected some of {all}, or set trains.kind to \"nothing\""
            )));
        }
        let twice =
            self.matrices.iter().enumerate().find(|(i, m)| self.matrices[..*i].contains(*m));
        match twice {
            Some((_, matrix)) => Err(Error::Config(format!(
                "text_decoder.trains.matrices names {} twice; expected each once",
                matrix.name()
            ))),
            None => Ok(()),
        }
    }

    /// Checks all, for a network of these sizes.
    ///
    /// # Errors
    /// As [`check`](Self::check), and for a rank above the smaller side of a matrix.
    pub fn check_for(&self, config: &LlamaConfig) -> Result<()> {
        self.check()?;
        for matrix in &self.matrices {
            let most = matrix.smaller_side(config);
            if self.rank > most {
                return Err(Error::Config(format!(
                    "text_decoder.trains.rank is {}; expected 1 to {most}, the smaller side of {}",
                    self.rank,
                    matrix.name()
                )));
            }
        }
        Ok(())
    }

    pub(super) fn names(&self) -> Vec<&'static str> {
        self.matrices.iter().map(|matrix| matrix.name()).collect()
    }

    pub(super) fn sizes(&self) -> LowRankSizes {
        LowRankSizes { rank: self.rank, alpha: self.alpha, dropout: self.dropout }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> std::result::Result<Trains, toml::de::Error> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Key {
            trains: Trains,
        }
        toml::from_str(text).map(|key: Key| key.trains)
    }

    #[test]
    fn tables_are_read_with_defaults_and_unknown_keys_are_named() {
        let plain = read("trains = { kind = \"lora\" }").expect("all by default");
        assert_eq!(plain, Trains::Lora(LoraConfig::default()));
        let written = "trains = { kind = \"lora\", rank = 16, alpha = 32.0, dropout = 0.0, matrices = [\"q_proj\", \"k_proj\", \"v_proj\", \"o_proj\", \"gate_proj\", \"up_proj\", \"down_proj\"] }";
        assert_eq!(read(written).expect("written out"), plain);
        let nothing = read("trains = { kind = \"nothing\" }").expect("nothing");
        assert_eq!(nothing, Trains::default());
        let prefix = read("trains = { kind = \"prefix\" }").expect("the prefix");
        for all in [plain, nothing, prefix, Trains::All {}] {
            let text = serde_json::to_string(&all).expect("written");
            assert_eq!(serde_json::from_str::<Trains>(&text).expect("read"), all);
        }
        for (text, part) in [
            ("trains = { kind = \"nothing\", rank = 4 }", "rank"),
            ("trains = { kind = \"prefix\", rank = 4 }", "rank"),
            ("trains = { kind = \"lora\", depth = 4 }", "depth"),
            ("trains = { kind = \"lora\", matrices = [\"lm_head\"] }", "lm_head"),
            ("trains = { kind = \"all\", rank = 4 }", "rank"),
            ("trains = { kind = \"some\" }", "some"),
        ] {
            let message = read(text).expect_err("refused").to_string();
            assert!(message.contains(part), "{message}");
        }
        for matrix in LoraMatrix::ALL {
            let text = serde_json::to_string(&matrix).expect("written");
            assert_eq!(text, format!("{:?}", matrix.name()));
        }
    }

    #[test]
    fn values_out_of_range_name_the_key() {
        type Change = fn(&mut LoraConfig);
        let refused: [(&str, Change); 8] = [
            ("trains.rank", |lora| lora.rank = 0),
            ("trains.alpha", |lora| lora.alpha = 0.0),
            ("trains.alpha", |lora| lora.alpha = -1.0),
            ("trains.alpha", |lora| lora.alpha = f64::INFINITY),
            ("trains.alpha", |lora| lora.alpha = f64::NAN),
            ("trains.dropout", |lora| lora.dropout = 1.0),
            ("trains.matrices", |lora| lora.matrices.clear()),
            ("trains.matrices names k_proj", |lora| lora.matrices.push(LoraMatrix::KProj)),
        ];
        for (key, change) in refused {
            let mut lora = LoraConfig::default();
            change(&mut lora);
            let message = lora.check().expect_err("refused").to_string();
            assert!(message.contains(key), "{message}");
        }
        assert!(LoraConfig::default().check().is_ok());
    }
}
