//! WordNet's nouns (Miller 1995, "WordNet: A Lexical Database for English") and what they mean
//! here, by what they are kinds of.
//!
//! Read from `index.noun`, `data.noun` and `noun.exc` of WordNet 3.0; the format is that of the
//! manual page `wndb(5WN)`. A noun is taken in its first sense, the most frequent one, and followed
//! upwards (`@`, `@i`) to the nearest of the synsets in `ROOTS`.

use super::lexicon::{Count, Nature, Noun, categories, nature};
use std::collections::{HashMap, HashSet, VecDeque};
use std::fs;
use std::path::Path;
use story_core::{Error, Result};

/// Lemma, number of its sense, and what all its kinds are: the names of categories, or a nature.
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
    ("animal", 1, Root::Nature(Nature::Animal)),
    ("body_part", 1, Root::Nature(Nature::Body)),
    ("clothing", 1, Root::Nature(Nature::Clothes)),
    // Places are objects to WordNet, and nothing that one could draw a box around.
    ("location", 1, Root::Nature(Nature::Abstract)),
    ("object", 1, Root::Nature(Nature::Thing)),
    ("food", 1, Root::Nature(Nature::Thing)),
    ("food", 2, Root::Nature(Nature::Thing)),
    ("substance", 1, Root::Nature(Nature::Thing)),
];

#[derive(Debug, Clone, Copy)]
enum Root {
    Category(&'static str),
    Nature(Nature),
}

/// WordNet's nouns with their meanings: a few ten thousand words.
#[derive(Debug)]
pub(super) struct WordNet {
    /// Index into `meanings`, by the noun in lower case with blanks between its words.
    nouns: HashMap<Box<str>, usize>,
    /// The last one is of what is no thing.
    meanings: Vec<Noun>,
    /// Base form of an irregular one.
    exceptions: HashMap<Box<str>, Box<str>>,
}

impl WordNet {
    /// Reads the three files.
    pub fn read(folder: &Path) -> Result<Self> {
        let mut index = HashMap::new();
        each_line(folder, "index.noun", |line| {
            let (lemma, senses) = index_line(line)?;
            index.insert(lemma, senses);
            Some(())
        })?;
        let mut above: HashMap<u32, Vec<u32>> = HashMap::new();
        each_line(folder, "data.noun", |line| {
            let (offset, hypernyms) = data_line(line)?;
            above.insert(offset, hypernyms);
            Some(())
        })?;
        let mut exceptions = HashMap::new();
        each_line(folder, "noun.exc", |line| {
            let (form, base) = line.split_once(' ')?;
            let base = base.split(' ').next()?;
            exceptions.insert(words(form), words(base));
            Some(())
        })?;

        let mut meanings: Vec<Noun> = ROOTS.iter().map(|(_, _, root)| root.noun()).collect();
        let abstract_noun = Root::Nature(Nature::Abstract).noun();
        meanings.push(abstract_noun);
        let mut roots = HashMap::new();
        for (at, (lemma, sense, _)) in ROOTS.iter().enumerate() {
            let senses = index.get(&words(lemma));
            let offset = senses.and_then(|senses| senses.get(sense - 1));
            let offset = offset.ok_or_else(|| missing(folder, lemma, *sense))?;
            roots.insert(*offset, at);
        }
        let nouns = index
            .into_iter()
            .filter_map(|(lemma, senses)| {
                let root = nearest_root(*senses.first()?, &above, &roots);
                Some((lemma, root.unwrap_or(ROOTS.len())))
            })
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
        let (categories, nature) = match self {
            Self::Category(name) => {
                let categories = categories(name);
                let nature = nature(&categories);
                (categories, nature)
            }
            Self::Nature(nature) => (Vec::new(), nature),
        };
        Noun { categories, nature, count: Count::Ordinary }
    }
}

/// The root that is fewest steps above a synset. WordNet has no circles among its nouns; a file
/// that had some would end here all the same.
fn nearest_root(
    synset: u32,
    above: &HashMap<u32, Vec<u32>>,
    roots: &HashMap<u32, usize>,
) -> Option<usize> {
    let mut seen = HashSet::from([synset]);
    let mut queue = VecDeque::from([synset]);
    while let Some(synset) = queue.pop_front() {
        if let Some(root) = roots.get(&synset) {
            return Some(*root);
        }
        let hypernyms = above.get(&synset).into_iter().flatten();
        queue.extend(hypernyms.filter(|hypernym| seen.insert(**hypernym)));
    }
    None
}

/// Hands each line of a file over, the licence's lines left out.
fn each_line(folder: &Path, name: &str, mut read: impl FnMut(&str) -> Option<()>) -> Result<()> {
    let path = folder.join(name);
    let text = fs::read_to_string(&path).map_err(Error::io(&path))?;
    for (at, line) in text.lines().enumerate() {
        if line.starts_with("  ") || line.trim().is_empty() {
            continue;
        }
        read(line).ok_or_else(|| {
            Error::Data(format!(
                "{}, line {}: not a line of WordNet 3.0's {name} (see wndb(5WN))",
                path.display(),
                at + 1
            ))
        })?;
    }
    Ok(())
}

fn words(lemma: &str) -> Box<str> {
    lemma.replace(['_', '-'], " ").into()
}

/// Lemma and synsets: `lemma n senses pointers [pointer...] senses tagged offset [offset...]`.
fn index_line(line: &str) -> Option<(Box<str>, Vec<u32>)> {
    let mut fields = line.split_whitespace();
    let lemma = fields.next()?;
    let pointers: usize = fields.nth(2)?.parse().ok()?;
    let offsets = fields.skip(pointers.checked_add(2)?);
    let offsets: Option<Vec<u32>> = offsets.map(|offset| offset.parse().ok()).collect();
    Some((words(lemma), offsets.filter(|offsets| !offsets.is_empty())?))
}

/// Offset and hypernyms: `offset file type words(hex) [word id...] pointers [symbol offset part
/// fields...] | gloss`.
fn data_line(line: &str) -> Option<(u32, Vec<u32>)> {
    let mut fields = line.split(" | ").next()?.split_whitespace();
    let offset = fields.next()?.parse().ok()?;
    let count = usize::from_str_radix(fields.nth(2)?, 16).ok()?;
    let pointers: usize = fields.nth(count.checked_mul(2)?)?.parse().ok()?;
    let mut hypernyms = Vec::new();
    for _ in 0..pointers {
        let symbol = fields.next()?;
        let target = fields.next()?.parse().ok()?;
        fields.nth(1)?;
        if matches!(symbol, "@" | "@i") {
            hypernyms.push(target);
        }
    }
    Some((offset, hypernyms))
}

fn missing(folder: &Path, lemma: &str, sense: usize) -> Error {
    Error::Data(format!(
        "{}: index.noun has no sense {sense} of `{lemma}`; WordNet 3.0 has",
        folder.display()
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::language::{Concept, Lexicon, Names};
    use std::fmt::Write;

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
        assert!(error.contains("data.noun, line 2"), "{error}");
        fs::write(folder.path().join("index.noun"), "cake n 1 0 1 0 00000100\n").expect("a file");
        fs::write(folder.path().join("data.noun"), "").expect("a file");
        let error = refused(folder.path());
        assert!(error.contains("no sense 1 of `person`"), "{error}");
        fs::remove_file(folder.path().join("noun.exc")).expect("a file");
        let error = refused(folder.path());
        assert!(error.contains("noun.exc"), "{error}");
    }
}
