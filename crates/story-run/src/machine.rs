//! `env.json`: on what machine, with how many threads, by which build of the program, when and by what
//! command a run was made, and each session that went on with it.

mod processor;

use crate::error::Result;
use crate::host::Host;
use crate::run_folder::RunFolder;
use crate::utc_time::UtcTime;
use serde_json::{Map, Value, json};

/// The file's name.
const FILE: &str = "env.json";
/// The key of the list of later sessions.
const RESUMED: &str = "resumed";
/// What stands where the system or the build does not tell.
const UNKNOWN: &str = "unknown";
/// What must be the same for the same bits, and how it is called in a sentence. Vector code is chosen
/// by the processor.
const DECIDES_BITS: [(&str, &str); 7] = [
    ("threads", "threads"),
    ("device", "device"),
    ("architecture", "architecture"),
    ("cpu", "processor"),
    ("os", "operating system"),
    ("version", "version of this program"),
    ("commit", "commit of this program"),
];

/// One session's work on a run, as it is written down.
pub(crate) struct Sitting<'a> {
    /// The config's device.
    pub device: &'a str,
    /// The config's seed.
    pub seed: u64,
    /// What was asked of the program.
    pub command: &'a str,
    /// What the program around brings.
    pub host: &'a Host,
}

impl Sitting<'_> {
    /// Writes the record of a new run.
    ///
    /// # Errors
    /// Where it cannot be written.
    pub fn begin(&self, folder: &RunFolder) -> Result<()> {
        folder.write_json(FILE, &self.record())
    }

    /// Writes this session behind what is there, as the one that goes on from `step`. Warns where it
    /// differs from the first in what decides bits.
    ///
    /// # Errors
    /// Where it cannot be written.
    pub fn go_on(&self, folder: &RunFolder, step: u64) -> Result<()> {
        let now = self.record();
        let read = std::fs::read(folder.file(FILE)).ok();
        let read = read.and_then(|bytes| serde_json::from_slice::<Map<String, Value>>(&bytes).ok());
        let mut all = match read {
            Some(all) => all,
            None => {
                self.host.warn(&format!(
                    "{}: cannot be read: what the run was begun on is not known, nor whether it goes on as an unbroken one would",
                    folder.file(FILE).display()
                ));
                Map::new()
            }
        };
        let other = differences(&all, &now);
        if !other.is_empty() {
            self.host.warn(&format!(
                "the run was begun with other {}: it goes on, and its numbers need not be bit for bit those of an unbroken run; {FILE} keeps both records",
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
    fn record(&self) -> Map<String, Value> {
        let cores = std::thread::available_parallelism().map(usize::from).ok();
        // Where the user's files lie is nobody's business; the run's own config names what it read.
        let command = story_report::without_paths(self.command);
        let entries = [
            ("version", json!(env!("CARGO_PKG_VERSION"))),
            ("commit", json!(self.host.commit().unwrap_or(UNKNOWN))),
            ("os", json!(std::env::consts::OS)),
            ("architecture", json!(std::env::consts::ARCH)),
            ("cpu", json!(processor::name().as_deref().unwrap_or(UNKNOWN))),
            ("cores", json!(cores)),
            ("memory_bytes", json!(story_kernels::total_memory_bytes())),
            ("threads", json!(rayon::current_num_threads())),
            ("device", json!(self.device)),
            ("seed", json!(self.seed)),
            ("date", json!(UtcTime::now().iso())),
            ("command", json!(command)),
        ];
        Map::from_iter(entries.map(|(key, value)| (key.to_string(), value)))
    }
}

/// In what `now` differs from the record `first`, in words with both values. What one of them lacks, as
/// those of earlier versions do, is no difference.
fn differences(first: &Map<String, Value>, now: &Map<String, Value>) -> Vec<String> {
    let different = DECIDES_BITS.iter().filter_map(|(key, name)| {
        let (before, after) = (first.get(*key)?, now.get(*key)?);
        let known = before != UNKNOWN && after != UNKNOWN;
        (known && before != after).then(|| format!("{name} ({before}, now {after})"))
    });
    different.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::host::testing::Heard;

    #[test]
    fn every_session_is_kept_and_another_number_of_threads_is_said() -> Result<()> {
        let place = tempfile::tempdir()?;
        let folder = RunFolder::create(place.path(), "a")?;
        let (heard, host) = Heard::with_host();
        let host = host.built_from("0123abc");
        let command = "story train --config /home/me/own.toml";
        let sitting = Sitting { device: "cpu", seed: 1, command, host: &host };
        let read = || -> Value {
            let bytes = std::fs::read(folder.file(FILE)).expect("written");
            serde_json::from_slice(&bytes).expect("JSON")
        };
        sitting.begin(&folder)?;
        let first = read();
        sitting.go_on(&folder, 7)?;
        assert_eq!(heard.warned(), [""; 0], "nothing has changed");
        let mut other = first.clone();
        other["threads"] = json!(97);
        folder.write_json(FILE, &other)?;
        sitting.go_on(&folder, 9)?;
        sitting.go_on(&folder, 11)?;
        let kept = read();
        assert_eq!(kept["threads"], 97, "the first record stays");
        assert_eq!((&kept[RESUMED][0]["step"], &kept[RESUMED][1]["step"]), (&json!(9), &json!(11)));
        assert_eq!(kept[RESUMED][1]["threads"], first["threads"]);
        let warnings = heard.warned();
        assert_eq!(warnings.len(), 2);
        assert!(warnings[0].contains("threads (97, now ") && warnings[0].contains("bit for bit"));
        Ok(())
    }

    #[test]
    fn a_record_says_the_build_the_machine_the_date_and_no_folder_of_the_user() -> Result<()> {
        let host = Host::silent();
        let command = "story train --config /home/me/own.toml --seed 3";
        let sitting = Sitting { device: "cpu", seed: 3, command, host: &host };
        let record = sitting.record();
        assert_eq!(record["commit"], UNKNOWN, "nobody has said it");
        let told = Sitting { host: &host.clone().built_from("0123abc-dirty"), ..sitting };
        assert_eq!(told.record()["commit"], "0123abc-dirty");
        assert_eq!(record["command"], "story train --config own.toml --seed 3");
        assert!(record["cores"].as_u64() >= Some(1));
        let date = record["date"].as_str().expect("a text");
        assert!(date.starts_with("20") && date.ends_with('Z') && date.len() == 20, "{date}");
        if cfg!(target_os = "linux") {
            assert!(record["memory_bytes"].as_u64() > Some(1 << 20));
        }
        Ok(())
    }

    #[test]
    fn what_a_record_of_before_lacks_is_no_difference() {
        let record = |pairs: &[(&str, &str)]| -> Map<String, Value> {
            pairs.iter().map(|(key, value)| (key.to_string(), json!(value))).collect()
        };
        let now = record(&[("version", "1"), ("commit", "b"), ("cpu", "x")]);
        assert_eq!(differences(&record(&[("version", "1")]), &now), [""; 0]);
        assert_eq!(differences(&record(&[("commit", UNKNOWN)]), &now), [""; 0]);
        let other = record(&[("version", "1"), ("commit", "a"), ("cpu", "x")]);
        assert_eq!(differences(&other, &now), ["commit of this program (\"a\", now \"b\")"]);
    }
}
