//! Pictures to files.

use crate::{Error, Picture, Result};
use image::codecs::jpeg::JpegEncoder;
use image::codecs::png::PngEncoder;
use image::{ExtendedColorType, ImageEncoder, ImageError};

impl Picture {
    /// The picture as PNG, without loss.
    ///
    /// # Errors
    /// [`Error::Refused`] where the encoder cannot hold it.
    pub fn to_png(&self) -> Result<Vec<u8>> {
        let (width, height) = self.dimensions();
        let mut file = Vec::new();
        PngEncoder::new(&mut file)
            .write_image(self.rgb(), width, height, ExtendedColorType::Rgb8)
            .map_err(|error| self.refused("as PNG", &error))?;
        Ok(file)
    }

    /// The picture as baseline JPEG; `quality` is libjpeg's, 1 to 100.
    ///
    /// # Errors
    /// [`Error::Refused`] for a side above 65,535 pixels, which the format cannot hold.
    pub fn to_jpeg(&self, quality: u8) -> Result<Vec<u8>> {
        let (width, height) = self.dimensions();
        let mut file = Vec::new();
        JpegEncoder::new_with_quality(&mut file, quality)
            .encode(self.rgb(), width, height, ExtendedColorType::Rgb8)
            .map_err(|error| self.refused("as JPEG", &error))?;
        Ok(file)
    }

    fn refused(&self, to: &str, error: &ImageError) -> Error {
        let (width, height) = self.dimensions();
        Error::Refused { width, height, to: to.into(), problem: error.to_string() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Limits;

    #[test]
    fn png_loses_nothing_and_jpeg_little() -> Result<()> {
        let rgb: Vec<u8> = (0..20 * 10 * 3).map(|i| (i / 3) as u8).collect();
        let picture = Picture::new(20, 10, rgb)?;
        let back = Picture::decode(&picture.to_png()?, Limits::default())?;
        assert_eq!(back, picture);
        let back = Picture::decode(&picture.to_jpeg(95)?, Limits::default())?;
        let steps = back.rgb().iter().zip(picture.rgb()).map(|(a, b)| a.abs_diff(*b));
        assert!(steps.max() < Some(16));
        Ok(())
    }

    #[test]
    fn what_a_format_cannot_hold_is_an_error() -> Result<()> {
        let long = Picture::new(70_000, 1, vec![0; 210_000])?;
        assert!(matches!(long.to_jpeg(85), Err(Error::Refused { width: 70_000, .. })));
        assert!(long.to_png().is_ok());
        Ok(())
    }
}
