//! Boxes drawn into pictures, with a name and legible on any ground.

use ab_glyph::{Font, FontRef, PxScale, ScaleFont, point};
use anyhow::{Context, Result};
use story_core::BoundingBox;
use story_pictures::Picture;

/// Red, green and blue.
pub type Rgb = [u8; 3];

/// Colours that colour-blind eyes tell apart (Okabe and Ito 2008, "Color Universal Design").
pub const PALETTE: [Rgb; 6] =
    [[230, 159, 0], [86, 180, 233], [0, 158, 115], [240, 228, 66], [213, 94, 0], [204, 121, 167]];

/// The border of a box, inside of it; what lies outside of the picture is left out.
pub fn outline(picture: &mut Picture, place: &BoundingBox, color: Rgb, thickness: i64) {
    let (width, height) = picture.dimensions();
    let BoundingBox { x1, y1, x2, y2 } = place.clamp(width, height);
    let (x1, y1, x2, y2) = (x1 as i64, y1 as i64, x2 as i64, y2 as i64);
    let (across, down) = (thickness.min(x2 - x1), thickness.min(y2 - y1));
    for (left, top, right, bottom) in [
        (x1, y1, x2, y1 + down),
        (x1, y2 - down, x2, y2),
        (x1, y1, x1 + across, y2),
        (x2 - across, y1, x2, y2),
    ] {
        fill(picture, (left, top), (right, bottom), color);
    }
}

/// Writes names beside boxes.
pub struct Labels {
    font: FontRef<'static>,
    /// Pixels from ascender to descender.
    size: f32,
}

impl Labels {
    /// For a picture of `width` x `height` pixels.
    pub fn new((width, height): (u32, u32)) -> Result<Self> {
        /// Legible at the size of the screen.
        const SMALLEST: f32 = 14.0;
        const LINES: f32 = 32.0;
        Ok(Self {
            font: FontRef::try_from_slice(dejavu::sans::bold()).context("the font is damaged")?,
            size: (width.min(height) as f32 / LINES).max(SMALLEST),
        })
    }

    /// How thick borders are beside this text, pixels.
    pub fn thickness(&self) -> i64 {
        ((self.size / 6.0) as i64).max(2)
    }

    /// `text` on a plate of `color` over the upper edge of the box, or in the box where there is
    /// no room above; moved into the picture.
    pub fn write(&self, picture: &mut Picture, place: &BoundingBox, text: &str, color: Rgb) {
        let scale = PxScale::from(self.size);
        let font = self.font.as_scaled(scale);
        let margin = (self.size / 4.0) as i64;
        let length: f32 = text.chars().map(|c| font.h_advance(font.glyph_id(c))).sum();
        let (width, height) = (length.ceil() as i64 + 2 * margin, self.size.ceil() as i64);
        let (limit, _) = picture.dimensions();
        let left = (place.x1 as i64).min(i64::from(limit) - width).max(0);
        let above = place.y1 as i64 - height;
        let top = if above < 0 { place.y1 as i64 } else { above }.max(0);
        fill(picture, (left, top), (left + width, top + height), color);
        let ink = ink_on(color);
        let mut pen = point((left + margin) as f32, top as f32 + font.ascent());
        for letter in text.chars() {
            let id = font.glyph_id(letter);
            let glyph = id.with_scale_and_position(scale, pen);
            pen.x += font.h_advance(id);
            let Some(shape) = self.font.outline_glyph(glyph) else {
                continue; // a blank
            };
            let corner = shape.px_bounds().min;
            shape.draw(|x, y, cover| {
                let (x, y) = (corner.x as i64 + i64::from(x), corner.y as i64 + i64::from(y));
                if let Some(pixel) = pixel(picture, x, y) {
                    for (value, ink) in pixel.iter_mut().zip(ink) {
                        let mixed = f32::from(*value) * (1.0 - cover) + f32::from(ink) * cover;
                        *value = mixed.round() as u8;
                    }
                }
            });
        }
    }
}

fn fill(picture: &mut Picture, from: (i64, i64), to: (i64, i64), color: Rgb) {
    let (width, height) = picture.dimensions();
    for y in from.1.max(0)..to.1.min(height.into()) {
        for x in from.0.max(0)..to.0.min(width.into()) {
            if let Some(pixel) = pixel(picture, x, y) {
                *pixel = color;
            }
        }
    }
}

fn pixel(picture: &mut Picture, x: i64, y: i64) -> Option<&mut Rgb> {
    picture.pixel_mut(x.try_into().ok()?, y.try_into().ok()?)
}

/// Black or white, whichever stands out (weights of ITU-R BT.601).
fn ink_on([r, g, b]: Rgb) -> Rgb {
    const MIDDLE: u32 = 128;
    let light = (299 * u32::from(r) + 587 * u32::from(g) + 114 * u32::from(b)) / 1000;
    [if light > MIDDLE { 0 } else { 255 }; 3]
}

#[cfg(test)]
mod tests {
    use super::*;

    const GREY: Rgb = [90; 3];

    fn grey(width: u32, height: u32) -> Picture {
        let rgb = GREY.repeat((width * height) as usize);
        Picture::new(width, height, rgb).expect("a picture")
    }

    #[test]
    fn a_border_has_its_thickness_and_stays_inside() {
        let mut picture = grey(20, 10);
        outline(&mut picture, &BoundingBox::new(5.0, 2.0, 40.0, 9.0), PALETTE[0], 2);
        let mut colored = |x, y| picture.pixel_mut(x, y).is_some_and(|pixel| *pixel == PALETTE[0]);
        assert!(colored(5, 2) && colored(6, 3) && colored(19, 5) && colored(10, 8));
        assert!(!colored(7, 4) && !colored(4, 2) && !colored(5, 9));
        let mut dot = grey(1, 1);
        outline(&mut dot, &BoundingBox::new(0.0, 0.0, 1.0, 1.0), PALETTE[0], 3);
        assert_eq!(dot.rgb(), PALETTE[0]);
    }

    #[test]
    fn a_label_is_written_above_its_box_and_inside_of_the_picture() {
        let labels = Labels::new((200, 100)).expect("a font");
        let written = |place| {
            let mut picture = grey(200, 100);
            labels.write(&mut picture, &place, "tram", PALETTE[3]);
            let pixels = || picture.rgb().chunks(3).enumerate();
            let plate = pixels().filter(|(_, pixel)| *pixel == PALETTE[3]);
            let black = pixels().filter(|(_, pixel)| *pixel == [0; 3]).count();
            (plate.map(|(at, _)| at / 200).max(), black)
        };
        let (lowest, ink) = written(BoundingBox::new(20.0, 50.0, 90.0, 90.0));
        assert!(lowest < Some(50) && lowest > Some(34) && ink > 20, "{lowest:?} {ink}");
        let (lowest, _) = written(BoundingBox::new(190.0, 3.0, 199.0, 90.0));
        assert!(lowest > Some(10), "{lowest:?}");
        let mut dot = grey(1, 1);
        labels.write(&mut dot, &BoundingBox::new(0.0, 0.0, 1.0, 1.0), "tram", PALETTE[0]);
    }
}
