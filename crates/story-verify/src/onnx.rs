//! The convolutions of an ONNX file, in the order in which it runs them.
//!
//! ONNX is a protocol buffer: fields of a number and a type, nested. Read is what a convolutional
//! network keeps its weights in; everything else is passed over:
//!
//! ```text
//! ModelProto  7 graph
//! GraphProto  1 node*, 5 initializer*
//! NodeProto   1 input*, 4 op_type
//! TensorProto 1 dims*, 2 data_type, 4 float_data*, 8 name, 9 raw_data, 14 data_location
//! ```
//! Source: `onnx/onnx.proto3` and the encoding rules of protocol buffers. Nothing is allocated that
//! is larger than the file.

mod wire;

use candle_core::{DType, Device, Tensor};
use std::collections::BTreeMap;
use std::path::Path;
use story_core::{Error, Result};
use story_files::guard::guarded;
use wire::{Field, Fields};

/// Protocol buffers end at 2 GiB.
const LARGEST_FILE: u64 = 2 << 30;
/// `TensorProto.DataType.FLOAT`.
const FLOAT: u64 = 1;
/// `TensorProto.DataLocation.EXTERNAL`.
const EXTERNAL: u64 = 1;

/// The weights of one convolution.
#[derive(Debug, Clone)]
pub(crate) struct Convolution {
    /// The kernel's name in the file.
    pub name: String,
    /// (Co, Ci / groups, kh, kw)
    pub kernel: Tensor,
    /// (Co); `None` where the file has none.
    pub bias: Option<Tensor>,
}

/// What is wrong with a file, without its name.
#[derive(Debug, PartialEq)]
pub(crate) struct Problem(String);

impl Problem {
    pub fn new(found: impl Into<String>) -> Self {
        Self(found.into())
    }

    fn damaged() -> Self {
        Self::new("no ONNX network, or one that is damaged or cut short; fetch the file again")
    }
}

/// Reads the file's convolutions in order.
///
/// # Errors
/// [`Error::Io`]; [`Error::Data`] naming the file where it is none of ONNX, is damaged, or keeps
/// weights in another form than 32-bit floats inside of it.
pub(crate) fn read(path: &Path) -> Result<Vec<Convolution>> {
    let bytes = story_files::read(path, LARGEST_FILE).map_err(Error::io(path))?;
    let parsed = guarded(|| parse(&bytes));
    let parsed = parsed.unwrap_or_else(|gave_up| Err(Problem::new(gave_up.to_string())));
    parsed.map_err(|Problem(found)| Error::Data(format!("{}: {found}", path.display())))
}

fn parse(bytes: &[u8]) -> std::result::Result<Vec<Convolution>, Problem> {
    let mut graph = None;
    for field in Fields::new(bytes) {
        if let (7, Field::Bytes(found)) = field? {
            graph = Some(found);
        }
    }
    let (mut tensors, mut nodes) = (BTreeMap::new(), Vec::new());
    for field in Fields::new(graph.ok_or_else(Problem::damaged)?) {
        match field? {
            (1, Field::Bytes(node)) => nodes.extend(convolution(node)?),
            (5, Field::Bytes(tensor)) => {
                let tensor = Stored::parse(tensor)?;
                tensors.insert(tensor.name, tensor);
            }
            _ => {}
        }
    }
    let find = |name: &str| {
        let tensor = tensors.get(name).ok_or_else(|| {
            Problem::new(format!(
                "the weights `{name}` of a convolution are no constant of the file; export it with constant folding"
            ))
        })?;
        tensor.tensor()
    };
    let convolutions = nodes.into_iter().map(|inputs| {
        let [_, kernel, rest @ ..] = inputs.as_slice() else {
            return Err(Problem::new("a convolution without weights"));
        };
        let bias = rest.first().filter(|name| !name.is_empty());
        Ok(Convolution {
            name: kernel.to_string(),
            kernel: find(kernel)?,
            bias: bias.map(|name| find(name)).transpose()?,
        })
    });
    convolutions.collect()
}

/// The inputs of a node, if it is a convolution.
fn convolution(node: &[u8]) -> std::result::Result<Option<Vec<&str>>, Problem> {
    let (mut inputs, mut kind) = (Vec::new(), &b""[..]);
    for field in Fields::new(node) {
        match field? {
            (1, Field::Bytes(name)) => inputs.push(text(name)?),
            (4, Field::Bytes(found)) => kind = found,
            _ => {}
        }
    }
    Ok((kind == b"Conv").then_some(inputs))
}

fn text(bytes: &[u8]) -> std::result::Result<&str, Problem> {
    std::str::from_utf8(bytes).map_err(|_| Problem::damaged())
}

/// A constant as it lies in the file.
struct Stored<'a> {
    name: &'a str,
    shape: Vec<u64>,
    kind: u64,
    location: u64,
    /// Little-endian numbers.
    data: &'a [u8],
}

impl<'a> Stored<'a> {
    fn parse(bytes: &'a [u8]) -> std::result::Result<Self, Problem> {
        let mut stored = Self { name: "", shape: Vec::new(), kind: 0, location: 0, data: &[] };
        for field in Fields::new(bytes) {
            match field? {
                (1, Field::Varint(length)) => stored.shape.push(length),
                (1, Field::Bytes(packed)) => stored.shape.extend(wire::varints(packed)?),
                (2, Field::Varint(kind)) => stored.kind = kind,
                (4 | 9, Field::Bytes(data)) => stored.data = data,
                (8, Field::Bytes(name)) => stored.name = text(name)?,
                (14, Field::Varint(location)) => stored.location = location,
                _ => {}
            }
        }
        Ok(stored)
    }

    fn tensor(&self) -> std::result::Result<Tensor, Problem> {
        let name = self.name;
        if self.kind != FLOAT || self.location == EXTERNAL {
            return Err(Problem::new(format!(
                "`{name}` is not stored as 32-bit floats inside of the file; export it so"
            )));
        }
        let shape: Vec<usize> = self.shape.iter().map(|&n| n as usize).collect();
        let bytes = shape.iter().try_fold(4usize, |n, &of| n.checked_mul(of));
        if bytes != Some(self.data.len()) {
            return Err(Problem::new(format!(
                "`{name}` of shape {shape:?} has {} bytes; the file is damaged",
                self.data.len()
            )));
        }
        let finite = |four: &[u8; 4]| f32::from_le_bytes(*four).is_finite();
        let (numbers, _) = self.data.as_chunks::<4>();
        if !numbers.iter().all(finite) {
            return Err(Problem::new(format!(
                "`{name}` holds values that are not finite; fetch the file again"
            )));
        }
        Tensor::from_raw_buffer(self.data, DType::F32, &shape, &Device::Cpu)
            .map_err(|error| Problem::new(format!("`{name}` cannot be read ({error})")))
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// A field of bytes.
    fn field(number: u8, bytes: &[u8]) -> Vec<u8> {
        let mut out = vec![number << 3 | 2];
        let mut length = bytes.len();
        while length > 0x7f {
            out.push((length & 0x7f) as u8 | 0x80);
            length >>= 7;
        }
        out.push(length as u8);
        out.extend_from_slice(bytes);
        out
    }

    fn tensor(name: &str, shape: &[u8], values: &[f32]) -> Vec<u8> {
        let data: Vec<u8> = values.iter().flat_map(|v| v.to_le_bytes()).collect();
        let kind = vec![2 << 3, FLOAT as u8];
        let parts = [field(1, shape), kind, field(8, name.as_bytes()), field(9, &data)];
        field(5, &parts.concat())
    }

    fn node(kind: &str, inputs: &[&str]) -> Vec<u8> {
        let mut inner: Vec<u8> = inputs.iter().flat_map(|i| field(1, i.as_bytes())).collect();
        inner.extend(field(4, kind.as_bytes()));
        field(1, &inner)
    }

    /// A file of a convolution of each kernel, with a bias of zeros.
    pub(crate) fn file(kernels: &[(Vec<u8>, Vec<f32>)]) -> Vec<u8> {
        let mut graph = Vec::new();
        for (at, (shape, values)) in kernels.iter().enumerate() {
            let (w, b) = (format!("w{at}"), format!("b{at}"));
            graph.extend(node("Conv", &["x", &w, &b]));
            graph.extend(node("Sigmoid", &["x"]));
            graph.extend(tensor(&w, shape, values));
            graph.extend(tensor(&b, &shape[..1], &vec![0.5; usize::from(shape[0])]));
        }
        [vec![1 << 3, 6], field(7, &graph)].concat()
    }

    #[test]
    fn convolutions_come_in_the_order_of_nodes() {
        let kernels = [(vec![2, 1, 1, 1], vec![1.0, 2.0]), (vec![1, 2, 1, 1], vec![3.0, 4.0])];
        let found = parse(&file(&kernels)).expect("a network");
        let names: Vec<&str> = found.iter().map(|conv| conv.name.as_str()).collect();
        assert_eq!(names, ["w0", "w1"]);
        assert_eq!(found[0].kernel.dims(), [2, 1, 1, 1]);
        let values = found[1].kernel.flatten_all().expect("numbers");
        assert_eq!(values.to_vec1::<f32>().expect("numbers"), [3.0, 4.0]);
        assert_eq!(found[1].bias.as_ref().expect("a bias").dims(), [1]);
    }

    #[test]
    fn a_file_cut_anywhere_is_an_error() {
        let whole = file(&[(vec![2, 1, 1, 1], vec![1.0, 2.0])]);
        for length in 0..whole.len() {
            assert!(parse(&whole[..length]).is_err(), "{length} of {}", whole.len());
        }
    }

    #[test]
    fn what_does_not_fit_is_named() {
        let said = |bytes: &[u8]| parse(bytes).expect_err("damaged").0;
        let short = file(&[(vec![2, 1, 1, 1], vec![1.0])]);
        assert!(said(&short).contains("`w0`"), "{}", said(&short));
        let infinite = file(&[(vec![1, 1, 1, 1], vec![f32::NAN])]);
        assert!(said(&infinite).contains("finite"));
        let none = field(7, &node("Conv", &["x", "w"]));
        assert!(said(&none).contains("`w`"));
        for foreign in [&b"<!doctype html>"[..], b"PK\x03\x04", &[0xff; 40]] {
            assert!(parse(foreign).is_err());
        }
    }
}
