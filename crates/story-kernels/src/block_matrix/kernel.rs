//! Products with few rows straight from the blocks, and blocks made f32, by the widest vector unit
//! that the processor has.
//!
//! A block's 32 numbers are made f32 in registers, multiplied with every row of `x` and forgotten.
//! They are the dequantised numbers to the last bit, so that only the order of a sum differs from a
//! product with the whole matrix in f32.
#![allow(unsafe_code)]

#[cfg(target_arch = "x86_64")]
use super::units::{Avx2, Avx512};
use super::units::{Plain, Unit, prefetch};
use super::{BLOCK, Kind};
use std::array::from_fn;

/// Vectors of a block, at most: of the narrowest unit.
const VECTORS: usize = 4;
/// Numbers in the first half of the bytes' bits, and in the second.
const HALF: usize = BLOCK / 2;
/// How many bytes ahead of what is computed memory is asked for. The processor asks for less by itself: a
/// row's bytes are a short run and several rows are read at once. From 4 KiB on nothing more is gained.
const AHEAD: usize = 4096;
/// Q4_0's number that stands for 0.
const MIDDLE: f32 = 8.0;

/// The rows that are multiplied, (M, K).
#[derive(Clone, Copy)]
pub(super) struct Few<'a> {
    pub(super) x: &'a [f32],
    pub(super) rows: usize,
    pub(super) width: usize,
}

/// What to do with some rows of a matrix.
enum Work<'a> {
    /// The product with `x`: (rows of the matrix, M).
    Product(Few<'a>),
    /// Their numbers.
    Decode,
}

/// `out (rows of the matrix, M)`, the rows of `bytes` times those of `x`.
pub(super) fn product(kind: Kind, bytes: &[u8], few: Few<'_>, out: &mut [f32]) {
    dispatch(kind, bytes, &Work::Product(few), out);
}

/// The numbers of whole blocks.
pub(super) fn decode(kind: Kind, bytes: &[u8], out: &mut [f32]) {
    dispatch(kind, bytes, &Work::Decode, out);
}

fn dispatch(kind: Kind, bytes: &[u8], work: &Work<'_>, out: &mut [f32]) {
    #[cfg(target_arch = "x86_64")]
    if is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma") {
        // SAFETY: the processor has what the functions are compiled for.
        return unsafe {
            match is_x86_feature_detected!("avx512f") {
                true => avx512(kind, bytes, work, out),
                false => avx2(kind, bytes, work, out),
            }
        };
    }
    plain(kind, bytes, work, out);
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx2,fma")]
fn avx512(kind: Kind, bytes: &[u8], work: &Work<'_>, out: &mut [f32]) {
    // SAFETY: the unit is there.
    unsafe { every::<Avx512>(kind, bytes, work, out) }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
fn avx2(kind: Kind, bytes: &[u8], work: &Work<'_>, out: &mut [f32]) {
    // SAFETY: the unit is there.
    unsafe { every::<Avx2>(kind, bytes, work, out) }
}

fn plain(kind: Kind, bytes: &[u8], work: &Work<'_>, out: &mut [f32]) {
    // SAFETY: it asks nothing of the processor.
    unsafe { every::<Plain>(kind, bytes, work, out) }
}

// SAFETY of all below: the caller knows that the unit `U` is there. All is inlined into one function
// that is compiled for it.

#[inline(always)]
unsafe fn every<U: Unit>(kind: Kind, bytes: &[u8], work: &Work<'_>, out: &mut [f32]) {
    unsafe {
        match kind {
            Kind::Q4_0 => one::<U, Q4_0>(bytes, work, out),
            Kind::Q4_1 => one::<U, Q4_1>(bytes, work, out),
            Kind::Q8_0 => one::<U, Q8_0>(bytes, work, out),
        }
    }
}

/// The work with blocks of one kind. Products take all rows of `x`, eight at a time, then four, two and
/// one: a block is made f32 once a group, and fewer rows leave registers for more rows of the matrix.
#[inline(always)]
unsafe fn one<U: Unit, B: Blocks>(bytes: &[u8], work: &Work<'_>, out: &mut [f32]) {
    let few = match work {
        Work::Product(few) => few,
        Work::Decode => {
            let blocks = bytes.chunks_exact(B::KIND.bytes());
            for (block, out) in blocks.zip(out.chunks_exact_mut(BLOCK)) {
                let vectors = unsafe { B::decode::<U>(block) };
                for j in 0..BLOCK / U::LANES {
                    unsafe { U::store(vectors[j], &mut out[j * U::LANES..]) };
                }
            }
            return;
        }
    };
    let mut first = 0;
    while first < few.rows {
        first += unsafe {
            match few.rows - first {
                8.. => group::<U, B, 1, 8>(bytes, few, first, out),
                4.. => group::<U, B, 2, 4>(bytes, few, first, out),
                2.. => group::<U, B, 2, 2>(bytes, few, first, out),
                _ => group::<U, B, 4, 1>(bytes, few, first, out),
            }
        };
    }
}

/// Rows `first` to `first + M` of `x`, with `R` rows of the matrix at a time. Tells M.
#[inline(always)]
unsafe fn group<U: Unit, B: Blocks, const R: usize, const M: usize>(
    bytes: &[u8],
    few: &Few<'_>,
    first: usize,
    out: &mut [f32],
) -> usize {
    let x: [&[f32]; M] = from_fn(|m| &few.x[(first + m) * few.width..][..few.width]);
    let row_bytes = few.width / BLOCK * B::KIND.bytes();
    let mut rows = bytes.chunks_exact(R * row_bytes);
    let mut outs = out.chunks_exact_mut(R * few.rows);
    for (rows, out) in rows.by_ref().zip(outs.by_ref()) {
        let rows: [&[u8]; R] = from_fn(|r| &rows[r * row_bytes..][..row_bytes]);
        unsafe { tile::<U, B, R, M>(rows, x, few.rows, &mut out[first..]) };
    }
    let rest = rows.remainder().chunks_exact(row_bytes);
    for (row, out) in rest.zip(outs.into_remainder().chunks_exact_mut(few.rows)) {
        unsafe { tile::<U, B, 1, M>([row], x, few.rows, &mut out[first..]) };
    }
    M
}

/// The products of `R` rows of a matrix with `M` of `x`; those of a row of the matrix stand together, and
/// `stride` behind those of the one before.
#[inline(always)]
unsafe fn tile<U: Unit, B: Blocks, const R: usize, const M: usize>(
    rows: [&[u8]; R],
    x: [&[f32]; M],
    stride: usize,
    out: &mut [f32],
) {
    let bytes = B::KIND.bytes();
    // SAFETY: see above.
    unsafe {
        let mut sums = [[U::splat(0.0); M]; R];
        for b in 0..x[0].len() / BLOCK {
            for r in 0..R {
                let block = &rows[r][b * bytes..][..bytes];
                prefetch(block.as_ptr().wrapping_add(AHEAD));
                let block = B::decode::<U>(block);
                for m in 0..M {
                    let x = &x[m][b * BLOCK..][..BLOCK];
                    for j in 0..BLOCK / U::LANES {
                        let x = U::load(&x[j * U::LANES..]);
                        sums[r][m] = U::multiply_add(block[j], x, sums[r][m]);
                    }
                }
            }
        }
        for r in 0..R {
            for m in 0..M {
                out[r * stride + m] = U::sum(sums[r][m]);
            }
        }
    }
}

/// A finite number of 16 bits. Its exponent is moved to f32's place and the difference of the two
/// biases made good by a multiplication, which is exact.
#[inline(always)]
fn half(bytes: [u8; 2]) -> f32 {
    /// The sign, and five bits of exponent and ten of mantissa at the end of f32's.
    const KEPT: u32 = 0x8fff_e000;
    const MANTISSA_BITS: u32 = 23 - 10;
    /// 2^(127 - 15)
    const BIASES: f32 = f32::from_bits((127 + 127 - 15) << 23);
    let bits = i32::from(i16::from_le_bytes(bytes)) << MANTISSA_BITS;
    f32::from_bits(bits as u32 & KEPT) * BIASES
}

/// A way of storing 32 numbers. Products of a scale and of a number of 4 bits are exact in f32, so
/// that a fused multiplication gives the same.
trait Blocks {
    const KIND: Kind;
    /// The numbers of a block, in as many vectors as they need.
    unsafe fn decode<U: Unit>(block: &[u8]) -> [U::Vector; VECTORS];
}

/// Scale d; 16 bytes of two numbers each: q_i in the low half of byte i, q_(i+16) in the high one;
/// d (q - 8).
struct Q4_0;
/// Scale d and least m; as above; d q + m.
struct Q4_1;
/// Scale d; 32 signed bytes; d q.
struct Q8_0;

impl Blocks for Q4_0 {
    const KIND: Kind = Kind::Q4_0;

    #[inline(always)]
    unsafe fn decode<U: Unit>(block: &[u8]) -> [U::Vector; VECTORS] {
        let scale = half([block[0], block[1]]);
        unsafe { nibbles::<U>(&block[2..18], scale, -MIDDLE * scale) }
    }
}

impl Blocks for Q4_1 {
    const KIND: Kind = Kind::Q4_1;

    #[inline(always)]
    unsafe fn decode<U: Unit>(block: &[u8]) -> [U::Vector; VECTORS] {
        let (scale, least) = (half([block[0], block[1]]), half([block[2], block[3]]));
        unsafe { nibbles::<U>(&block[4..20], scale, least) }
    }
}

impl Blocks for Q8_0 {
    const KIND: Kind = Kind::Q8_0;

    #[inline(always)]
    unsafe fn decode<U: Unit>(block: &[u8]) -> [U::Vector; VECTORS] {
        unsafe {
            let (scale, zero) = (U::splat(half([block[0], block[1]])), U::splat(0.0));
            let mut out = [zero; VECTORS];
            for j in 0..BLOCK / U::LANES {
                out[j] = U::multiply_add(U::signed(&block[2 + j * U::LANES..]), scale, zero);
            }
            out
        }
    }
}

/// Two numbers a byte.
#[inline(always)]
unsafe fn nibbles<U: Unit>(bytes: &[u8], scale: f32, least: f32) -> [U::Vector; VECTORS] {
    unsafe {
        let (scale, least) = (U::splat(scale), U::splat(least));
        let mut out = [least; VECTORS];
        for j in 0..HALF / U::LANES {
            let bytes = &bytes[j * U::LANES..];
            out[j] = U::multiply_add(U::low(bytes), scale, least);
            out[HALF / U::LANES + j] = U::multiply_add(U::high(bytes), scale, least);
        }
        out
    }
}

/// [`product`] by what every processor has, and by a vector unit that this one may have besides its
/// widest.
#[cfg(test)]
pub(super) fn by_each_unit(kind: Kind, bytes: &[u8], few: Few<'_>) -> Vec<Vec<f32>> {
    let nothing = vec![0f32; bytes.len() / (few.width / BLOCK * kind.bytes()) * few.rows];
    let work = Work::Product(few);
    let mut all = vec![nothing.clone()];
    plain(kind, bytes, &work, &mut all[0]);
    #[cfg(target_arch = "x86_64")]
    if is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma") {
        all.push(nothing);
        // SAFETY: the processor has what the function is compiled for.
        unsafe { avx2(kind, bytes, &work, &mut all[1]) };
    }
    all
}
