//! The random numbers of the bootstrap, and of whoever draws for a table: SplitMix64 (Steele, Lea and
//! Flood 2014, "Fast Splittable Pseudorandom Number Generators"; the constants are those of Vigna's
//! public-domain `splitmix64.c`). 64 bits of state, period 2^64; for resampling, not for secrets.
//!
//! It lives here so that a published interval can be computed again by any program: thirty lines
//! and a seed, no library.

/// The bits of the golden ratio's fractional part: odd, and without pattern. SplitMix64's step.
pub(crate) const GOLDEN: u64 = 0x9E37_79B9_7F4A_7C15;

/// A stream of random numbers from a seed.
#[derive(Debug, Clone)]
pub struct SplitMix64 {
    state: u64,
}

impl SplitMix64 {
    /// The stream of a seed.
    pub fn new(seed: u64) -> Self {
        Self { state: seed }
    }

    /// The next 64 random bits.
    pub fn next_u64(&mut self) -> u64 {
        self.state = self.state.wrapping_add(GOLDEN);
        mix(self.state)
    }

    /// A number of `0..bound`, each equally likely: the high half of a 128-bit product, where the
    /// low half tells which draws to reject (Lemire 2019, "Fast Random Integer Generation in an
    /// Interval"). `bound` is at least 1.
    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        let rejected = bound.wrapping_neg() % bound;
        loop {
            let product = u128::from(self.next_u64()) * u128::from(bound);
            if product as u64 >= rejected {
                return (product >> 64) as u64;
            }
        }
    }
}

/// SplitMix64's finaliser: every bit of the result depends on every bit of the argument.
pub(crate) fn mix(bits: u64) -> u64 {
    let bits = (bits ^ (bits >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let bits = (bits ^ (bits >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    bits ^ (bits >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equals_the_published_sequence() {
        // The first outputs of Vigna's splitmix64.c for the seed 1234567.
        let mut random = SplitMix64::new(1_234_567);
        let expected = [
            6_457_827_717_110_365_317,
            3_203_168_211_198_807_973,
            9_817_491_932_198_370_423,
            4_593_380_528_125_082_431,
            16_408_922_859_458_223_821,
        ];
        assert_eq!(expected.map(|_| random.next_u64()), expected);
    }

    #[test]
    fn every_number_below_the_bound_is_equally_likely() {
        let mut random = SplitMix64::new(1);
        let mut counts = [0_u32; 7];
        for _ in 0..70_000 {
            counts[random.below(7) as usize] += 1;
        }
        // The standard deviation of a count is 93.
        assert!(counts.iter().all(|count| count.abs_diff(10_000) < 500), "{counts:?}");
        assert_eq!(random.below(1), 0);
    }

    #[test]
    fn draws_that_would_favour_some_numbers_are_rejected() {
        // At this bound about half of all draws are; the third is the first of them.
        let mut random = SplitMix64::new(1_234_567);
        let expected = [
            3_228_913_858_555_182_658,
            1_601_584_105_599_403_986,
            2_296_690_264_062_541_215,
            2_539_079_024_163_920_088,
        ];
        assert_eq!(expected.map(|_| random.below((1 << 63) + 1)), expected);
    }
}
