//! What products of blocks need of a vector unit, for AVX-512, for AVX2, and in plain Rust. Written by
//! hand: what the compiler makes of loops over bytes is ten times slower or quicker by a hair.
#![allow(unsafe_code)]

/// Vectors of `LANES` f32.
///
/// # Safety
/// Every function may be called only where the processor has the unit. Those that take a slice read
/// or write its first `LANES` elements, which must be there: they are looked for.
pub(super) trait Unit {
    const LANES: usize;
    type Vector: Copy;

    /// The same number everywhere.
    unsafe fn splat(number: f32) -> Self::Vector;
    unsafe fn load(numbers: &[f32]) -> Self::Vector;
    unsafe fn store(vector: Self::Vector, numbers: &mut [f32]);
    /// The lower four bits of bytes, 0 to 15.
    unsafe fn low(bytes: &[u8]) -> Self::Vector;
    /// The upper four bits of bytes, 0 to 15.
    unsafe fn high(bytes: &[u8]) -> Self::Vector;
    /// Bytes with a sign, -128 to 127.
    unsafe fn signed(bytes: &[u8]) -> Self::Vector;
    /// a b + c.
    unsafe fn multiply_add(a: Self::Vector, b: Self::Vector, c: Self::Vector) -> Self::Vector;
    /// The sum of all lanes, in a fixed order.
    unsafe fn sum(vector: Self::Vector) -> f32;
}

/// Asks for memory that will be read soon. Any address will do: of one that is not there nothing comes.
#[inline(always)]
pub(super) fn prefetch(at: *const u8) {
    #[cfg(target_arch = "x86_64")]
    // SAFETY: a hint; nothing is read, and no address is wrong.
    unsafe {
        use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
        _mm_prefetch::<_MM_HINT_T0>(at.cast());
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = at;
}

/// Whatever the compiler makes of it.
pub(super) struct Plain;

const PLAIN: usize = 8;

impl Unit for Plain {
    const LANES: usize = PLAIN;
    type Vector = [f32; PLAIN];

    unsafe fn splat(number: f32) -> [f32; PLAIN] {
        [number; PLAIN]
    }

    unsafe fn load(numbers: &[f32]) -> [f32; PLAIN] {
        std::array::from_fn(|i| numbers[i])
    }

    unsafe fn store(vector: [f32; PLAIN], numbers: &mut [f32]) {
        numbers[..PLAIN].copy_from_slice(&vector);
    }

    unsafe fn low(bytes: &[u8]) -> [f32; PLAIN] {
        std::array::from_fn(|i| f32::from(bytes[i] & 15))
    }

    unsafe fn high(bytes: &[u8]) -> [f32; PLAIN] {
        std::array::from_fn(|i| f32::from(bytes[i] >> 4))
    }

    unsafe fn signed(bytes: &[u8]) -> [f32; PLAIN] {
        std::array::from_fn(|i| f32::from(bytes[i] as i8))
    }

    unsafe fn multiply_add(a: [f32; PLAIN], b: [f32; PLAIN], c: [f32; PLAIN]) -> [f32; PLAIN] {
        // Not fused: where a processor does not have that, it is a call of the C library.
        std::array::from_fn(|i| a[i] * b[i] + c[i])
    }

    unsafe fn sum([a, b, c, d, e, f, g, h]: [f32; PLAIN]) -> f32 {
        ((a + e) + (c + g)) + ((b + f) + (d + h))
    }
}

#[cfg(target_arch = "x86_64")]
pub(super) use x86::{Avx2, Avx512};

#[cfg(target_arch = "x86_64")]
mod x86 {
    use super::Unit;
    use std::arch::x86_64::*;

    /// AVX2 and FMA.
    pub(in super::super) struct Avx2;

    /// AVX-512F and AVX2.
    pub(in super::super) struct Avx512;

    /// Eight bytes, each as a number of 32 bits.
    #[inline(always)]
    unsafe fn eight(bytes: &[u8]) -> __m128i {
        // SAFETY: the slice has eight bytes, or the index panics.
        unsafe { _mm_loadl_epi64(bytes[..8].as_ptr().cast()) }
    }

    #[inline(always)]
    unsafe fn sixteen(bytes: &[u8]) -> __m128i {
        // SAFETY: as above.
        unsafe { _mm_loadu_si128(bytes[..16].as_ptr().cast()) }
    }

    // SAFETY of all below: the processor has the unit, and loads and stores are within slices.
    impl Unit for Avx2 {
        const LANES: usize = 8;
        type Vector = __m256;

        #[inline(always)]
        unsafe fn splat(number: f32) -> __m256 {
            unsafe { _mm256_set1_ps(number) }
        }

        #[inline(always)]
        unsafe fn load(numbers: &[f32]) -> __m256 {
            unsafe { _mm256_loadu_ps(numbers[..8].as_ptr()) }
        }

        #[inline(always)]
        unsafe fn store(vector: __m256, numbers: &mut [f32]) {
            unsafe { _mm256_storeu_ps(numbers[..8].as_mut_ptr(), vector) }
        }

        #[inline(always)]
        unsafe fn low(bytes: &[u8]) -> __m256 {
            unsafe {
                let bytes = _mm_and_si128(eight(bytes), _mm_set1_epi8(15));
                _mm256_cvtepi32_ps(_mm256_cvtepu8_epi32(bytes))
            }
        }

        #[inline(always)]
        unsafe fn high(bytes: &[u8]) -> __m256 {
            unsafe {
                let bytes = _mm256_cvtepu8_epi32(eight(bytes));
                _mm256_cvtepi32_ps(_mm256_srli_epi32::<4>(bytes))
            }
        }

        #[inline(always)]
        unsafe fn signed(bytes: &[u8]) -> __m256 {
            unsafe { _mm256_cvtepi32_ps(_mm256_cvtepi8_epi32(eight(bytes))) }
        }

        #[inline(always)]
        unsafe fn multiply_add(a: __m256, b: __m256, c: __m256) -> __m256 {
            unsafe { _mm256_fmadd_ps(a, b, c) }
        }

        #[inline(always)]
        unsafe fn sum(vector: __m256) -> f32 {
            unsafe {
                let four =
                    _mm_add_ps(_mm256_castps256_ps128(vector), _mm256_extractf128_ps::<1>(vector));
                let two = _mm_add_ps(four, _mm_movehl_ps(four, four));
                _mm_cvtss_f32(_mm_add_ss(two, _mm_movehdup_ps(two)))
            }
        }
    }

    impl Unit for Avx512 {
        const LANES: usize = 16;
        type Vector = __m512;

        #[inline(always)]
        unsafe fn splat(number: f32) -> __m512 {
            unsafe { _mm512_set1_ps(number) }
        }

        #[inline(always)]
        unsafe fn load(numbers: &[f32]) -> __m512 {
            unsafe { _mm512_loadu_ps(numbers[..16].as_ptr()) }
        }

        #[inline(always)]
        unsafe fn store(vector: __m512, numbers: &mut [f32]) {
            unsafe { _mm512_storeu_ps(numbers[..16].as_mut_ptr(), vector) }
        }

        #[inline(always)]
        unsafe fn low(bytes: &[u8]) -> __m512 {
            unsafe {
                let bytes = _mm_and_si128(sixteen(bytes), _mm_set1_epi8(15));
                _mm512_cvtepi32_ps(_mm512_cvtepu8_epi32(bytes))
            }
        }

        #[inline(always)]
        unsafe fn high(bytes: &[u8]) -> __m512 {
            unsafe {
                let bytes = _mm512_cvtepu8_epi32(sixteen(bytes));
                _mm512_cvtepi32_ps(_mm512_srli_epi32::<4>(bytes))
            }
        }

        #[inline(always)]
        unsafe fn signed(bytes: &[u8]) -> __m512 {
            unsafe { _mm512_cvtepi32_ps(_mm512_cvtepi8_epi32(sixteen(bytes))) }
        }

        #[inline(always)]
        unsafe fn multiply_add(a: __m512, b: __m512, c: __m512) -> __m512 {
            unsafe { _mm512_fmadd_ps(a, b, c) }
        }

        #[inline(always)]
        unsafe fn sum(vector: __m512) -> f32 {
            unsafe { _mm512_reduce_add_ps(vector) }
        }
    }
}
