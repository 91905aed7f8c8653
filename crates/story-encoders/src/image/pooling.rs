//! From a map of features to one vector: the mean over the map, or over the cells of a grid.
//!
//! Over a grid of `G` x `G` cells as PyTorch's `AdaptiveAvgPool2d` averages: the cells are laid
//! side by side, so that which feature was found is kept apart for each place, where the mean over
//! the whole map would tell a fox left of a tree from one right of it no more.
//!
//! Axes: `N` pictures, `C` channels, `S` the map's side, `G` the grid's side.

use candle_core::{Device, Tensor};
use serde::{Deserialize, Serialize};
use story_core::{Error, Result};

/// How the last map becomes one vector.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Pooling {
    /// The mean over the map: `"average"`, `C` wide.
    Average,
    /// The means over the cells of a grid of this side: `{ grid = 2 }`, `C G G` wide.
    Grid(usize),
}

impl Pooling {
    /// The width of the vector for maps of `channels`.
    pub fn width(self, channels: usize) -> usize {
        let cells = self.side();
        channels.saturating_mul(cells).saturating_mul(cells)
    }

    /// The pooling of maps of side `side`.
    ///
    /// # Errors
    /// [`Error::Config`] where the grid has no cell or is finer than the map.
    pub(super) fn build(self, key: &str, side: usize, device: &Device) -> Result<Pool> {
        let grid = self.side();
        if grid == 0 || grid > side {
            return Err(Error::Config(format!(
                "{key}: expected 1 to {side}, the side of the last map, found {grid}"
            )));
        }
        let matrix = Tensor::from_vec(adaptive_pooling(side, grid), (side, grid), device)?;
        Ok(Pool { matrix, grid })
    }

    fn side(self) -> usize {
        match self {
            Self::Average => 1,
            Self::Grid(side) => side,
        }
    }
}

/// A pooling of maps of one size.
#[derive(Debug, Clone)]
pub(super) struct Pool {
    /// `(S, G)`, a constant.
    matrix: Tensor,
    grid: usize,
}

impl Pool {
    /// `maps (N, C, S, S)` to `(N, C G G)`.
    ///
    /// # Errors
    /// Maps of another size.
    pub fn forward(&self, maps: &Tensor) -> Result<Tensor> {
        let (n, channels, side, _) = maps.dims4()?; // (N, C, S, S)
        let rows = maps
            .reshape((n * channels * side, side))? // (N * C * S, S)
            .matmul(&self.matrix)? // (N * C * S, G)
            .reshape((n * channels, side, ()))? // (N * C, S, G)
            .transpose(1, 2)? // (N * C, G, S)
            .contiguous()?;
        let cells = rows
            .reshape((n * channels * self.grid, side))? // (N * C * G, S)
            .matmul(&self.matrix)?; // (N * C * G, G), columns before rows
        Ok(cells.reshape((n, ()))?) // (N, C * G * G)
    }
}

/// The matrix `(side, grid)` that averages one axis of a map over the cells of a grid. Cell `i`
/// covers `floor(i side / grid) .. ceil((i + 1) side / grid)`: neighbouring cells share a row where
/// the side is no multiple of the grid.
fn adaptive_pooling(side: usize, grid: usize) -> Vec<f32> {
    let mut matrix = vec![0f32; side * grid];
    for cell in 0..grid {
        let rows = (cell * side / grid)..((cell + 1) * side).div_ceil(grid);
        let share = 1.0 / rows.len() as f32;
        for row in rows {
            matrix[row * grid + cell] = share;
        }
    }
    matrix
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_grid_equals_adaptive_average_pooling() {
        let expected = [
            [0.5, 0.0, 0.0], // cells 0..2, 1..4 and 3..5
            [0.5, 1.0 / 3.0, 0.0],
            [0.0, 1.0 / 3.0, 0.0],
            [0.0, 1.0 / 3.0, 0.5],
            [0.0, 0.0, 0.5],
        ];
        assert_eq!(adaptive_pooling(5, 3), expected.concat());
    }

    #[test]
    fn the_average_is_a_grid_of_one_cell() -> Result<()> {
        let maps = Tensor::arange(0f32, 18.0, &Device::Cpu)?.reshape((1, 2, 3, 3))?;
        let average = Pooling::Average.build("pooling", 3, &Device::Cpu)?;
        assert_eq!(average.forward(&maps)?.to_vec2::<f32>()?, [[4.0, 13.0]]);
        assert_eq!(Pooling::Average.width(2), 2);
        assert_eq!(Pooling::Grid(3).width(2), 18);
        Ok(())
    }

    #[test]
    fn a_grid_finer_than_the_map_is_refused() {
        for grid in [0, 4] {
            let error = Pooling::Grid(grid).build("pooling.grid", 3, &Device::Cpu);
            let message = error.expect_err("no such grid").to_string();
            assert!(message.contains("pooling.grid") && message.contains("1 to 3"));
        }
    }
}
