//! Rotary position embedding (Su et al. 2021): where a token stands turns its queries and keys, so
//! that their product depends on the distance only. Half-split form, as transformers has it
//! ([`story_kernels::rope()`]).
//!
//! Pair j of a head of width d turns by the position times base^(-2j/d) / factor_j. Factors other
//! than 1 stretch slow turns to longer texts (Llama 3).
//!
//! Axes: `B` rows, `L` positions, `h` heads, `d` width of a head.

use crate::{Error, Result};
use candle_core::{Device, Tensor};

/// How fast each pair of a head's numbers turns.
#[derive(Debug, Clone)]
pub struct Rotary {
    /// Radians a position, d/2 of them. In f32 as the published networks' own code makes them.
    speeds: Vec<f32>,
}

/// The turns of some positions.
#[derive(Debug, Clone)]
pub struct Rotation {
    cos: Tensor,
    sin: Tensor,
}

impl Rotary {
    /// Speeds for heads of `width`; `factors` one a pair, or none.
    ///
    /// # Errors
    /// [`Error::Config`] for an odd width, a base that is not positive, or another number of
    /// factors.
    pub fn new(width: usize, base: f32, factors: Option<&[f32]>) -> Result<Self> {
        let half = width / 2;
        let sound = width.is_multiple_of(2) && width > 0 && base > 0.0 && base.is_finite();
        if !sound || factors.is_some_and(|factors| factors.len() != half) {
            return Err(Error::Config(format!(
                "rotary positions: expected heads of an even width, a base above 0 and no factors or half as many as the width; found width {width}, base {base}, {} factors",
                factors.map_or(0, <[f32]>::len)
            )));
        }
        let speed = |pair: usize| {
            let factor = factors.map_or(1.0, |factors| factors[pair]);
            1.0 / base.powf((2 * pair) as f32 / width as f32) / factor
        };
        Ok(Self { speeds: (0..half).map(speed).collect() })
    }

    /// The turns of `positions`, those of one row after those of another, for `rows` rows.
    ///
    /// # Errors
    /// Positions that are no whole rows.
    pub fn at(&self, positions: &[u32], rows: usize, device: &Device) -> Result<Rotation> {
        let length = positions.len() / rows.max(1);
        let angles = positions.iter().flat_map(|&position| {
            self.speeds.iter().map(move |speed| f64::from(position as f32 * speed))
        });
        let (sin, cos): (Vec<f32>, Vec<f32>) =
            angles.map(|angle| (angle.sin() as f32, angle.cos() as f32)).unzip();
        let table = |values| Tensor::from_vec(values, (rows, length, self.speeds.len()), device);
        Ok(Rotation { cos: table(cos)?, sin: table(sin)? }) // (B, L, d/2)
    }
}

impl Rotation {
    /// Turns `x (B, L, h, d)`.
    ///
    /// # Errors
    /// Other rows, positions or widths.
    pub fn turn(&self, x: &Tensor) -> Result<Tensor> {
        Ok(story_kernels::rope(x, &self.cos, &self.sin)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conformance::weight;

    fn heads() -> Result<Tensor> {
        let values = (0..2 * 3 * 2 * 4).map(weight).collect();
        Ok(Tensor::from_vec(values, (2, 3, 2, 4), &Device::Cpu)?)
    }

    /// Products of the queries with the keys of the position before, by rows and heads.
    fn products(turned: &Tensor) -> Result<Vec<f32>> {
        let pairs = (turned.narrow(1, 1, 2)? * turned.narrow(1, 0, 2)?)?;
        Ok(pairs.sum(3)?.flatten_all()?.to_vec1()?)
    }

    #[test]
    fn position_zero_turns_nothing_and_products_depend_on_the_distance() -> Result<()> {
        let (rotary, x) = (Rotary::new(4, 100.0, None)?, heads()?);
        let none = rotary.at(&[0; 6], 2, &Device::Cpu)?.turn(&x)?;
        assert_eq!(none.flatten_all()?.to_vec1::<f32>()?, x.flatten_all()?.to_vec1::<f32>()?);
        let near = rotary.at(&[0, 1, 2, 0, 1, 2], 2, &Device::Cpu)?.turn(&x)?;
        let far = rotary.at(&[7, 8, 9, 100, 101, 102], 2, &Device::Cpu)?.turn(&x)?;
        for (near, far) in products(&near)?.iter().zip(products(&far)?) {
            assert!((near - far).abs() < 1e-5, "{near} {far}");
        }
        Ok(())
    }

    #[test]
    fn factors_slow_their_pair_down() -> Result<()> {
        let x = heads()?;
        let slow = Rotary::new(4, 100.0, Some(&[1.0, 4.0]))?;
        let plain = Rotary::new(4, 100.0, None)?;
        let slow = slow.at(&[4; 6], 2, &Device::Cpu)?.turn(&x)?;
        let [first, fourth] = [4, 1].map(|at| {
            let turned = plain.at(&[at; 6], 2, &Device::Cpu).and_then(|turns| turns.turn(&x));
            turned.expect("it fits")
        });
        let pair = |x: &Tensor, pair| -> Result<Vec<f32>> {
            Ok(x.narrow(3, pair, 1)?.flatten_all()?.to_vec1()?)
        };
        assert_eq!(pair(&slow, 0)?, pair(&first, 0)?);
        assert_eq!(pair(&slow, 1)?, pair(&fourth, 1)?);
        Ok(())
    }

    #[test]
    fn what_cannot_turn_is_a_config_error() {
        for (width, base, factors) in
            [(3, 1e4, None), (0, 1e4, None), (4, 0.0, None), (4, f32::NAN, None)]
                .into_iter()
                .chain([(4, 1e4, Some(&[1.0][..]))])
        {
            assert!(matches!(Rotary::new(width, base, factors), Err(Error::Config(_))));
        }
    }
}
