//! Documents in which CIDEr counts n-grams, where those are not the references of the scored captions:
//! the references of a whole test set, so that scores of parts of it can be compared.

use super::captions::{Captions, words};
use super::tfidf::{Counts, DocumentFrequency};
use crate::error::Result;
use crate::vocabulary::Vocabulary;

/// How many of some documents have each n-gram, n = 1..4, by [`crate::ptb::tokenize_coco`]'s tokens.
#[derive(Debug)]
pub struct CiderDocuments {
    words: Vocabulary,
    frequency: DocumentFrequency,
    len: usize,
}

impl CiderDocuments {
    /// Counts documents; each is the references of one caption.
    ///
    /// # Errors
    /// If a document has no reference.
    pub fn new<R: AsRef<str>>(documents: &[Vec<R>]) -> Result<Self> {
        let mut vocabulary = Vocabulary::default();
        let mut counted = Vec::with_capacity(documents.len());
        for references in documents {
            let captions = Captions::new(None, references)?;
            let counts =
                |reference: &Vec<String>| Counts::of(&vocabulary.numbers(words(reference)));
            counted.push(captions.references.iter().map(counts).collect());
        }
        let frequency = DocumentFrequency::of(&counted);
        Ok(Self { words: vocabulary, frequency, len: counted.len() })
    }

    /// Number of documents.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there is no document.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    pub(super) fn words(&self) -> &Vocabulary {
        &self.words
    }

    pub(super) fn frequency(&self) -> &DocumentFrequency {
        &self.frequency
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::coco::{Cider, CiderKind};
    use crate::metric::Metric;
    use std::sync::Arc;

    const REFERENCES: [&[&str]; 4] = [
        &["a red fox sleeps under the tree", "the fox is asleep"],
        &["boats sail on the lake"],
        &["it rains on the red roof", "rain falls"],
        &["a dog runs on the lake shore"],
    ];
    const CANDIDATES: [&str; 4] =
        ["the red fox sleeps", "two boats on the lake", "rain on a roof", "a dog runs"];

    fn cider(kind: CiderKind, documents: Option<&Arc<CiderDocuments>>, lines: &[usize]) -> Cider {
        let mut cider = Cider::with(kind, documents.cloned());
        for &line in lines {
            let captions = Captions::new(Some(CANDIDATES[line]), REFERENCES[line]);
            cider.add(&captions.expect("it has references"));
        }
        cider
    }

    #[test]
    fn own_references_as_documents_give_the_score_that_they_give_anyhow() {
        let documents = REFERENCES.map(<[&str]>::to_vec);
        let documents = Arc::new(CiderDocuments::new(&documents).expect("all have references"));
        for kind in [CiderKind::Plain, CiderKind::Defended] {
            let all: Vec<usize> = (0..4).collect();
            let own = cider(kind, None, &all);
            let given = cider(kind, Some(&documents), &all);
            assert_eq!(own.scores(), given.scores(), "{kind:?}");
            // The same captions keep their scores in any company, also merged from shards.
            let mut part = cider(kind, Some(&documents), &[2]);
            part.merge(&cider(kind, Some(&documents), &[0]));
            assert_eq!(part.scores(), [own.scores()[2], own.scores()[0]], "{kind:?}");
            assert!(part.signature().to_string().contains("|df:4-documents|"));
        }
    }

    #[test]
    fn words_that_no_document_has_weigh_like_those_of_one() {
        let documents = [vec!["b"], vec!["c"]];
        let documents = Arc::new(CiderDocuments::new(&documents).expect("all have references"));
        let one = cider(CiderKind::Defended, Some(&documents), &[3]);
        assert!(one.score().is_some_and(|score| score > 0.0));
        assert_eq!(cider(CiderKind::Defended, None, &[3]).score(), Some(0.0));
    }
}
