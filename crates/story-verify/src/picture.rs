//! Decoded pictures as detectors see them.

use story_core::{Error, Result};

/// Pixels of a picture, upright: red, green and blue of the upper left pixel, then row by row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    width: u32,
    height: u32,
    rgb: Vec<u8>,
}

impl Picture {
    /// A picture of `width` x `height` pixels with three bytes each.
    ///
    /// # Errors
    /// [`Error::Data`] without area, or where the bytes are not three times the pixels.
    pub fn new(width: u32, height: u32, rgb: Vec<u8>) -> Result<Self> {
        let expected = u128::from(width) * u128::from(height) * 3;
        if expected == 0 || rgb.len() as u128 != expected {
            return Err(Error::Data(format!(
                "a picture of {width} x {height} pixels: expected {expected} bytes and an area, found {}",
                rgb.len()
            )));
        }
        Ok(Self { width, height, rgb })
    }

    /// Width and height, pixels; at least 1 each.
    pub fn dimensions(&self) -> (u32, u32) {
        (self.width, self.height)
    }

    /// Red, green and blue of all pixels, row by row.
    pub fn rgb(&self) -> &[u8] {
        &self.rgb
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_and_sides_must_agree() {
        assert!(Picture::new(2, 1, vec![0; 6]).is_ok());
        assert!(Picture::new(2, 1, vec![0; 5]).is_err());
        assert!(Picture::new(0, 9, Vec::new()).is_err());
        assert!(Picture::new(u32::MAX, u32::MAX, vec![0; 3]).is_err());
    }
}
