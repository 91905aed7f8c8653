//! Pictures inside the page: as JPEG in `data:` addresses, with entity boxes drawn over them. Their
//! bytes are counted, so that a page stays one that a browser opens.

use super::{escape, push};
use crate::pictures;
use crate::records::BoxRecord;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use std::collections::BTreeSet;
use std::path::Path;

/// Most bytes of pictures on a page, before base64.
const MAX_BYTES: usize = 16 << 20;
/// Most boxes in a picture.
const MAX_BOXES: usize = 24;

/// Pictures handed out so far.
pub(super) struct Shelf<'a> {
    folder: &'a Path,
    /// Longest side of a picture, in pixels.
    side: u32,
    bytes: usize,
    /// Pictures that could not be shown.
    pub notes: BTreeSet<String>,
}

impl<'a> Shelf<'a> {
    pub fn new(folder: &'a Path) -> Self {
        Self::with_side(folder, pictures::MAX_SIDE)
    }

    /// A shelf of larger or smaller pictures.
    pub fn with_side(folder: &'a Path, side: u32) -> Self {
        Self { folder, side, bytes: 0, notes: BTreeSet::new() }
    }

    /// Whether the page holds as many bytes as it may.
    pub fn is_full(&self) -> bool {
        self.bytes >= MAX_BYTES
    }

    /// An image element with its boxes and their names, or a box that says that the picture is gone.
    pub fn picture(&mut self, name: &str, description: &str, boxes: &[BoxRecord]) -> String {
        let Some((image, source)) = self.image(name, description) else {
            return GONE.to_string();
        };
        let (overlay, legend) = boxes_over(boxes, source);
        format!("<div class=\"shot\">{image}{overlay}</div>{legend}")
    }

    /// An image element, and width and height of the file's picture; `None`, with a note, if it
    /// cannot be shown.
    pub fn image(&mut self, name: &str, description: &str) -> Option<(String, (u32, u32))> {
        let loaded = pictures::load_within(self.folder, name, self.side)
            .and_then(|loaded| Ok((pictures::jpeg(&loaded.picture)?, loaded)));
        let (bytes, loaded) = match loaded {
            Ok(loaded) => loaded,
            Err(reason) => {
                self.notes.insert(reason);
                return None;
            }
        };
        self.bytes += bytes.len();
        let (width, height) = loaded.picture.dimensions();
        let image = element("jpeg", &bytes, (width, height), description);
        Some((image, loaded.source))
    }
}

/// In place of a picture.
pub(super) const GONE: &str = "<div class=\"gone\">picture cannot be shown</div>";

/// An image element of a file's bytes, a `format` such as `jpeg`.
pub(super) fn element(
    format: &str,
    bytes: &[u8],
    (width, height): (u32, u32),
    description: &str,
) -> String {
    format!(
        "<img src=\"data:image/{format};base64,{}\" width=\"{width}\" height=\"{height}\" \
         alt=\"{}\" decoding=\"async\">",
        STANDARD.encode(bytes),
        escape(description)
    )
}

/// Rectangles in the source picture's pixels, and the list of their names; both empty without boxes.
fn boxes_over(boxes: &[BoxRecord], (width, height): (u32, u32)) -> (String, String) {
    let mut shapes = String::new();
    let mut names = String::new();
    let visible = boxes.iter().filter_map(|record| {
        let place = record.within(width, height)?;
        Some((record, place))
    });
    for (record, [x, y, w, h]) in visible.take(MAX_BOXES) {
        let kind = kind_of(record);
        let rect = format!("x=\"{x}\" y=\"{y}\" width=\"{w}\" height=\"{h}\"");
        push(
            &mut shapes,
            format_args!("<rect class=\"halo\" {rect}/><rect class=\"{kind}\" {rect}/>"),
        );
        push(&mut names, format_args!("<li class=\"{kind}\">{}</li>", escape(&record.name())));
    }
    if shapes.is_empty() {
        return (shapes, names);
    }
    (
        format!(
            "<svg class=\"boxes\" viewBox=\"0 0 {width} {height}\" aria-hidden=\"true\">{shapes}</svg>"
        ),
        format!("<ul class=\"entities\" aria-label=\"Boxes\">{names}</ul>"),
    )
}

/// The class that colours a box.
fn kind_of(record: &BoxRecord) -> &'static str {
    match record.kind.as_str() {
        "character" => "character",
        "object" => "object",
        _ => "place",
    }
}
