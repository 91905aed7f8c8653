//! Where METEOR's files are: in the published jar, or in a folder.

use crate::error::Result;
use crate::resource;
use std::io::Read;
use std::path::{Path, PathBuf};

pub(super) const METEOR: resource::Source = resource::Source {
    expected: "METEOR 1.5's data for English",
    remedy: "give meteor-1.5.jar with data/paraphrase-en.gz beside it (both are in the folder meteor \
             of the PyPI package pycocoevalcap), or a folder with the jar's files",
};

const JAR: &str = "meteor-1.5.jar";
/// Where the paraphrase table may lie, from the folder of the jar.
const TABLES: [&str; 4] =
    ["data/paraphrase-en.gz", "paraphrase-en.gz", "data/paraphrase-en", "paraphrase-en"];

/// The files of METEOR.
#[derive(Debug)]
pub(super) struct Source {
    folder: PathBuf,
    /// The jar, unless its files lie in the folder.
    jar: Option<PathBuf>,
}

impl Source {
    /// A jar, or a folder that has one or has its files.
    pub(super) fn open(path: &Path) -> Result<Self> {
        if path.is_file() {
            let folder = path.parent().unwrap_or(Path::new("")).to_path_buf();
            let jar = Some(path.to_path_buf());
            return Ok(Self { folder, jar });
        }
        if !path.is_dir() {
            return Err(METEOR.error(path, "nothing"));
        }
        let jar = path.join(JAR);
        Ok(Self { folder: path.to_path_buf(), jar: jar.is_file().then_some(jar) })
    }

    /// A text of the jar or folder, and the path for errors.
    pub(super) fn text(&self, name: &str) -> Result<(PathBuf, String)> {
        let file = match &self.jar {
            Some(jar) => jar.join(name),
            None => self.folder.join(name),
        };
        let bytes = match &self.jar {
            Some(jar) => jar_entry(jar, name)?,
            None => METEOR.bytes(&file)?,
        };
        let text = METEOR.utf8(&file, bytes)?;
        Ok((file, text))
    }

    /// The paraphrase table as a stream.
    pub(super) fn paraphrases(&self) -> Result<(PathBuf, Box<dyn Read + Send>)> {
        let places = TABLES.iter().map(|table| self.folder.join(table));
        let Some(path) = places.into_iter().find(|place| place.is_file()) else {
            return Err(METEOR.error(&self.folder.join(TABLES[0]), "nothing"));
        };
        let file =
            std::fs::File::open(&path).map_err(|error| METEOR.error(&path, error.to_string()))?;
        let table = match path.extension() {
            Some(_) => inflated(&path, file)?,
            None => Box::new(file),
        };
        Ok((path, table))
    }
}

#[cfg(feature = "meteor-data")]
fn jar_entry(jar: &Path, name: &str) -> Result<Vec<u8>> {
    let file = std::fs::File::open(jar).map_err(|error| METEOR.error(jar, error.to_string()))?;
    let mut archive = zip::ZipArchive::new(file)
        .map_err(|error| METEOR.error(jar, format!("no jar: {error}")))?;
    let mut entry = archive
        .by_name(name)
        .map_err(|error| METEOR.error(jar, format!("a jar without {name}: {error}")))?;
    let mut bytes = Vec::new();
    entry
        .read_to_end(&mut bytes)
        .map_err(|error| METEOR.error(&jar.join(name), format!("damaged data: {error}")))?;
    Ok(bytes)
}

#[cfg(feature = "meteor-data")]
fn inflated(_: &Path, file: std::fs::File) -> Result<Box<dyn Read + Send>> {
    const BUFFER: usize = 1 << 18;
    let file = std::io::BufReader::with_capacity(BUFFER, file);
    Ok(Box::new(flate2::bufread::MultiGzDecoder::new(file)))
}

#[cfg(not(feature = "meteor-data"))]
const PLAIN: &str = "a compressed file, which this build cannot read (unpack it, or build with the feature meteor-data)";

#[cfg(not(feature = "meteor-data"))]
fn jar_entry(jar: &Path, _: &str) -> Result<Vec<u8>> {
    Err(METEOR.error(jar, PLAIN))
}

#[cfg(not(feature = "meteor-data"))]
fn inflated(path: &Path, _: std::fs::File) -> Result<Box<dyn Read + Send>> {
    Err(METEOR.error(path, PLAIN))
}
