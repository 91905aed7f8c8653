//! A list of shapes in logical pixels, x to the right and y down, that becomes SVG and PNG by the
//! same plotters calls. Both are written at [`SCALE`] times the logical size, so that whole pixels
//! are fine enough.

use super::palette::{Color, PAPER};
use crate::error::{ReportError, Result};
use crate::saved_pictures;
use crate::visible::visible;
use image::RgbImage;
use plotters::prelude::*;
use plotters::style::Color as _;
use plotters::style::register_font;
use plotters::style::text_anchor::{HPos, Pos, VPos};
use std::sync::OnceLock;

/// Pixels of a file for each logical pixel.
const SCALE: f64 = 2.0;
/// The PNG is rasterised so much larger and averaged down: plotters sets glyphs on whole pixels and
/// leaves wide lines unsmoothed.
const OVERSAMPLING: u32 = 2;
/// What the SVG asks the browser for, and the name that the embedded font is registered by.
const FAMILY: &str = "sans-serif";
/// What plotters makes of sizes and positions in one kind of file.
struct Medium {
    /// Pixels for each logical pixel.
    scale: f64,
    /// plotters' font size for one em.
    size_per_em: f64,
    /// How far below the top anchor plotters sets the baseline, in em.
    baseline: f64,
}

/// plotters divides a size by 1.24 to get SVG's font size.
const SVG: Medium = Medium { scale: SCALE, size_per_em: 1.24, baseline: 0.76 };
/// The bitmap font is scaled by its height from ascender to descender, 1.164 em in DejaVu Sans, and
/// its baseline set half of that below the top.
const BITMAP: Medium =
    Medium { scale: SCALE * OVERSAMPLING as f64, size_per_em: 1.164, baseline: 1.164 / 2.0 };

/// Where a text's position lies in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Anchor {
    Start,
    Middle,
    End,
}

/// Weight of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Weight {
    Normal,
    Bold,
}

/// How a text looks.
#[derive(Debug, Clone, Copy)]
pub(super) struct Style {
    pub size: f64,
    pub color: Color,
    pub anchor: Anchor,
    pub weight: Weight,
}

enum Shape {
    Rect([f64; 4], Color),
    Line(Vec<(f64, f64)>, Color, f64),
    Circle(f64, f64, f64, Color),
    Text(f64, f64, String, Style),
    TextUp(f64, f64, String, Style),
    Picture(f64, f64, RgbImage),
}

/// A drawing on [`PAPER`].
pub(super) struct Drawing {
    pub width: f64,
    pub height: f64,
    shapes: Vec<Shape>,
}

impl Drawing {
    pub fn new(width: f64, height: f64) -> Self {
        Self { width, height, shapes: Vec::new() }
    }

    /// A filled rectangle.
    pub fn rect(&mut self, x: f64, y: f64, width: f64, height: f64, color: Color) {
        self.shapes.push(Shape::Rect([x, y, width, height], color));
    }

    pub fn line(&mut self, points: Vec<(f64, f64)>, color: Color, width: f64) {
        self.shapes.push(Shape::Line(points, color, width));
    }

    pub fn circle(&mut self, x: f64, y: f64, radius: f64, color: Color) {
        self.shapes.push(Shape::Circle(x, y, radius, color));
    }

    /// A line of text whose baseline is at `y`.
    pub fn text(&mut self, x: f64, y: f64, text: impl Into<String>, style: Style) {
        self.shapes.push(Shape::Text(x, y, printable(text), style));
    }

    /// A line of text that runs upwards, its middle line at `x`.
    pub fn text_up(&mut self, x: f64, y: f64, text: impl Into<String>, style: Style) {
        self.shapes.push(Shape::TextUp(x, y, printable(text), style));
    }

    /// A picture that is drawn in the size given, in logical pixels.
    pub fn picture(&mut self, x: f64, y: f64, width: f64, height: f64, picture: &RgbImage) {
        let (width, height) = (BITMAP.length(width), BITMAP.length(height));
        let filter = image::imageops::FilterType::Triangle;
        let picture = image::imageops::resize(picture, width, height, filter);
        self.shapes.push(Shape::Picture(x, y, picture));
    }

    pub fn svg(&self, name: &str) -> Result<String> {
        register_fonts(name)?;
        let mut text = String::new();
        {
            let root = SVGBackend::with_string(&mut text, self.size(&SVG)).into_drawing_area();
            root.fill(&rgb(PAPER))
                .and_then(|()| self.draw(&root, &SVG))
                .map_err(|error| failed(name, &error))?;
        }
        Ok(text)
    }

    pub fn png(&self, name: &str) -> Result<Vec<u8>> {
        register_fonts(name)?;
        let (width, height) = self.size(&BITMAP);
        let Color(r, g, b) = PAPER;
        let mut picture = RgbImage::from_pixel(width, height, image::Rgb([r, g, b]));
        {
            let backend = BitMapBackend::with_buffer(&mut picture, (width, height));
            let root = backend.into_drawing_area();
            self.draw(&root, &BITMAP).map_err(|error| failed(name, &error))?;
        }
        let picture = averaged(&picture);
        saved_pictures::png(&picture)
            .map_err(|reason| ReportError::Drawing { figure: name.to_string(), reason })
    }

    fn size(&self, medium: &Medium) -> (u32, u32) {
        (medium.length(self.width), medium.length(self.height))
    }

    fn draw<B: DrawingBackend>(
        &self,
        root: &DrawingArea<B, plotters::coord::Shift>,
        medium: &Medium,
    ) -> std::result::Result<(), DrawingAreaErrorKind<B::ErrorType>> {
        let point = |x: f64, y: f64| (medium.pixels(x), medium.pixels(y));
        for shape in &self.shapes {
            match shape {
                Shape::Rect([x, y, width, height], color) => {
                    let corners = [point(*x, *y), point(x + width, y + height)];
                    root.draw(&Rectangle::new(corners, rgb(*color).filled()))?;
                }
                Shape::Line(points, color, width) => {
                    let points: Vec<_> = points.iter().map(|&(x, y)| point(x, y)).collect();
                    let width = medium.length(*width);
                    root.draw(&PathElement::new(points, rgb(*color).stroke_width(width)))?;
                }
                Shape::Circle(x, y, radius, color) => {
                    root.draw(&Circle::new(
                        point(*x, *y),
                        medium.pixels(*radius),
                        rgb(*color).filled(),
                    ))?;
                }
                Shape::Text(x, y, text, style) => {
                    let color = rgb(style.color);
                    let look = look(medium, style, &color, VPos::Top);
                    let (x, y) = point(*x, *y);
                    let em = style.size * medium.scale;
                    let top = y - (em * medium.baseline).round() as i32;
                    root.draw(&Text::new(text.clone(), (x, top), look))?;
                }
                Shape::TextUp(x, y, text, style) => {
                    let color = rgb(style.color);
                    let look = look(medium, style, &color, VPos::Center);
                    let look = look.transform(FontTransform::Rotate270);
                    root.draw(&Text::new(text.clone(), point(*x, *y), look))?;
                }
                Shape::Picture(x, y, picture) => {
                    let size = picture.dimensions();
                    let bytes = picture.as_raw().as_slice();
                    if let Some(picture) = BitMapElement::with_ref(point(*x, *y), size, bytes) {
                        root.draw(&picture)?;
                    }
                }
            }
        }
        root.present()
    }
}

/// Text on one line, what is hidden written out: SVG keeps no control characters, XML forbids most.
fn printable(text: impl Into<String>) -> String {
    visible(&text.into()).chars().filter(|c| !c.is_control()).collect()
}

fn look<'a>(medium: &Medium, style: &Style, color: &'a RGBColor, vertical: VPos) -> TextStyle<'a> {
    let em = style.size * medium.scale;
    let anchor = match style.anchor {
        Anchor::Start => HPos::Left,
        Anchor::Middle => HPos::Center,
        Anchor::End => HPos::Right,
    };
    TextStyle::from(font(em * medium.size_per_em, style.weight))
        .color(color)
        .pos(Pos::new(anchor, vertical))
}

/// Width of a text in logical pixels; the embedded font is wider than most that a browser takes.
pub(super) fn text_width(text: &str, size: f64, weight: Weight) -> f64 {
    if register_fonts("").is_err() {
        return text.chars().count() as f64 * size;
    }
    let font = font(size * BITMAP.scale * BITMAP.size_per_em, weight);
    font.box_size(text).map_or(0.0, |(width, _)| f64::from(width) / BITMAP.scale)
}

/// The longest start of a text that fits, with an ellipsis where something is cut.
pub(super) fn shortened(text: &str, width: f64, size: f64) -> String {
    let text = visible(text);
    if text_width(&text, size, Weight::Normal) <= width {
        return text.into_owned();
    }
    let characters: Vec<char> = text.chars().collect();
    (0..characters.len())
        .rev()
        .map(|n| characters[..n].iter().collect::<String>().trim_end().to_string() + "…")
        .find(|short| text_width(short, size, Weight::Normal) <= width)
        .unwrap_or_default()
}

fn font(size: f64, weight: Weight) -> FontDesc<'static> {
    let style = match weight {
        Weight::Normal => FontStyle::Normal,
        Weight::Bold => FontStyle::Bold,
    };
    FontDesc::new(FontFamily::SansSerif, size, style)
}

fn register_fonts(figure: &str) -> Result<()> {
    static REGISTERED: OnceLock<bool> = OnceLock::new();
    let registered = *REGISTERED.get_or_init(|| {
        register_font(FAMILY, FontStyle::Normal, dejavu::sans::regular()).is_ok()
            && register_font(FAMILY, FontStyle::Bold, dejavu::sans::bold()).is_ok()
    });
    if registered {
        return Ok(());
    }
    Err(ReportError::Drawing {
        figure: figure.to_string(),
        reason: "the embedded font could not be read".to_string(),
    })
}

fn failed(figure: &str, error: &dyn std::fmt::Display) -> ReportError {
    ReportError::Drawing { figure: figure.to_string(), reason: error.to_string() }
}

fn rgb(Color(r, g, b): Color) -> RGBColor {
    RGBColor(r, g, b)
}

impl Medium {
    /// Whole file pixels; a cast saturates, so that no value can overflow.
    fn pixels(&self, logical: f64) -> i32 {
        (logical * self.scale).round() as i32
    }

    /// A length in file pixels, at least 1.
    fn length(&self, logical: f64) -> u32 {
        self.pixels(logical).max(1).unsigned_abs()
    }
}

/// Each square of two by two pixels ([`OVERSAMPLING`]) becomes its mean.
fn averaged(large: &RgbImage) -> RgbImage {
    const CHANNELS: usize = 3;
    let (width, height) = (large.width() / OVERSAMPLING, large.height() / OVERSAMPLING);
    let mut small = RgbImage::new(width, height);
    let stride = large.width() as usize * CHANNELS;
    let pairs_of_rows = large.as_raw().chunks_exact(2 * stride);
    for (rows, out) in pairs_of_rows.zip(small.chunks_exact_mut(stride / 2)) {
        let (upper, lower) = rows.split_at(stride);
        let pairs = upper.chunks_exact(2 * CHANNELS);
        let pairs = pairs.zip(lower.chunks_exact(2 * CHANNELS));
        for ((a, b), pixel) in pairs.zip(out.chunks_exact_mut(CHANNELS)) {
            for c in 0..CHANNELS {
                let sum = [a[c], a[c + CHANNELS], b[c], b[c + CHANNELS]];
                pixel[c] = (sum.map(u16::from).iter().sum::<u16>() / 4) as u8;
            }
        }
    }
    small
}
