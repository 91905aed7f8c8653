//! A pickle machine: opcodes on a stack. It runs no code; what its calls mean is in
//! [`super::rebuild`].
//!
//! Opcodes: `pickletools.py` of CPython, the subset that PyTorch's own restricted reader
//! (`torch/_weights_only_unpickler.py`) takes. Values lie in one list and name each other by index,
//! so that sharing costs nothing and nesting cannot overflow the stack.

use super::super::parse::Problem;
use super::state::{StorageInfo, TensorInfo};
use std::collections::HashMap;

/// Place of a value.
pub(super) type Id = usize;

/// What a pickle says.
#[derive(Debug, Clone)]
pub(super) enum Value {
    /// A mark on the stack.
    Mark,
    /// None, a number of floating point, an attribute: read past.
    Opaque,
    Int(i64),
    Text(String),
    Global(String),
    Sequence(Vec<Id>),
    Dict(Vec<(Id, Id)>),
    Storage(StorageInfo),
    Tensor(TensorInfo),
}

/// All values of a pickle.
pub(super) struct Values {
    all: Vec<Value>,
    root: Id,
}

impl Values {
    /// The value that the pickle as a whole stands for.
    pub fn root(&self) -> &Value {
        &self.all[self.root]
    }

    /// The value at `id`.
    pub fn get(&self, id: Id) -> &Value {
        &self.all[id]
    }

    /// Every storage that is named, in order.
    pub fn storages(&self) -> impl Iterator<Item = &StorageInfo> {
        self.all.iter().filter_map(|value| match value {
            Value::Storage(storage) => Some(storage),
            _ => None,
        })
    }
}

/// Reads one pickle from the start of `bytes`; also says where it ends.
pub(super) fn unpickle(bytes: &[u8]) -> Result<(Values, usize), Problem> {
    let mut machine =
        Machine { bytes, position: 0, values: Vec::new(), stack: Vec::new(), memo: HashMap::new() };
    while machine.step()? {}
    let root = machine.pop()?;
    let values = Values { all: machine.values, root };
    Ok((values, machine.position))
}

pub(super) struct Machine<'a> {
    bytes: &'a [u8],
    position: usize,
    pub(super) values: Vec<Value>,
    stack: Vec<Id>,
    memo: HashMap<u64, Id>,
}

impl Machine<'_> {
    /// Carries out one opcode; false at the end.
    fn step(&mut self) -> Result<bool, Problem> {
        match self.byte()? {
            0x80 => self.skip(1)?,    // PROTO
            0x95 => self.skip(8)?,    // FRAME
            b'.' => return Ok(false), // STOP
            b'(' => self.push(Value::Mark),
            b'0' | b'b' => {
                self.pop()?; // POP, BUILD: the latter adds attributes such as `_metadata`
            }
            b'N' | 0x88 | 0x89 => self.push(Value::Opaque), // NONE, NEWTRUE, NEWFALSE
            b'G' => {
                self.skip(8)?; // BINFLOAT
                self.push(Value::Opaque);
            }
            b'K' => self.int(1)?,    // BININT1
            b'M' => self.int(2)?,    // BININT2
            b'J' => self.signed(4)?, // BININT
            0x8a => {
                let length = usize::from(self.byte()?); // LONG1
                self.signed(length)?;
            }
            b'X' | b'T' => self.text(4)?, // BINUNICODE, BINSTRING of Python 2
            0x8c | b'U' => self.text(1)?, // SHORT_BINUNICODE, SHORT_BINSTRING of Python 2
            b'c' => {
                let (module, name) = (self.line()?, self.line()?); // GLOBAL
                self.global(&module, &name)?;
            }
            0x93 => {
                let (name, module) = (self.pop()?, self.pop()?); // STACK_GLOBAL
                let (module, name) = (self.text_of(module)?, self.text_of(name)?);
                self.global(&module, &name)?;
            }
            b')' | b']' => self.push(Value::Sequence(Vec::new())), // EMPTY_TUPLE, EMPTY_LIST
            b'}' => self.push(Value::Dict(Vec::new())),            // EMPTY_DICT
            count @ 0x85..=0x87 => self.tuple(usize::from(count - 0x84))?, // TUPLE1 to TUPLE3
            b't' => {
                let items = self.pop_to_mark()?; // TUPLE
                self.push(Value::Sequence(items));
            }
            b'a' => {
                let item = self.pop()?; // APPEND
                self.append(vec![item])?;
            }
            b'e' => {
                let items = self.pop_to_mark()?; // APPENDS
                self.append(items)?;
            }
            b's' => {
                let (value, key) = (self.pop()?, self.pop()?); // SETITEM
                self.set_items(vec![key, value])?;
            }
            b'u' => {
                let items = self.pop_to_mark()?; // SETITEMS
                self.set_items(items)?;
            }
            b'q' => self.put(1)?,                          // BINPUT
            b'r' => self.put(4)?,                          // LONG_BINPUT
            0x94 => self.memoize(self.memo.len() as u64)?, // MEMOIZE
            b'h' => self.fetch(1)?,                        // BINGET
            b'j' => self.fetch(4)?,                        // LONG_BINGET
            b'Q' => self.persistent()?,                    // BINPERSID
            b'R' | 0x81 => self.reduce()?,                 // REDUCE, NEWOBJ
            other => {
                return Err(Problem::new(
                    format!("a pickle with the operation {other:#04x}, which no state dict needs"),
                    "save the state dict alone with torch.save, best as safetensors",
                ));
            }
        }
        Ok(true)
    }

    pub(super) fn push(&mut self, value: Value) {
        self.stack.push(self.values.len());
        self.values.push(value);
    }

    pub(super) fn pop(&mut self) -> Result<Id, Problem> {
        self.stack.pop().ok_or_else(broken)
    }

    fn top(&self) -> Result<Id, Problem> {
        self.stack.last().copied().ok_or_else(broken)
    }

    fn pop_to_mark(&mut self) -> Result<Vec<Id>, Problem> {
        let is_mark = |id: &Id| matches!(self.values[*id], Value::Mark);
        let mark = self.stack.iter().rposition(is_mark).ok_or_else(broken)?;
        let items = self.stack.split_off(mark + 1);
        self.stack.pop();
        Ok(items)
    }

    fn take(&mut self, count: usize) -> Result<&[u8], Problem> {
        let end = self.position.checked_add(count).ok_or_else(broken)?;
        let bytes = self.bytes.get(self.position..end).ok_or_else(broken)?;
        self.position = end;
        Ok(bytes)
    }

    fn skip(&mut self, count: usize) -> Result<(), Problem> {
        self.take(count).map(|_| ())
    }

    fn byte(&mut self) -> Result<u8, Problem> {
        Ok(self.take(1)?[0])
    }

    /// An unsigned number of up to eight bytes, little-endian.
    fn number(&mut self, count: usize) -> Result<u64, Problem> {
        let bytes = self.take(count)?;
        Ok(bytes.iter().rev().fold(0, |n, byte| n << 8 | u64::from(*byte)))
    }

    fn int(&mut self, count: usize) -> Result<(), Problem> {
        let value = self.number(count)?;
        self.push(Value::Int(value as i64));
        Ok(())
    }

    /// A number in two's complement; what does not fit 64 bits is no size of anything.
    fn signed(&mut self, count: usize) -> Result<(), Problem> {
        if count > 8 {
            self.skip(count)?;
            self.push(Value::Opaque);
            return Ok(());
        }
        let value = self.number(count)?;
        let unused = 64 - 8 * count as u32;
        // A shift by 64, for no bytes at all, leaves 0.
        let value = (value.checked_shl(unused).unwrap_or(0) as i64) >> unused.min(63);
        self.push(Value::Int(value));
        Ok(())
    }

    fn text(&mut self, length_bytes: usize) -> Result<(), Problem> {
        let length = self.number(length_bytes)?;
        let bytes = self.take(usize::try_from(length).map_err(|_| broken())?)?;
        let text = String::from_utf8(bytes.to_vec()).map_err(|_| broken())?;
        self.push(Value::Text(text));
        Ok(())
    }

    fn line(&mut self) -> Result<String, Problem> {
        let rest = &self.bytes[self.position..];
        let length = rest.iter().position(|b| *b == b'\n').ok_or_else(broken)?;
        let line = self.take(length + 1)?;
        Ok(String::from_utf8_lossy(&line[..length]).trim_end().to_string())
    }

    fn text_of(&self, id: Id) -> Result<String, Problem> {
        match &self.values[id] {
            Value::Text(text) => Ok(text.clone()),
            _ => Err(broken()),
        }
    }

    fn tuple(&mut self, count: usize) -> Result<(), Problem> {
        let start = self.stack.len().checked_sub(count).ok_or_else(broken)?;
        let items = self.stack.split_off(start);
        self.push(Value::Sequence(items));
        Ok(())
    }

    fn append(&mut self, mut items: Vec<Id>) -> Result<(), Problem> {
        let top = self.top()?;
        match &mut self.values[top] {
            Value::Sequence(list) => list.append(&mut items),
            _ => return Err(broken()),
        }
        Ok(())
    }

    fn set_items(&mut self, items: Vec<Id>) -> Result<(), Problem> {
        let top = self.top()?;
        match &mut self.values[top] {
            Value::Dict(dict) => dict.extend(items.chunks_exact(2).map(|pair| (pair[0], pair[1]))),
            _ => return Err(broken()),
        }
        Ok(())
    }

    fn put(&mut self, count: usize) -> Result<(), Problem> {
        let number = self.number(count)?;
        self.memoize(number)
    }

    fn memoize(&mut self, number: u64) -> Result<(), Problem> {
        let top = self.top()?;
        self.memo.insert(number, top);
        Ok(())
    }

    fn fetch(&mut self, count: usize) -> Result<(), Problem> {
        let number = self.number(count)?;
        let id = *self.memo.get(&number).ok_or_else(broken)?;
        self.stack.push(id);
        Ok(())
    }
}

/// A pickle that breaks its own rules.
pub(super) fn broken() -> Problem {
    Problem::damaged("the pickle of torch.save ends early or breaks its rules")
}
