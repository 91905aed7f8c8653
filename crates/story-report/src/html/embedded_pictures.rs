//! Pictures inside the page: as JPEG in `data:` addresses, with entity boxes drawn over them. Their
//! bytes are counted, so that a page stays one that a browser opens.

use crate::records::BoxRecord;
use crate::saved_pictures;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use image::{ImageFormat, ImageReader};
use maud::{Markup, html};
use std::collections::BTreeSet;
use std::io::Cursor;
use std::path::Path;

/// Most bytes of pictures on a page, before base64.
const MAX_BYTES: usize = 16 << 20;
/// Most boxes in a picture.
const MAX_BOXES: usize = 24;

/// Pictures handed out so far.
pub(super) struct EmbeddedPictures<'a> {
    folder: &'a Path,
    /// Longest side of a picture, in pixels.
    side: u32,
    bytes: usize,
    /// Pictures that could not be shown.
    pub notes: BTreeSet<String>,
}

impl<'a> EmbeddedPictures<'a> {
    /// Pictures of a folder, made smaller to a longest side in pixels.
    pub fn new(folder: &'a Path, side: u32) -> Self {
        Self { folder, side, bytes: 0, notes: BTreeSet::new() }
    }

    /// Whether the page holds as many bytes as it may.
    pub fn is_full(&self) -> bool {
        self.bytes >= MAX_BYTES
    }

    /// An image element with its boxes and their names, or a box that says that the picture is gone.
    pub fn picture(&mut self, name: &str, description: &str, boxes: &[BoxRecord]) -> Markup {
        match self.image(name, description) {
            None => gone("picture cannot be shown"),
            Some((image, size)) => with_boxes(&image, boxes, size),
        }
    }

    /// An image element, and width and height of the file's picture; `None`, with a note, if it
    /// cannot be shown.
    pub fn image(&mut self, name: &str, description: &str) -> Option<(Markup, (u32, u32))> {
        let loaded = saved_pictures::load_within(self.folder, name, self.side)
            .and_then(|loaded| Ok((saved_pictures::jpeg(&loaded.picture)?, loaded)));
        let (bytes, loaded) = match loaded {
            Ok(loaded) => loaded,
            Err(reason) => {
                self.notes.insert(reason);
                return None;
            }
        };
        self.bytes += bytes.len();
        let image = element("jpeg", &bytes, loaded.picture.dimensions(), description);
        Some((image, loaded.source))
    }
}

/// In place of a picture.
pub(super) fn gone(why: &str) -> Markup {
    html! { div class="gone" { (why) } }
}

/// An image element of the bytes of a file of a kind that browsers show, with the picture's width and
/// height; `None` for any other.
pub(super) fn of_bytes(bytes: &[u8], description: &str) -> Option<(Markup, (u32, u32))> {
    let format = match image::guess_format(bytes) {
        Ok(ImageFormat::Png) => "png",
        Ok(ImageFormat::Jpeg) => "jpeg",
        Ok(ImageFormat::WebP) => "webp",
        _ => return None,
    };
    let reader = ImageReader::new(Cursor::new(bytes)).with_guessed_format();
    let size = reader.ok()?.into_dimensions().ok()?;
    Some((element(format, bytes, size, description), size))
}

/// An image element of a file's bytes, a `format` such as `jpeg`.
fn element(format: &str, bytes: &[u8], (width, height): (u32, u32), description: &str) -> Markup {
    html! {
        img src={ "data:image/" (format) ";base64," (STANDARD.encode(bytes)) }
            width=(width) height=(height) alt=(description) decoding="async";
    }
}

/// The image under rectangles in the source picture's pixels, and the list of their names.
fn with_boxes(image: &Markup, boxes: &[BoxRecord], (width, height): (u32, u32)) -> Markup {
    let visible = boxes.iter().filter_map(|record| {
        let place = record.within(width, height)?;
        Some((record, place))
    });
    let visible: Vec<_> = visible.take(MAX_BOXES).collect();
    html! {
        div class="shot" {
            (image)
            @if !visible.is_empty() {
                svg class="boxes" viewBox={ "0 0 " (width) " " (height) } aria-hidden="true" {
                    @for (record, place) in &visible {
                        (rectangle("halo", place)) (rectangle(kind_of(record), place))
                    }
                }
            }
        }
        @if !visible.is_empty() {
            ul class="entities" aria-label="Boxes" { @for (record, _) in &visible {
                li class=(kind_of(record)) { (record.name()) }
            } }
        }
    }
}

/// A rectangle of an SVG, by left and upper edge, width and height.
pub(super) fn rectangle(class: &str, [x, y, width, height]: &[f64; 4]) -> Markup {
    html! { rect class=(class) x=(x) y=(y) width=(width) height=(height) {} }
}

/// The class that colours a box.
fn kind_of(record: &BoxRecord) -> &'static str {
    match record.kind.as_str() {
        "character" => "character",
        "object" => "object",
        _ => "place",
    }
}
