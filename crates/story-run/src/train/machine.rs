//! `env.json`: on what machine, with how many threads and by which version a run was made, and each
//! session that went on with it.

use crate::config::Config;
use crate::error::Result;
use crate::host::Host;
use crate::run_folder::RunFolder;
use serde_json::{Map, Value, json};

/// The file's name.
const FILE: &str = "env.json";
/// The key of the list of later sessions.
const RESUMED: &str = "resumed";
/// What must be the same for the same bits, and how it is called in a sentence.
const DECIDES_BITS: [(&str, &str); 5] = [
    ("threads", "threads"),
    ("device", "device"),
    ("architecture", "architecture"),
    ("os", "operating system"),
    ("version", "version of this program"),
];

/// Writes down this session: of a new run as the record, of one that goes on from step `resumed` as
/// another one behind what is there. Warns where it differs from the first in what decides bits.
///
/// # Errors
/// Where it cannot be written.
pub fn note(config: &Config, folder: &RunFolder, resumed: Option<u64>, host: &Host) -> Result<()> {
    let now = record(config);
    let Some(step) = resumed else {
        return folder.write_json(FILE, &now);
    };
    let read = std::fs::read(folder.file(FILE)).ok();
    let read = read.and_then(|bytes| serde_json::from_slice::<Map<String, Value>>(&bytes).ok());
    let mut all = match read {
        Some(all) => all,
        None => {
            host.warn(&format!(
                "{}: cannot be read: what the run was begun on is not known, nor whether it goes on as an unbroken one would",
                folder.file(FILE).display()
            ));
            Map::new()
        }
    };
    let other = differences(&all, &now);
    if !other.is_empty() {
        host.warn(&format!(
            "the run was begun with other {}: it goes on, and its numbers are not bit for bit those of an unbroken run; {FILE} keeps both records",
            other.join(", ")
        ));
    }
    let mut session = Map::from_iter([("step".to_string(), json!(step))]);
    session.extend(now);
    match all.get_mut(RESUMED) {
        Some(Value::Array(sessions)) => sessions.push(Value::Object(session)),
        _ => {
            all.insert(RESUMED.into(), json!([session]));
        }
    }
    folder.write_json(FILE, &all)
}

/// Machine and program, for whoever compares runs.
fn record(config: &Config) -> Map<String, Value> {
    Map::from_iter([
        ("version".to_string(), json!(env!("CARGO_PKG_VERSION"))),
        ("os".to_string(), json!(std::env::consts::OS)),
        ("architecture".to_string(), json!(std::env::consts::ARCH)),
        ("threads".to_string(), json!(rayon::current_num_threads())),
        ("device".to_string(), json!(config.device)),
        ("seed".to_string(), json!(config.seed)),
    ])
}

/// In what `now` differs from the record `first`, in words with both values.
fn differences(first: &Map<String, Value>, now: &Map<String, Value>) -> Vec<String> {
    let different = DECIDES_BITS.iter().filter_map(|(key, name)| {
        let (before, after) = (first.get(*key)?, now.get(*key)?);
        (before != after).then(|| format!("{name} ({before}, now {after})"))
    });
    different.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::QUICKSTART;
    use crate::host::testing::Heard;

    #[test]
    fn every_session_is_kept_and_another_number_of_threads_is_said() -> Result<()> {
        let place = tempfile::tempdir()?;
        let folder = RunFolder::create(place.path(), "a")?;
        let (heard, host) = Heard::with_host();
        let config = Config::parse(QUICKSTART, &[])?;
        let read = || -> Value {
            let bytes = std::fs::read(folder.file(FILE)).expect("written");
            serde_json::from_slice(&bytes).expect("JSON")
        };
        note(&config, &folder, None, &host)?;
        let first = read();
        note(&config, &folder, Some(7), &host)?;
        assert_eq!(heard.warned(), [""; 0], "nothing has changed");
        let mut other = first.clone();
        other["threads"] = json!(97);
        folder.write_json(FILE, &other)?;
        note(&config, &folder, Some(9), &host)?;
        note(&config, &folder, Some(11), &host)?;
        let kept = read();
        assert_eq!(kept["threads"], 97, "the first record stays");
        assert_eq!((&kept[RESUMED][0]["step"], &kept[RESUMED][1]["step"]), (&json!(9), &json!(11)));
        assert_eq!(kept[RESUMED][1]["threads"], first["threads"]);
        let warnings = heard.warned();
        assert_eq!(warnings.len(), 2);
        assert!(warnings[0].contains("threads (97, now ") && warnings[0].contains("bit for bit"));
        Ok(())
    }
}
