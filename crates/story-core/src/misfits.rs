//! Names of weights that do not fit a network, told so that a person can read them: at most ten of each
//! kind, with how many there are.

use std::fmt;

/// Names listed of each kind.
const LISTED: usize = 10;

/// What does not fit between a file of weights and the network that asked for them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Misfits {
    /// Asked for and not there, in words such as `` missing `a` [2, 3] ``.
    pub missing: Vec<String>,
    /// There in another shape.
    pub misshaped: Vec<String>,
    /// There and not asked for.
    pub unexpected: Vec<String>,
}

impl Misfits {
    /// Whether everything fits.
    pub fn is_empty(&self) -> bool {
        self.kinds().iter().all(|(_, names)| names.is_empty())
    }

    fn kinds(&self) -> [(&'static str, &[String]); 3] {
        [
            ("missing", &self.missing),
            ("of another shape", &self.misshaped),
            ("unexpected", &self.unexpected),
        ]
    }
}

impl fmt::Display for Misfits {
    /// `3 missing, 40 unexpected: ...`, then the first of each kind.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kinds = self.kinds();
        let there = kinds.iter().filter(|(_, names)| !names.is_empty());
        let counts: Vec<String> =
            there.clone().map(|(kind, names)| format!("{} {kind}", names.len())).collect();
        let mut listed = Vec::new();
        for (kind, names) in there {
            listed.extend(names.iter().take(LISTED).cloned());
            if names.len() > LISTED {
                listed.push(format!("and {} more {kind}", names.len() - LISTED));
            }
        }
        write!(out, "{}: {}", counts.join(", "), listed.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ten_names_of_a_kind_are_listed_and_all_are_counted() {
        let names = |kind: &str, count| (0..count).map(|at| format!("{kind} `n{at}`")).collect();
        let misfits = Misfits {
            missing: names("missing", 3),
            misshaped: Vec::new(),
            unexpected: names("unexpected", 400),
        };
        let said = misfits.to_string();
        assert!(said.starts_with("3 missing, 400 unexpected: missing `n0`, "), "{said}");
        assert!(said.ends_with("unexpected `n9`, and 390 more unexpected"), "{said}");
        assert_eq!(said.matches('`').count(), 2 * 13);
        assert!(Misfits::default().is_empty() && !misfits.is_empty());
    }
}
