//! Resizing and cutting, as Pillow and torchvision do.
//!
//! A separable filter, widened by the scale when shrinking, so that nothing aliases: a triangle
//! (Pillow's `BILINEAR`) or a cubic with a = -1/2 (Keys 1981; Pillow's `BICUBIC`).

use fast_image_resize::images::{TypedImage, TypedImageRef};
use fast_image_resize::pixels::U8x3;
use fast_image_resize::{FilterType, ResizeAlg, ResizeOptions, Resizer};
use serde::{Deserialize, Serialize};
use std::cell::RefCell;

/// The filter of a resizing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Interpolation {
    /// Triangle.
    #[default]
    Bilinear,
    /// Cubic.
    Bicubic,
}

/// Width, height and bytes of what is resized, `(H, W, 3)`.
type Source<'a> = (u32, u32, &'a [u8]);

/// Pixels that may be held between the two passes: as many as a picture may have by default.
const MOST_BETWEEN: f64 = 1e8;

/// Scales `region` (left, top, width and height) of a picture to `target` pixels across and down.
///
/// # Errors
/// What the resizer says of a region outside of the picture.
pub(crate) fn resize_region(
    source: Source,
    region: [f64; 4],
    target: (u32, u32),
    interpolation: Interpolation,
) -> Result<Vec<u8>, String> {
    let (filter, order) = match interpolation {
        Interpolation::Bilinear => (FilterType::Bilinear, Order::ColumnsFirst),
        // As Pillow does. The order shows because the cubic overshoots next to edges and what leaves
        // 0..255 is cut off after the first pass.
        Interpolation::Bicubic => (FilterType::CatmullRom, Order::RowsFirst), // a = -1/2
    };
    match order.or_the_smaller(source, region, target) {
        // The resizer's own order for bytes.
        Order::ColumnsFirst => convolve(source, region, target, filter),
        Order::RowsFirst => rows_first(source, region, target, filter),
    }
}

/// Along which axis a picture is scaled first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Order {
    ColumnsFirst,
    RowsFirst,
}

impl Order {
    /// This order, unless more pixels than [`MOST_BETWEEN`] would stand between its passes, as of
    /// a picture that is thin and endless: the other order holds few of that.
    fn or_the_smaller(
        self,
        (width, height, _): Source,
        [left, top, kept_width, kept_height]: [f64; 4],
        target: (u32, u32),
    ) -> Self {
        let columns = reached(left, kept_width, target.0, width).1;
        let rows = reached(top, kept_height, target.1, height).1;
        let (between, other) = match self {
            Self::ColumnsFirst => (f64::from(columns) * f64::from(target.1), Self::RowsFirst),
            Self::RowsFirst => (f64::from(rows) * f64::from(target.0), Self::ColumnsFirst),
        };
        if between > MOST_BETWEEN { other } else { self }
    }
}

/// The first of the source's pixels along an axis that `target` pixels are mixed from, and how many
/// there are.
fn reached(first: f64, kept: f64, target: u32, source: u32) -> (u32, u32) {
    /// The wider filter, the cubic, reaches so many target pixels far, plus what rounding may add.
    const REACH: f64 = 3.0;
    let reach = REACH * (kept / f64::from(target)).max(1.0);
    let end = ((first + kept + reach).ceil() as u32).min(source);
    let first = (first - reach).max(0.0) as u32;
    (first, end - first)
}

/// Along the rows first, then along the columns.
fn rows_first(
    (source_width, source_height, bytes): Source,
    [left, top, kept_width, kept_height]: [f64; 4],
    (width, height): (u32, u32),
    filter: FilterType,
) -> Result<Vec<u8>, String> {
    let (first, rows) = reached(top, kept_height, height, source_height);
    let row = source_width as usize * 3;
    let strip = &bytes[first as usize * row..][..rows as usize * row];
    let region = [left, 0.0, kept_width, f64::from(rows)];
    let narrow = convolve((source_width, rows, strip), region, (width, rows), filter)?;
    let region = [0.0, top - f64::from(first), f64::from(width), kept_height];
    convolve((width, rows, &narrow), region, (width, height), filter)
}

thread_local! {
    /// A resizer keeps its buffers from picture to picture; one a thread needs no lock.
    static RESIZER: RefCell<Resizer> = RefCell::new(Resizer::new());
}

/// Bytes that a thread keeps for its next picture: enough for those of usual shapes.
const MOST_KEPT: usize = 64 << 20;

/// Scales a region in the resizer's order.
fn convolve(
    (source_width, source_height, bytes): Source,
    [left, top, kept_width, kept_height]: [f64; 4],
    (width, height): (u32, u32),
    filter: FilterType,
) -> Result<Vec<u8>, String> {
    // Pictures of a known type: chosen at run time, all thirteen would be compiled into this crate.
    let source = TypedImageRef::<U8x3>::from_buffer(source_width, source_height, bytes);
    let source = source.map_err(|error| error.to_string())?;
    let mut out = vec![0; width as usize * height as usize * 3];
    let mut target =
        TypedImage::<U8x3>::from_buffer(width, height, &mut out).map_err(|e| e.to_string())?;
    let options = ResizeOptions::new().resize_alg(ResizeAlg::Convolution(filter)).crop(
        left,
        top,
        kept_width,
        kept_height,
    );
    RESIZER.with_borrow_mut(|resizer| {
        let resized = resizer.resize_typed(&source, &mut target, &options);
        if resizer.size_of_internal_buffers() > MOST_KEPT {
            resizer.reset_internal_buffers();
        }
        resized.map_err(|error| error.to_string())
    })?;
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn order(first: Order, source: (u32, u32), target: (u32, u32)) -> Order {
        let whole = [0.0, 0.0, f64::from(source.0), f64::from(source.1)];
        first.or_the_smaller((source.0, source.1, &[]), whole, target)
    }

    #[test]
    fn pictures_of_usual_shapes_are_resized_as_ever() {
        for first in [Order::ColumnsFirst, Order::RowsFirst] {
            // The longest of JPEG, and 100 megapixels as a square.
            for source in [(65_535, 1_500), (1_500, 65_535), (10_000, 10_000), (1, 1)] {
                for side in [1, 32, 224, 1_024] {
                    assert_eq!(order(first, source, (side, side)), first, "{source:?} {side}");
                }
            }
        }
    }

    #[test]
    fn little_stands_between_the_passes_whatever_the_shape() {
        for long in [100_000u32, 1 << 20] {
            let short = 100_000_000 / long;
            for source in [(long, short), (short, long), (long, 1), (1, long)] {
                for first in [Order::ColumnsFirst, Order::RowsFirst] {
                    for side in [32u32, 224, 4096] {
                        let between = match order(first, source, (side, side)) {
                            Order::ColumnsFirst => u64::from(source.0) * u64::from(side),
                            Order::RowsFirst => u64::from(source.1) * u64::from(side),
                        };
                        assert!(between as f64 <= MOST_BETWEEN, "{source:?} {first:?} {side}");
                    }
                }
            }
        }
    }

    #[test]
    fn both_orders_mix_the_same_pixels() {
        let bytes: Vec<u8> = (0..70 * 50 * 3).map(|i| (i * i / 7 % 251) as u8).collect();
        let source = (70, 50, bytes.as_slice());
        let region = [3.5, 1.25, 60.0, 41.5];
        let columns = convolve(source, region, (24, 90), FilterType::Bilinear).expect("inside");
        let rows = rows_first(source, region, (24, 90), FilterType::Bilinear).expect("inside");
        // Each pass rounds once.
        assert!(columns.iter().zip(&rows).all(|(a, b)| a.abs_diff(*b) <= 1));
        assert_ne!(columns, rows);
    }
}
