//! Weights in memory: tensors by name, in f32 on the CPU; and where that is asked for, matrices in
//! the quantised blocks of their file.

use super::digest::{hex, sha256};
use super::parse::{Problem, Raw, parse};
use candle_core::{DType, Device, Tensor};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};
use story_core::{Error, Result};
use story_files::{MOST_TEXT_BYTES, MOST_WEIGHT_BYTES};
use story_kernels::BlockMatrix;

/// Published weights. Clones share the tensors.
#[derive(Clone)]
pub struct LoadedWeights {
    /// By the name under which parts ask.
    tensors: BTreeMap<String, Entry>,
    matrices: BTreeMap<String, BlockMatrix>,
    identity: String,
    source: PathBuf,
    files: Vec<WeightsFile>,
}

/// A file that weights were read from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WeightsFile {
    /// Its name, without the folder.
    pub name: String,
    /// The SHA-256 of its bytes in hexadecimal digits.
    pub sha256: String,
}

#[derive(Clone)]
struct Entry {
    tensor: Tensor,
    /// The name in the file.
    published: String,
}

impl LoadedWeights {
    /// Reads one file, or all shards of one; the format is told by the content. Half precision is
    /// widened to f32. No code in a file is ever run.
    ///
    /// # Errors
    /// [`Error::Io`]; [`Error::Data`] naming the file where it is damaged or foreign, the tensor
    /// where a value is not finite or of a kind that cannot be read, and the remedy.
    pub fn read(files: &[PathBuf]) -> Result<Self> {
        let Some(source) = files.first() else {
            return Err(Error::Config(
                "weights: there is no file to read; `random` and `formula` have none".into(),
            ));
        };
        let mut tensors = BTreeMap::new();
        let mut read = Vec::new();
        for path in files {
            let bytes = story_files::read(path, MOST_WEIGHT_BYTES).map_err(Error::io(path))?;
            let digest = hex(&sha256(&bytes));
            expect_blob(path, &digest)?;
            read.push(WeightsFile::new(path, digest));
            for Raw { name, tensor } in parse(&bytes).map_err(|problem| problem.of(path))? {
                let entry = Entry { tensor, published: name.clone() };
                if tensors.insert(name.clone(), entry).is_some() {
                    let found = format!("`{name}` is there twice");
                    return Err(Problem::damaged(found).of(path));
                }
            }
        }
        let identity = match read.as_slice() {
            [single] => single.sha256.clone(),
            several => {
                let digests: Vec<&str> = several.iter().map(|file| &*file.sha256).collect();
                hex(&sha256(digests.join("\n").as_bytes()))
            }
        };
        Ok(Self::of(tensors, identity, source.clone(), read))
    }

    /// Weights that lie in memory already; `source` names them in messages. Their identity comes
    /// from names, shapes and values.
    ///
    /// # Errors
    /// As [`read`](Self::read) for a value that is not finite.
    pub fn from_tensors(
        tensors: impl IntoIterator<Item = (String, Tensor)>,
        source: &str,
    ) -> Result<Self> {
        let (mut out, mut content) = (BTreeMap::new(), Vec::new());
        for (published, tensor) in tensors {
            let tensor = tensor.to_device(&Device::Cpu)?.to_dtype(DType::F32)?;
            let tensor = tensor.contiguous()?;
            out.insert(published.clone(), Entry { tensor, published });
        }
        for (name, entry) in &out {
            content.extend_from_slice(format!("{name} {:?}\n", entry.tensor.dims()).as_bytes());
            let values = entry.tensor.flatten_all()?.to_vec1::<f32>()?;
            if values.iter().any(|value| !value.is_finite()) {
                return Err(Problem::not_finite(name).of(Path::new(source)));
            }
            content.extend(values.iter().flat_map(|value| value.to_le_bytes()));
        }
        let identity = hex(&sha256(&content));
        Ok(Self::of(out, identity, source.into(), Vec::new()))
    }

    /// Tensors as they were found in the file `source`, whose digest is `identity`.
    pub(super) fn found(raws: Vec<Raw>, identity: String, source: PathBuf) -> Self {
        let entry = |Raw { name, tensor }| (name.clone(), Entry { tensor, published: name });
        let files = vec![WeightsFile::new(&source, identity.clone())];
        Self::of(raws.into_iter().map(entry).collect(), identity, source, files)
    }

    fn of(
        tensors: BTreeMap<String, Entry>,
        identity: String,
        source: PathBuf,
        files: Vec<WeightsFile>,
    ) -> Self {
        Self { tensors, matrices: BTreeMap::new(), identity, source, files }
    }

    /// The same with matrices that stay in the blocks of the file.
    pub(super) fn with_matrices(self, matrices: BTreeMap<String, BlockMatrix>) -> Self {
        Self { matrices, ..self }
    }

    /// Matrices that stayed in the blocks of the file, by name; they are no [`tensors`](Self::tensors).
    pub fn matrices(&self) -> &BTreeMap<String, BlockMatrix> {
        &self.matrices
    }

    /// Every tensor with its name, sorted by name.
    pub fn tensors(&self) -> impl Iterator<Item = (&str, &Tensor)> {
        self.tensors.iter().map(|(name, entry)| (name.as_str(), &entry.tensor))
    }

    /// The tensor called `name`.
    pub fn get(&self, name: &str) -> Option<&Tensor> {
        self.tensors.get(name).map(|entry| &entry.tensor)
    }

    /// All names, sorted.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.tensors.keys().map(String::as_str)
    }

    /// The name that the file has for `name`.
    pub(super) fn published(&self, name: &str) -> Option<&str> {
        self.tensors.get(name).map(|entry| entry.published.as_str())
    }

    /// The SHA-256 of the file in hexadecimal digits; of several, that of their digests.
    pub fn identity(&self) -> &str {
        &self.identity
    }

    /// The files in the order in which they were read; none of weights that lay in memory.
    pub fn files(&self) -> &[WeightsFile] {
        &self.files
    }

    /// The file, or the first of several.
    pub fn source(&self) -> &Path {
        &self.source
    }

    /// Gives each name as `name` tells it, or leaves the tensor out where that is `None`: names of
    /// one publisher onto those that a part asks for.
    ///
    /// # Errors
    /// [`Error::Config`] where two tensors would get one name.
    pub fn rename(self, name: impl Fn(&str) -> Option<String>) -> Result<Self> {
        let mut tensors: BTreeMap<String, Entry> = BTreeMap::new();
        for (old, entry) in self.tensors {
            let Some(new) = name(&old) else { continue };
            if let Some(other) = tensors.get(&new) {
                return Err(Error::Config(format!(
                    "{}: `{}` and `{}` would both be called `{new}`; mend the mapping of names",
                    self.source.display(),
                    other.published,
                    entry.published
                )));
            }
            tensors.insert(new, entry);
        }
        Ok(Self { tensors, ..self })
    }
}

impl WeightsFile {
    /// A file that is published beside weights, such as their tokenizer's.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn read(path: &Path) -> Result<Self> {
        let bytes = story_files::read(path, MOST_TEXT_BYTES).map_err(Error::io(path))?;
        Ok(Self::new(path, hex(&sha256(&bytes))))
    }

    fn new(path: &Path, sha256: String) -> Self {
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned());
        Self { name: name.unwrap_or_default(), sha256 }
    }
}

impl fmt::Debug for LoadedWeights {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("LoadedWeights")
            .field("source", &self.source)
            .field("identity", &self.identity)
            .field("tensors", &self.tensors.len())
            .finish()
    }
}

/// A file of the Hub's cache is named by its digest; then the bytes must be those.
fn expect_blob(path: &Path, digest: &str) -> Result<()> {
    let Ok(real) = path.canonicalize() else {
        return Ok(());
    };
    let part = |path: Option<&Path>| {
        let name = path.and_then(Path::file_name);
        name.map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
    };
    let name = part(Some(&real));
    let is_digest = name.len() == digest.len() && name.bytes().all(|b| b.is_ascii_hexdigit());
    if part(real.parent()) != "blobs" || !is_digest || name == digest {
        return Ok(());
    }
    let found = format!("the bytes have the SHA-256 {digest}, the Hub announced {name}");
    let remedy = format!("delete {} and run `story fetch models` again", real.display());
    Err(Problem::new(found, remedy).of(path))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn weights(names: &[&str]) -> Result<LoadedWeights> {
        let tensors = names.iter().enumerate().map(|(index, name)| {
            let tensor = Tensor::full(index as f32, 2, &Device::Cpu).expect("a tensor");
            (name.to_string(), tensor)
        });
        LoadedWeights::from_tensors(tensors, "memory")
    }

    #[test]
    fn names_are_mapped_and_collisions_refused() -> Result<()> {
        let bare = |name: &str| Some(name.strip_prefix("bert.").unwrap_or(name).to_string());
        let mapped = weights(&["bert.a", "bert.b", "cls"])?.rename(bare)?;
        assert_eq!(mapped.names().collect::<Vec<_>>(), ["a", "b", "cls"]);
        assert_eq!(mapped.published("a"), Some("bert.a"));
        let mapped = mapped.rename(|name| (name != "cls").then(|| format!("x.{name}")))?;
        assert_eq!(mapped.names().collect::<Vec<_>>(), ["x.a", "x.b"]);
        let error = weights(&["bert.a", "a"])?.rename(bare);
        let message = error.expect_err("a collision").to_string();
        assert!(message.contains("`bert.a`") && message.contains("memory"), "{message}");
        Ok(())
    }

    #[test]
    fn identity_follows_the_content() -> Result<()> {
        let identity = |names: &[&str]| weights(names).map(|w| w.identity().to_string());
        assert_eq!(identity(&["a", "b"])?, identity(&["a", "b"])?);
        assert_ne!(identity(&["a", "b"])?, identity(&["a", "c"])?);
        assert_ne!(identity(&["a", "b"])?, identity(&["b", "a"])?);
        Ok(())
    }
}
