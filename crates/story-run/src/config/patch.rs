//! `--set key.path=value`, and the nearest known name for a wrong one.

use crate::error::{Error, Result};
use toml::{Table, Value};

/// Keys that a config may lack: those that came later, so that configs of before keep their bytes.
/// Where they do not fit, reading the patched config says so.
const OPTIONAL: [&str; 15] = [
    "data.pictures",
    "data.source.channels",
    "data.source.test",
    "evaluate.generation.repetition_penalty",
    "evaluate.generation.strategy.candidates",
    "evaluate.generation.strategy.utility",
    "evaluate.text_pool",
    "model.painter_told",
    "model.step_words",
    "model.text_decoder.boundary",
    "model.text_decoder.pictures",
    "model.text_decoder.storage",
    "model.text_decoder.trains",
    "objective.aligned",
    "objective.structure_weight",
];

/// Sets one value. The key must be there already, since a config holds every value but
/// those that came later; a value that is no TOML is taken as text.
pub fn apply(table: &mut Table, patch: &str) -> Result<()> {
    let Some((key, text)) = patch.split_once('=') else {
        return Err(Error::Config(format!(
            "--set {patch}: expected KEY=VALUE, such as train.learning_rate=3e-4"
        )));
    };
    let names: Vec<&str> = key.trim().split('.').collect();
    let (last, parents) = names.split_last().expect("invariant: split gives at least one part");
    let mut here = table;
    for name in parents {
        let problem = missing(here, name, key);
        here = here.get_mut(*name).and_then(Value::as_table_mut).ok_or(problem)?;
    }
    if !here.contains_key(*last) && !OPTIONAL.contains(&key.trim()) {
        return Err(missing(here, last, key));
    }
    let value = value(text.trim());
    // An integer given for a number with a fraction is meant as one.
    let value = match (here.get(*last), value) {
        (Some(Value::Float(_)), Value::Integer(integer)) => Value::Float(integer as f64),
        (_, value) => value,
    };
    here.insert((*last).to_string(), value);
    Ok(())
}

fn value(text: &str) -> Value {
    let parsed = format!("value = {text}").parse::<Table>().ok();
    parsed
        .and_then(|mut table| table.remove("value"))
        .unwrap_or_else(|| Value::String(text.to_string()))
}

fn missing(table: &Table, name: &str, key: &str) -> Error {
    let known: Vec<&str> = table.keys().map(String::as_str).collect();
    let hint = nearest(name, &known).map_or(".".to_string(), |n| format!("; did you mean `{n}`?"));
    Error::Config(format!(
        "--set {key}: there is no `{name}` here{hint} Known: {}",
        known.join(", ")
    ))
}

/// What helps where patches that choose another `kind` leave the old one's keys behind.
pub fn kind_hint(message: &str, patches: &[String]) -> &'static str {
    let chooses_kind = |patch: &String| {
        let key = patch.split('=').next().unwrap_or_default();
        key.trim().ends_with(".kind")
    };
    if message.contains(" field `") && patches.iter().any(chooses_kind) {
        "\nanother kind has other keys: set its whole table, such as \
         --set 'data.source={kind=\"folder\",path=\"stories\"}'"
    } else {
        ""
    }
}

/// The known name nearest to `name` by edit distance.
pub fn nearest<'a>(name: &str, known: &[&'a str]) -> Option<&'a str> {
    /// Farther than this is another word, not a typing error.
    const FARTHEST: f64 = 0.6;
    known
        .iter()
        .map(|candidate| (strsim::normalized_damerau_levenshtein(name, candidate), *candidate))
        .filter(|(similarity, _)| *similarity >= 1.0 - FARTHEST)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, candidate)| candidate)
}

/// The nearest known name, read out of serde's "unknown field `x`, expected one of `a`, `b`".
pub fn nearest_in_message(message: &str) -> Option<String> {
    let rest =
        message.split_once("unknown field").or_else(|| message.split_once("unknown variant"))?.1;
    let mut names = rest.split('`').skip(1).step_by(2);
    let wrong = names.next()?;
    let known: Vec<&str> = names.collect();
    nearest(wrong, &known).map(str::to_string)
}

#[cfg(test)]
mod tests {
    use super::OPTIONAL;
    use std::collections::BTreeSet;

    /// The page of all keys is made from the types, so that it knows each that may be left out.
    #[test]
    fn every_key_that_may_be_left_out_can_be_set() {
        let page = include_str!("../../../../docs/config.md");
        let keys = page.lines().filter(|line| line.contains("` [optional]"));
        let keys: BTreeSet<&str> = keys.filter_map(|line| line.split('`').nth(1)).collect();
        assert_eq!(keys, BTreeSet::from(OPTIONAL));
    }
}
