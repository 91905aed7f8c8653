//! GGUF: the one-file form of llama.cpp, with sizes, tokenizer and quantised weights of a language
//! model (<https://github.com/ggml-org/ggml/blob/master/docs/gguf.md>).
//!
//! The header is read by candle, which takes no memory for counts that the file is too short for;
//! here it is checked against the sizes that it names, before a number of a tensor is read.
//!
//! llama.cpp turns neighbours (2j, 2j + 1) of a head by its position where transformers turns
//! halves (j, j + d/2), and for architecture `llama` its converter reorders the rows of queries and
//! keys for that. Here they are put back, so that all networks turn halves.

mod metadata;
mod names;
mod tokenizer;

pub use tokenizer::GgufTokenizer;

use super::digest::hex;
use super::llama::{LlamaConfig, MatrixStorage};
use super::parse::{Problem, Raw, is_finite};
use super::{LoadedWeights, llama};
use candle_core::quantized::GgmlDType;
use candle_core::quantized::gguf_file::{Content, TensorInfo};
use candle_core::{Device, Tensor};
use metadata::Metadata;
use ring::digest::{Context, SHA256};
use std::collections::BTreeMap;
use std::fmt;
use std::fs::File;
use std::io::{BufReader, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use story_core::{Error, Result};
use story_files::guard::guarded;
use story_kernels::BlockMatrix;

/// The most numbers that a tensor may claim: its bytes are counted without overflow.
const MOST_NUMBERS: usize = 1 << 40;
/// What candle says of a number that stands for no way of storing a tensor.
const UNKNOWN_DTYPE: &str = "unknown dtype";
/// Ways of storing that products make of their other side: no file has them, and candle reads none.
const NOT_READ: [GgmlDType; 2] = [GgmlDType::Q8_1, GgmlDType::Q8K];
/// What can be done about a tensor in a way that is not read.
const READABLE: &str =
    "use a file in F32, F16, BF16, Q4_0, Q4_1, Q5_0, Q5_1, Q8_0, Q2_K, Q3_K, Q4_K, Q5_K or Q6_K";
/// The speeds' divisors among the tensors (Llama 3).
const ROPE_FACTORS: &str = "rope_freqs.weight";
/// Bytes read at once for the digest.
const CHUNK: usize = 1 << 20;

/// A GGUF whose header is read.
pub struct Gguf {
    path: PathBuf,
    content: Content,
    config: LlamaConfig,
    tokenizer: GgufTokenizer,
}

impl Gguf {
    /// Reads the header: sizes, tokenizer, and which tensors there are.
    ///
    /// # Errors
    /// [`Error::Io`]; [`Error::Data`] naming the file where it is damaged, of another architecture,
    /// quantised in an unknown way, or where tensors or tokenizer are not those of its sizes.
    pub fn open(path: &Path) -> Result<Self> {
        let file = story_files::open(path).map_err(Error::io(path))?;
        let opened = guarded(|| Self::read(path, BufReader::new(file)));
        match opened {
            Ok(Ok(gguf)) => Ok(gguf),
            Ok(Err(problem)) => Err(problem.of(path)),
            Err(gave_up) => Err(Problem::damaged(gave_up.to_string()).of(path)),
        }
    }

    fn read(path: &Path, mut file: BufReader<File>) -> std::result::Result<Self, Problem> {
        let mut content = Content::read(&mut file).map_err(|error| header_problem(&error))?;
        let metadata = Metadata::of(std::mem::take(&mut content.metadata));
        let architecture = metadata.architecture()?;
        for (name, info) in &content.tensor_infos {
            let mut dims = info.shape.dims().iter();
            let count = dims.try_fold(1usize, |count, side| count.checked_mul(*side));
            if count.is_none_or(|count| count == 0 || count > MOST_NUMBERS) {
                let found = format!("`{name}` is of shape {:?}", info.shape.dims());
                return Err(Problem::damaged(found));
            }
            if NOT_READ.contains(&info.ggml_dtype) {
                let found = format!("`{name}` is {:?}, which is not read", info.ggml_dtype);
                return Err(Problem::new(found, READABLE));
            }
        }
        let has = |name: &str| content.tensor_infos.contains_key(name);
        let embeddings = content.tensor_infos.get(names::EMBEDDINGS);
        let vocabulary = embeddings.and_then(|info| info.shape.dims().first().copied());
        let mut config = metadata.config(architecture, vocabulary.unwrap_or(0), has)?;
        if has(ROPE_FACTORS) {
            let factors = read_tensor(&content, &mut file, ROPE_FACTORS)?;
            let factors = factors.flatten_all().and_then(|factors| factors.to_vec1());
            config.rope_factors = Some(factors.map_err(|error| unreadable(ROPE_FACTORS, &error))?);
        }
        let config = config.checked()?;
        let shape =
            |(name, info): (&String, &TensorInfo)| (names::ours(name), info.shape.dims().to_vec());
        let tensors = content.tensor_infos.iter().filter(|(name, _)| *name != ROPE_FACTORS);
        let tensors: BTreeMap<String, Vec<usize>> = tensors.map(shape).collect();
        config.fits(&tensors, names::theirs)?;
        let tokenizer = GgufTokenizer::of(&metadata)?;
        if tokenizer.tokens.len() != config.vocabulary {
            return Err(Problem::new(
                format!(
                    "the tokenizer has {} tokens and the embedding {}",
                    tokenizer.tokens.len(),
                    config.vocabulary
                ),
                "the file was put together wrongly; use another",
            ));
        }
        Ok(Self { path: path.into(), content, config, tokenizer })
    }

    /// The network's sizes.
    pub fn config(&self) -> &LlamaConfig {
        &self.config
    }

    /// The tokenizer's parts.
    pub fn tokenizer(&self) -> &GgufTokenizer {
        &self.tokenizer
    }

    /// Reads every tensor, in f32 and under transformers' names; their identity is the SHA-256 of
    /// the file.
    ///
    /// # Errors
    /// [`Error::Io`]; [`Error::Data`] naming the file where it is cut short or the tensor where a
    /// value is not finite.
    pub fn weights(&self) -> Result<LoadedWeights> {
        self.weights_in(MatrixStorage::F32)
    }

    /// As [`weights`](Self::weights), with matrices as `storage` says.
    ///
    /// # Errors
    /// As there.
    pub fn weights_in(&self, storage: MatrixStorage) -> Result<LoadedWeights> {
        let path = self.path.as_path();
        let mut file = BufReader::new(File::open(path).map_err(Error::io(path))?);
        let mut raws = Vec::with_capacity(self.content.tensor_infos.len());
        let mut matrices = BTreeMap::new();
        for (published, info) in &self.content.tensor_infos {
            if published == ROPE_FACTORS {
                continue;
            }
            let name = names::ours(published);
            let read = guarded(|| -> std::result::Result<_, Problem> {
                match matrix_sizes(info) {
                    Some(sizes) if storage == MatrixStorage::AsStored => {
                        let matrix = self.matrix(&mut file, published, sizes)?;
                        matrices.insert(name.clone(), matrix);
                    }
                    _ => raws.push(Raw { name, tensor: self.tensor(&mut file, published)? }),
                }
                Ok(())
            });
            let read = read.unwrap_or_else(|gave_up| {
                Err(Problem::damaged(format!("`{published}`: {gave_up}")))
            });
            read.map_err(|problem| problem.of(path))?;
        }
        let identity = file_digest(&mut file).map_err(Error::io(path))?;
        Ok(LoadedWeights::found(raws, identity, path.into()).with_matrices(matrices))
    }

    /// A matrix `(rows, columns)` in its blocks. Rows change places as those of a tensor do.
    fn matrix(
        &self,
        file: &mut BufReader<File>,
        published: &str,
        (rows, columns): (usize, usize),
    ) -> std::result::Result<BlockMatrix, Problem> {
        let mut made = || -> candle_core::Result<BlockMatrix> {
            let stored = self.content.tensor(file, published, &Device::Cpu)?;
            let bytes = stored.data()?;
            let bytes = Tensor::from_slice(&bytes, (rows, bytes.len() / rows), &Device::Cpu)?;
            let bytes = names::halves(&bytes, published, &self.config)?.flatten_all()?;
            BlockMatrix::new(stored.dtype(), &bytes.to_vec1::<u8>()?, rows, columns)
        };
        made().map_err(|error| unreadable(published, &error))
    }

    fn tensor(
        &self,
        file: &mut BufReader<File>,
        published: &str,
    ) -> std::result::Result<Tensor, Problem> {
        let tensor = read_tensor(&self.content, file, published)?;
        let tensor = names::halves(&tensor, published, &self.config);
        let tensor = tensor.map_err(|error| unreadable(published, &error))?;
        if is_finite(&tensor) { Ok(tensor) } else { Err(Problem::not_finite(published)) }
    }
}

impl fmt::Debug for Gguf {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let tensors = self.content.tensor_infos.len();
        out.debug_struct("Gguf")
            .field("path", &self.path)
            .field("config", &self.config)
            .field("tensors", &tensors)
            .finish()
    }
}

/// Rows and columns of a matrix that can stay in its blocks.
fn matrix_sizes(info: &TensorInfo) -> Option<(usize, usize)> {
    let sizes = info.shape.dims2().ok()?;
    BlockMatrix::holds(info.ggml_dtype, sizes.1).then_some(sizes)
}

fn read_tensor(
    content: &Content,
    file: &mut BufReader<File>,
    name: &str,
) -> std::result::Result<Tensor, Problem> {
    let tensor = content.tensor(file, name, &Device::Cpu);
    let tensor = tensor.and_then(|tensor| tensor.dequantize(&Device::Cpu));
    tensor.map_err(|error| unreadable(name, &error))
}

fn unreadable(name: &str, error: &candle_core::Error) -> Problem {
    Problem::damaged(format!("`{name}` cannot be read ({})", said(error)))
}

/// What candle says, without the backtrace that it may add.
fn said(error: &candle_core::Error) -> String {
    error.to_string().lines().next().unwrap_or_default().to_string()
}

/// What is wrong with a header that candle does not read.
fn header_problem(error: &candle_core::Error) -> Problem {
    let said = said(error);
    if said.contains(UNKNOWN_DTYPE) {
        return Problem::new(
            format!("a tensor is quantised in a way that cannot be read ({said})"),
            READABLE,
        );
    }
    Problem::damaged(format!("the GGUF header cannot be read ({said})"))
}

/// The SHA-256 of the whole file, in hexadecimal digits.
fn file_digest(file: &mut BufReader<File>) -> std::io::Result<String> {
    file.seek(SeekFrom::Start(0))?;
    let (mut digest, mut chunk) = (Context::new(&SHA256), vec![0; CHUNK]);
    loop {
        match file.read(&mut chunk)? {
            0 => return Ok(hex(digest.finish().as_ref())),
            count => digest.update(&chunk[..count]),
        }
    }
}
