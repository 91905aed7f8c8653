//! Numbers in sentences.

/// A number of things: `1 story`, `2 stories`.
pub fn counted(n: u64, one: &str, many: &str) -> String {
    format!("{n} {}", if n == 1 { one } else { many })
}

#[cfg(test)]
mod tests {
    use super::counted;

    #[test]
    fn one_is_not_many() {
        let of = |n| counted(n, "story", "stories");
        assert_eq!([of(0), of(1), of(2)], ["0 stories", "1 story", "2 stories"]);
    }
}
