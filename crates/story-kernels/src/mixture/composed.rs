//! The mixture in candle's own ops.

use super::{Move, Sizes};
use candle_core::{Result, Tensor};

pub(super) fn composed(
    shares: &Tensor,
    remembered: &Tensor,
    painted: &Tensor,
    shown: &Tensor,
    moves: &[Move],
    sizes: Sizes,
) -> Result<Tensor> {
    let Sizes { batch, steps, height, width, side, .. } = sizes;
    let mut sources = Vec::new();
    for step in 0..steps {
        let picture = shown.narrow(1, step, 1)?.squeeze(1)?; // (B, 3, H, W)
        for by in moves {
            sources.push(moved(&moved(&picture, 2, by.down)?, 3, by.right)?);
        }
    }
    sources.push(remembered.clone());
    sources.push(painted.clone());
    let mut sum = painted.zeros_like()?;
    for (place, source) in sources.iter().enumerate() {
        let share = shares.narrow(1, place, 1)?; // (B, 1, H / k, W / k)
        let (rows, columns) = (height / side, width / side);
        let share = share.reshape((batch, 1, rows, 1, columns, 1))?;
        let share = share.broadcast_as((batch, 1, rows, side, columns, side))?;
        let share = share.reshape((batch, 1, height, width))?;
        sum = (sum + source.broadcast_mul(&share)?)?;
    }
    Ok(sum)
}

/// `by` places forward along `dim`, the first or last repeated.
fn moved(picture: &Tensor, dim: usize, by: i32) -> Result<Tensor> {
    let size = picture.dim(dim)?;
    let places = (0..size).map(|place| source(place, by, size) as u32);
    let places = Tensor::from_iter(places, picture.device())?;
    picture.contiguous()?.index_select(&places, dim)
}

/// Where the pixel comes from that a move by `by` brings to `place`.
pub(super) fn source(place: usize, by: i32, size: usize) -> usize {
    (place as i64 - i64::from(by)).clamp(0, size as i64 - 1) as usize
}
