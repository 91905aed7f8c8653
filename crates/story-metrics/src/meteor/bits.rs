//! A set of well-mixed 64-bit numbers that may hold a few more than were put in (a Bloom filter of one
//! hash function; Bloom 1970, "Space/Time Trade-offs in Hash Coding with Allowable Errors"): a bit for
//! the first bits of each number. A "no" is certain.

/// The set. The default one is empty and stays so.
#[derive(Debug, Clone, Default)]
pub(super) struct NumberBits {
    bits: Vec<u64>,
    /// Bits of a number that do not matter.
    shift: u32,
}

impl NumberBits {
    /// An empty set that looks at the first `size` bits of each number, 6 to 32.
    pub(super) fn new(size: u32) -> Self {
        debug_assert!((6..=32).contains(&size));
        Self { bits: vec![0; 1 << (size - 6)], shift: u64::BITS - size }
    }

    /// Puts a number in.
    pub(super) fn insert(&mut self, number: u64) {
        let (at, bit) = self.place(number);
        if let Some(bits) = self.bits.get_mut(at) {
            *bits |= bit;
        }
    }

    /// Whether a number may have been put in.
    pub(super) fn may_contain(&self, number: u64) -> bool {
        let (at, bit) = self.place(number);
        self.bits.get(at).is_some_and(|bits| bits & bit != 0)
    }

    fn place(&self, number: u64) -> (usize, u64) {
        let bit = number >> self.shift;
        ((bit / 64) as usize, 1 << (bit % 64))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_put_in_is_there_and_its_neighbours_are_not() {
        let number = |first: u64| first << (u64::BITS - 8);
        let mut bits = NumberBits::new(8);
        bits.insert(number(200));
        bits.insert(number(3));
        let found: Vec<u64> = (0..256).filter(|&n| bits.may_contain(number(n))).collect();
        assert_eq!(found, [3, 200]);
        assert!(bits.may_contain(number(3) + 1), "the first bits decide");
        let mut none = NumberBits::default();
        none.insert(0);
        assert!(!none.may_contain(0));
    }
}
