//! The encoding of protocol buffers: a key (field number times eight plus a type), then a value.
//!
//! ```text
//! 0 varint: seven bits a byte, lowest first, the eighth says that more come
//! 1 eight bytes        2 a length (varint) and so many bytes        5 four bytes
//! ```

use super::Problem;

/// A field's value.
#[derive(Debug, PartialEq)]
pub(super) enum Field<'a> {
    Varint(u64),
    Bytes(&'a [u8]),
    /// Four or eight bytes, which nothing here needs.
    Fixed,
}

/// The fields of a message; ends after the first error.
pub(super) struct Fields<'a>(&'a [u8]);

impl<'a> Fields<'a> {
    pub fn new(message: &'a [u8]) -> Self {
        Self(message)
    }

    fn field(&mut self) -> Option<(u64, Field<'a>)> {
        let key = varint(&mut self.0)?;
        let value = match key & 7 {
            0 => Field::Varint(varint(&mut self.0)?),
            1 => self.skip(8)?,
            2 => {
                let length = usize::try_from(varint(&mut self.0)?).ok()?;
                let (bytes, rest) = self.0.split_at_checked(length)?;
                self.0 = rest;
                Field::Bytes(bytes)
            }
            5 => self.skip(4)?,
            _ => return None,
        };
        Some((key >> 3, value))
    }

    fn skip(&mut self, count: usize) -> Option<Field<'a>> {
        self.0 = self.0.get(count..)?;
        Some(Field::Fixed)
    }
}

impl<'a> Iterator for Fields<'a> {
    type Item = Result<(u64, Field<'a>), Problem>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.0.is_empty() {
            return None;
        }
        let field = self.field();
        if field.is_none() {
            self.0 = &[];
        }
        Some(field.ok_or_else(Problem::damaged))
    }
}

/// Varints one after the other.
pub(super) fn varints(mut bytes: &[u8]) -> Result<Vec<u64>, Problem> {
    let mut out = Vec::new();
    while !bytes.is_empty() {
        out.push(varint(&mut bytes).ok_or_else(Problem::damaged)?);
    }
    Ok(out)
}

fn varint(bytes: &mut &[u8]) -> Option<u64> {
    /// So many bytes hold 64 bits.
    const LONGEST: usize = 10;
    let mut value = 0u64;
    for at in 0..LONGEST {
        let (&byte, rest) = bytes.split_first()?;
        *bytes = rest;
        value |= u64::from(byte & 0x7f) << (7 * at);
        if byte & 0x80 == 0 {
            return Some(value);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_of_every_type() {
        let message = [
            &[0x08, 0x96, 0x01][..], // field 1: 150
            &[0x12, 2, 7, 8],        // field 2: two bytes
            &[0x1d, 0, 0, 0, 0],     // field 3: four bytes
            &[0x21, 0, 0, 0, 0, 0, 0, 0, 0],
        ]
        .concat();
        let found: Result<Vec<_>, _> = Fields::new(&message).collect();
        let expected = vec![
            (1, Field::Varint(150)),
            (2, Field::Bytes(&[7, 8])),
            (3, Field::Fixed),
            (4, Field::Fixed),
        ];
        assert_eq!(found.expect("fields"), expected);
        assert_eq!(varints(&[1, 0x96, 1]).expect("numbers"), [1, 150]);
    }

    #[test]
    fn what_ends_early_is_an_error() {
        for message in [&[0x08][..], &[0x12, 9, 1], &[0x1d, 0], &[0x0b], &[0xff; 12]] {
            assert!(Fields::new(message).any(|field| field.is_err()), "{message:?}");
        }
    }
}
