//! What WordNet's nouns mean here, by what they are kinds of: a noun is taken in its first sense,
//! the most frequent one, and followed to its hypernyms up to the nearest of the synsets in `ROOTS`.

use crate::coco::categories;
use crate::lexicon::{Count, Noun, SemanticClass};
use std::collections::{HashMap, HashSet, VecDeque};
use std::path::Path;
use story_metrics::MetricError;
use story_metrics::wordnet::{PartOfSpeech, Synsets};

/// Lemma, number of its sense, and what all its kinds are: the names of categories, or a class.
///
/// The sense is the one that COCO draws boxes around, which is not always the first: `cake` 3 is
/// the baked one, `kite` 3 the toy, `mouse` 4 the computer's, `toilet` 2 the fixture. `cat` 1
/// includes lynxes, hence `domestic_cat`; `cow` 1 leaves out bulls, hence `cattle`. The own table
/// has all nouns that matter; these are for what it lacks.
const ROOTS: [(&str, usize, Root); 78] = [
    ("person", 1, Root::Category("person")),
    ("bicycle", 1, Root::Category("bicycle")),
    ("car", 1, Root::Category("car")),
    ("motorcycle", 1, Root::Category("motorcycle")),
    ("airplane", 1, Root::Category("airplane")),
    ("bus", 1, Root::Category("bus")),
    ("train", 1, Root::Category("train")),
    ("truck", 1, Root::Category("truck")),
    ("boat", 1, Root::Category("boat")),
    ("ship", 1, Root::Category("boat")),
    ("traffic_light", 1, Root::Category("traffic light")),
    ("fire_hydrant", 1, Root::Category("fire hydrant")),
    ("parking_meter", 1, Root::Category("parking meter")),
    ("bench", 1, Root::Category("bench")),
    ("bird", 1, Root::Category("bird")),
    ("domestic_cat", 1, Root::Category("cat")),
    ("dog", 1, Root::Category("dog")),
    ("horse", 1, Root::Category("horse")),
    ("sheep", 1, Root::Category("sheep")),
    ("cattle", 1, Root::Category("cow")),
    ("elephant", 1, Root::Category("elephant")),
    ("bear", 1, Root::Category("bear")),
    ("zebra", 1, Root::Category("zebra")),
    ("giraffe", 1, Root::Category("giraffe")),
    ("backpack", 1, Root::Category("backpack")),
    ("umbrella", 1, Root::Category("umbrella")),
    ("handbag", 1, Root::Category("handbag")),
    ("tie", 1, Root::Category("tie")),
    ("suitcase", 1, Root::Category("suitcase")),
    ("frisbee", 1, Root::Category("frisbee")),
    ("ski", 1, Root::Category("skis")),
    ("snowboard", 1, Root::Category("snowboard")),
    ("ball", 1, Root::Category("sports ball")),
    ("kite", 3, Root::Category("kite")),
    ("baseball_bat", 1, Root::Category("baseball bat")),
    ("baseball_glove", 1, Root::Category("baseball glove")),
    ("skateboard", 1, Root::Category("skateboard")),
    ("surfboard", 1, Root::Category("surfboard")),
    ("tennis_racket", 1, Root::Category("tennis racket")),
    ("bottle", 1, Root::Category("bottle")),
    ("wineglass", 1, Root::Category("wine glass")),
    ("cup", 1, Root::Category("cup")),
    ("fork", 1, Root::Category("fork")),
    ("knife", 1, Root::Category("knife")),
    ("spoon", 1, Root::Category("spoon")),
    ("bowl", 1, Root::Category("bowl")),
    ("bowl", 3, Root::Category("bowl")),
    ("banana", 2, Root::Category("banana")),
    ("apple", 1, Root::Category("apple")),
    ("sandwich", 1, Root::Category("sandwich")),
    ("orange", 1, Root::Category("orange")),
    ("broccoli", 2, Root::Category("broccoli")),
    ("carrot", 3, Root::Category("carrot")),
    ("hot_dog", 2, Root::Category("hot dog")),
    ("pizza", 1, Root::Category("pizza")),
    ("donut", 1, Root::Category("donut")),
    ("cake", 3, Root::Category("cake")),
    ("chair", 1, Root::Category("chair")),
    ("couch", 1, Root::Category("couch")),
    ("bed", 1, Root::Category("bed")),
    ("table", 2, Root::Category("dining table")),
    ("toilet", 2, Root::Category("toilet")),
    ("television_receiver", 1, Root::Category("tv")),
    ("laptop", 1, Root::Category("laptop")),
    ("cellular_telephone", 1, Root::Category("cell phone")),
    ("microwave", 2, Root::Category("microwave")),
    ("oven", 1, Root::Category("oven")),
    ("refrigerator", 1, Root::Category("refrigerator")),
    ("clock", 1, Root::Category("clock")),
    ("vase", 1, Root::Category("vase")),
    ("animal", 1, Root::Class(SemanticClass::Animal)),
    ("body_part", 1, Root::Class(SemanticClass::Body)),
    ("clothing", 1, Root::Class(SemanticClass::Clothes)),
    // Places are objects to WordNet, and nothing that one could draw a box around.
    ("location", 1, Root::Class(SemanticClass::Abstract)),
    ("object", 1, Root::Class(SemanticClass::Thing)),
    ("food", 1, Root::Class(SemanticClass::Thing)),
    ("food", 2, Root::Class(SemanticClass::Thing)),
    ("substance", 1, Root::Class(SemanticClass::Thing)),
];

#[derive(Debug, Clone, Copy)]
enum Root {
    Category(&'static str),
    Class(SemanticClass),
}

/// WordNet's nouns with their meanings: a few ten thousand words.
#[derive(Debug)]
pub(crate) struct WordNetNouns {
    /// Index into `meanings`, by the noun in lower case with blanks between its words.
    nouns: HashMap<Box<str>, usize>,
    /// The last one is of what is no thing.
    meanings: Vec<Noun>,
    /// Lemma of an irregular form.
    exceptions: HashMap<Box<str>, Box<str>>,
}

impl WordNetNouns {
    /// Reads the three files of WordNet's nouns.
    pub fn read(folder: &Path) -> Result<Self, MetricError> {
        let synsets = Synsets::read(folder, PartOfSpeech::Noun)?;
        let mut roots = HashMap::new();
        for (at, (lemma, sense, _)) in ROOTS.iter().enumerate() {
            let synset = synsets.senses(lemma).get(sense - 1);
            roots.insert(*synset.ok_or_else(|| missing(folder, lemma, *sense))?, at);
        }
        let mut meanings: Vec<Noun> = ROOTS.iter().map(|(_, _, root)| root.noun()).collect();
        meanings.push(Root::Class(SemanticClass::Abstract).noun());

        // Of lemmas that differ in hyphens alone the one without them stays: `_` is sorted last.
        let mut lemmas: Vec<&str> = synsets.lemmas().collect();
        lemmas.sort_unstable();
        let nouns = lemmas
            .into_iter()
            .filter_map(|lemma| {
                let root = nearest_root(*synsets.senses(lemma).first()?, &synsets, &roots);
                Some((words(lemma), root.unwrap_or(ROOTS.len())))
            })
            .collect();
        let mut irregular: Vec<_> = synsets.irregular_forms().collect();
        irregular.sort_unstable();
        let exceptions = irregular
            .into_iter()
            .filter_map(|(form, lemmas)| Some((words(form), words(lemmas.first()?))))
            .collect();
        Ok(Self { nouns, meanings, exceptions })
    }

    /// A noun in its first sense with its base form and whether it is a plural. `singulars` are the
    /// forms that the rules make.
    pub fn noun(&self, word: &str, singulars: &[String]) -> Option<(&Noun, String, bool)> {
        let exception = self.exceptions.get(word).map(|base| (&**base, true));
        let rules = singulars.iter().map(|singular| (singular.as_str(), true));
        let (at, lemma, plural) = std::iter::once((word, false))
            .chain(exception)
            .chain(rules)
            .find_map(|(lemma, plural)| Some((*self.nouns.get(lemma)?, lemma, plural)))?;
        Some((self.meanings.get(at)?, lemma.to_string(), plural))
    }
}

impl Root {
    fn noun(self) -> Noun {
        let (categories, class) = match self {
            Self::Category(name) => {
                let categories = categories(name);
                let class = SemanticClass::of(&categories);
                (categories, class)
            }
            Self::Class(class) => (Vec::new(), class),
        };
        // Its kinds are what is asked for here.
        Noun { categories, class, count: Count::Ordinary, whole: false }
    }
}

/// The root that is fewest steps above a synset. WordNet has no circles among its nouns; a file
/// that had some would end here all the same.
fn nearest_root(synset: u32, synsets: &Synsets, roots: &HashMap<u32, usize>) -> Option<usize> {
    let mut seen = HashSet::from([synset]);
    let mut queue = VecDeque::from([synset]);
    while let Some(synset) = queue.pop_front() {
        if let Some(root) = roots.get(&synset) {
            return Some(*root);
        }
        let hypernyms = synsets.hypernyms(synset).iter();
        queue.extend(hypernyms.filter(|hypernym| seen.insert(**hypernym)));
    }
    None
}

/// A lemma as texts have it.
fn words(lemma: &str) -> Box<str> {
    lemma.replace(['_', '-'], " ").into()
}

fn missing(folder: &Path, lemma: &str, sense: usize) -> MetricError {
    MetricError::Resource {
        path: folder.join("index.noun").display().to_string(),
        expected: "the nouns of WordNet 3.0",
        found: format!("no sense {sense} of `{lemma}`"),
        remedy: "give the folder of WordNet 3.0 (Debian: wordnet-base, /usr/share/wordnet)",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Concept, Lexicon, Names};
    use std::fmt::Write;
    use std::fs;

    /// The smallest database that has all roots, and below "dog" one more noun; `below` is the
    /// symbol of the pointer that says so.
    fn database(below: &str) -> tempfile::TempDir {
        let folder = tempfile::tempdir().expect("a folder");
        let senses =
            |lemma: &str| ROOTS.iter().filter(|root| root.0 == lemma).map(|root| root.1).max();
        let (mut index, mut data) = ("  1 a licence\n".to_string(), "  1 a licence\n".to_string());
        let mut written = HashSet::new();
        let mut dog = 0;
        for (at, (lemma, _, _)) in ROOTS.iter().enumerate() {
            if !written.insert(*lemma) {
                continue;
            }
            let first = (at + 1) * 100;
            if *lemma == "dog" {
                dog = first;
            }
            let count = senses(lemma).expect("a root");
            write!(index, "{lemma} n {count} 0 {count} 0").expect("a string");
            for sense in 0..count {
                write!(index, " {:08}", first + sense).expect("a string");
                writeln!(data, "{:08} 05 n 01 {lemma} 0 000 | a gloss", first + sense)
                    .expect("a string");
            }
            index.push('\n');
        }
        index.push_str("zibhound n 1 1 @ 1 0 99999990\nsea_zib n 1 1 @ 1 0 99999990\nzibness n 1 0 1 0 99999991\n");
        writeln!(data, "99999990 05 n 02 zibhound 0 sea_zib 1 001 {below} {dog:08} n 0000 | a dog")
            .expect("a string");
        writeln!(data, "99999991 05 n 01 zibness 0 000 | no thing").expect("a string");
        for (name, text) in [
            ("index.noun", index),
            ("data.noun", data),
            ("noun.exc", "zibhoundi zibhound\n".into()),
        ] {
            fs::write(folder.path().join(name), text).expect("a file");
        }
        folder
    }

    fn concepts(folder: &Path, text: &str) -> Vec<Concept> {
        let lexicon = Lexicon::english().with_wordnet(folder).expect("a database");
        let things = lexicon.read(text, &Names::default()).things;
        things.into_iter().map(|thing| thing.concept).collect()
    }

    #[test]
    fn nouns_mean_what_they_are_kinds_of() {
        let folder = database("@");
        let dog = || Concept::Categories(categories("dog"));
        let text = "The zibhound and two zibhoundi saw the zibness of a sea zib.";
        assert_eq!(concepts(folder.path(), text), [dog(), dog(), dog()]);
        // Without the pointer upwards it is nothing that one can see.
        let folder = database("~");
        assert_eq!(concepts(folder.path(), text), []);
    }

    #[test]
    fn our_own_table_comes_first() {
        let folder = database("@");
        let person = Concept::Categories(categories("person"));
        assert_eq!(concepts(folder.path(), "The baker sleeps."), [person]);
    }

    #[test]
    fn what_is_no_database_is_refused_with_file_and_line() {
        let folder = database("@");
        let refused = |folder: &Path| {
            let error = Lexicon::english().with_wordnet(folder).expect_err("no database");
            error.to_string()
        };
        fs::write(folder.path().join("data.noun"), "  1 a licence\n00000100 05 n zz\n")
            .expect("a file");
        let error = refused(folder.path());
        assert!(
            error.contains("data.noun") && error.contains("line 2: \"00000100 05 n zz\""),
            "{error}"
        );
        fs::write(folder.path().join("index.noun"), "cake n 1 0 1 0 00000100\n").expect("a file");
        fs::write(folder.path().join("data.noun"), "").expect("a file");
        let error = refused(folder.path());
        assert!(error.contains("data.noun") && error.contains("no entry"), "{error}");
        fs::write(folder.path().join("data.noun"), "00000100 13 n 01 cake 0 000 | baked\n")
            .expect("a file");
        let error = refused(folder.path());
        assert!(
            error.contains("index.noun") && error.contains("no sense 1 of `person`"),
            "{error}"
        );
        fs::remove_file(folder.path().join("noun.exc")).expect("a file");
        let error = refused(folder.path());
        assert!(error.contains("noun.exc"), "{error}");
    }
}
