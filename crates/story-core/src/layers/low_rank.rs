//! A low-rank part beside a matrix that stays as it is (LoRA, Hu et al. 2021):
//!
//! y = W x + (alpha / r) B A dropout(x)
//!
//! with A `(r, input)` and B `(output, r)` as the only parameters, under PEFT's names
//! `lora_A.weight` and `lora_B.weight`. A is drawn as PEFT draws it (He et al.'s uniform with
//! a = sqrt 5, which is +-1/sqrt(input)) and B is 0, so that training begins at W itself.

use super::{dropout, linear_init};
use crate::{Error, Pass, Result};
use candle_core::Tensor;
use candle_nn::{Init, VarBuilder};
use story_kernels::{add_linear, linear, low_rank_linear};

/// What all low-rank parts of a network have in common.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LowRankSizes {
    /// The rank `r`, 1 to the smaller side of each matrix.
    pub rank: usize,
    /// What the product is scaled by, times the rank.
    pub alpha: f64,
    /// Rate of the dropout on what A reads.
    pub dropout: f32,
}

/// The low-rank part of one matrix.
#[derive(Debug, Clone)]
pub struct LowRank {
    down: Tensor,
    up: Tensor,
    scale: f32,
    dropout: f32,
    name: String,
}

impl LowRank {
    /// The low-rank part of a matrix `(output, input)`. Its place in `vb` names its dropout's
    /// random stream.
    ///
    /// # Errors
    /// [`Error::Config`] for a rank that is 0 or above the matrix's smaller side; whatever the
    /// builder reports.
    pub fn new(input: usize, output: usize, sizes: &LowRankSizes, vb: &VarBuilder) -> Result<Self> {
        let (LowRankSizes { rank, alpha, dropout }, name) = (*sizes, vb.prefix());
        let most = input.min(output);
        if !(1..=most).contains(&rank) {
            return Err(Error::Config(format!(
                "the rank of {name} is {rank}; expected 1 to {most}, the smaller side of ({output}, {input})"
            )));
        }
        let (down, up) = (vb.pp("lora_A"), vb.pp("lora_B"));
        Ok(Self {
            down: down.get_with_hints((rank, input), "weight", linear_init(input))?,
            up: up.get_with_hints((output, rank), "weight", Init::Const(0.0))?,
            scale: (alpha / rank as f64) as f32,
            dropout,
            name,
        })
    }

    /// x W^T of the frozen `weight (output, input)` and what the part makes of `x (..., input)`,
    /// `(..., output)`; in one op where nothing is dropped.
    ///
    /// # Errors
    /// Shapes that do not fit.
    pub fn beside(&self, weight: &Tensor, x: &Tensor, pass: &Pass) -> Result<Tensor> {
        if weight.track_op() || (self.dropout > 0.0 && *pass != Pass::Eval) {
            return self.add_to(&linear(x, weight)?, x, pass);
        }
        let [down, up] = self.matrices(pass);
        Ok(low_rank_linear(x, weight, &down, &up, self.scale)?)
    }

    fn matrices(&self, pass: &Pass) -> [Tensor; 2] {
        match pass {
            Pass::Train { .. } => [self.down.clone(), self.up.clone()],
            Pass::Eval => [self.down.detach(), self.up.detach()],
        }
    }

    /// `y (..., output)` and what the part makes of `x (..., input)`, `(..., output)`. In
    /// evaluation A and B are constants: of a frozen network no graph is kept then.
    ///
    /// # Errors
    /// Shapes that do not fit.
    pub fn add_to(&self, y: &Tensor, x: &Tensor, pass: &Pass) -> Result<Tensor> {
        let [down, up] = self.matrices(pass);
        let inner = linear(&dropout(x, self.dropout, &self.name, pass)?, &down)?; // (..., r)
        Ok(add_linear(y, &inner, &up, self.scale)?) // (..., output)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ParamStore;
    use crate::conformance::{weight, weighted_sum};
    use candle_core::Device;

    const SIZES: LowRankSizes = LowRankSizes { rank: 2, alpha: 6.0, dropout: 0.0 };
    const TRAIN: Pass = Pass::Train { seed: 5 };

    fn numbers(shape: (usize, usize)) -> Result<Tensor> {
        let values = (0..shape.0 * shape.1).map(weight).collect();
        Ok(Tensor::from_vec(values, shape, &Device::Cpu)?)
    }

    /// A part of a matrix (4, 3) with the store of its parameters; B is not 0.
    fn part(sizes: &LowRankSizes) -> Result<(LowRank, ParamStore)> {
        let store = ParamStore::new(1, &Device::Cpu);
        let part = LowRank::new(3, 4, sizes, &store.builder().pp("here"))?;
        store.get("here.lora_B.weight").expect("B").set(&numbers((4, 2))?)?;
        Ok((part, store))
    }

    #[test]
    fn it_begins_at_nothing_and_is_alpha_over_r_times_b_a() -> Result<()> {
        let store = ParamStore::new(1, &Device::Cpu);
        let fresh = LowRank::new(3, 4, &SIZES, &store.builder())?;
        let (x, y) = (numbers((5, 3))?, numbers((5, 4))?);
        assert_eq!(fresh.add_to(&y, &x, &TRAIN)?.to_vec2::<f32>()?, y.to_vec2::<f32>()?);
        let bound = 1.0 / 3f32.sqrt();
        let drawn = fresh.down.flatten_all()?.to_vec1::<f32>()?;
        assert!(drawn.iter().all(|a| a.abs() <= bound) && drawn.iter().any(|a| *a != 0.0));
        let (part, _) = part(&SIZES)?;
        let merged = (part.up.matmul(&part.down)? * 3.0)?; // (4, 3)
        let expected = (&y + x.matmul(&merged.t()?)?)?;
        let difference = (part.add_to(&y, &x, &Pass::Eval)? - expected)?.abs()?.max_all()?;
        assert!(difference.to_scalar::<f32>()? < 1e-6);
        Ok(())
    }

    #[test]
    fn only_training_makes_a_graph_and_it_holds_the_parameters_alone() -> Result<()> {
        let (part, store) = part(&SIZES)?;
        let (x, y) = (numbers((5, 3))?, numbers((5, 4))?);
        assert!(!part.add_to(&y, &x, &Pass::Eval)?.track_op());
        let gradients = weighted_sum(&part.add_to(&y, &x, &TRAIN)?)?.backward()?;
        for (name, var) in store.named() {
            assert!(gradients.get(&var).is_some(), "{name}");
        }
        assert!(gradients.get(&x).is_none() && gradients.get(&y).is_none());
        Ok(())
    }

    #[test]
    fn dropout_is_of_the_pass_and_touches_what_a_reads_only() -> Result<()> {
        let (part, _) = part(&LowRankSizes { dropout: 0.5, ..SIZES })?;
        let (x, y) = (numbers((5, 3))?, numbers((5, 4))?);
        let run = |pass| part.add_to(&y, &x, &pass).and_then(|y| Ok(y.to_vec2::<f32>()?));
        assert_eq!(run(TRAIN)?, run(TRAIN)?);
        assert_ne!(run(TRAIN)?, run(Pass::Train { seed: 6 })?);
        assert_ne!(run(TRAIN)?, run(Pass::Eval)?);
        let nothing = part.add_to(&y, &x.zeros_like()?, &TRAIN)?;
        assert_eq!(nothing.to_vec2::<f32>()?, y.to_vec2::<f32>()?);
        Ok(())
    }

    #[test]
    fn ranks_that_cannot_be_name_the_matrix() {
        for rank in [0, 4] {
            let message = part(&LowRankSizes { rank, ..SIZES }).err().expect("refused").to_string();
            assert!(message.contains("here") && message.contains("1 to 3"), "{message}");
        }
    }
}
