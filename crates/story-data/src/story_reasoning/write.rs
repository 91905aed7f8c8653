//! Writes the canonical `story` column: one segment a frame, numbered from 1.
//!
//! ```text
//! <gdi image1>
//! <gdo char1>Nia</gdo> saw &lt;gold&gt;.
//! </gdi>
//! ```
//!
//! White space around a text belongs to this layout and is dropped on reading; everything else is
//! read back as it was, `<`, `>` and `&` included (see [`escape`](super::escape)).

use super::escape::escape;
use super::frame_text::{FrameText, slot};
use super::story_text::TagName;
use std::cmp::Reverse;
use story_core::MentionKind;

/// The `story` column of plain texts: one `<gdi imageN>` segment a text, N from 1.
pub fn story_from_texts(texts: &[String]) -> String {
    let mut out = String::new();
    for (index, text) in texts.iter().enumerate() {
        push_segment(&mut out, index, &escape(text.trim()));
    }
    out
}

/// The `story` column of texts with mentions: one `<gdi imageN>` segment a frame, N from 1.
/// Reading it gives the same frames.
pub fn write_story(frames: &[FrameText]) -> String {
    let mut out = String::new();
    for (index, frame) in frames.iter().enumerate() {
        push_segment(&mut out, index, &tagged(frame));
    }
    out
}

/// Appends one segment; `body` is escaped and trimmed.
fn push_segment(out: &mut String, index: usize, body: &str) {
    out.push_str(&format!("<gdi image{}>\n", index + 1));
    if !body.is_empty() {
        out.push_str(body);
        out.push('\n');
    }
    out.push_str("</gdi>\n");
}

/// The frame's text with a tag before and behind every mention.
fn tagged(frame: &FrameText) -> String {
    let text = frame.text();
    let mut out = String::with_capacity(text.len() + 32 * frame.mentions().len());
    let mut open = OpenTags::default();
    let mut at = 0;
    for mention in frame.mentions() {
        while let Some((end, kind)) = open.close_until(mention.range.start) {
            out.push_str(&escape(&text[at..end]));
            push_closing(&mut out, kind);
            at = end;
        }
        out.push_str(&escape(&text[at..mention.range.start]));
        at = mention.range.start;
        out.push('<');
        out.push_str(TagName::Mention(mention.kind).name());
        for id in &mention.ids {
            out.push_str(&format!(" {id}"));
        }
        out.push('>');
        open.push(mention.range.end, mention.kind);
    }
    while let Some((end, kind)) = open.close_until(text.len()) {
        out.push_str(&escape(&text[at..end]));
        push_closing(&mut out, kind);
        at = end;
    }
    out.push_str(&escape(&text[at..]));
    out
}

fn push_closing(out: &mut String, kind: MentionKind) {
    out.push_str("</");
    out.push_str(TagName::Mention(kind).name());
    out.push('>');
}

/// Open mentions as `(end, number of opening, kind)`: a stack each kind, as within a kind the
/// last opened ends first, while kinds may cross.
#[derive(Default)]
struct OpenTags {
    stacks: [Vec<(usize, usize, MentionKind)>; 3],
    opened: usize,
}

impl OpenTags {
    fn push(&mut self, end: usize, kind: MentionKind) {
        self.stacks[slot(kind)].push((end, self.opened, kind));
        self.opened += 1;
    }

    /// Takes the mention that ends first, if it ends at `limit` or before; of those that end
    /// together the one opened last, so that tags nest where they can.
    fn close_until(&mut self, limit: usize) -> Option<(usize, MentionKind)> {
        let tops = self.stacks.iter().filter_map(|stack| stack.last());
        let (end, _, kind) = *tops.min_by_key(|(end, order, _)| (*end, Reverse(*order)))?;
        if end > limit {
            return None;
        }
        self.stacks[slot(kind)].pop();
        Some((end, kind))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use story_core::Mention;

    #[test]
    fn tags_nest_in_the_canonical_form() {
        let mention = |kind, ids: &[&str], range| Mention {
            kind,
            ids: ids.iter().map(|id| id.parse().expect("an id")).collect(),
            range,
        };
        let frame = FrameText::new(
            "Éva & <Tom> ran",
            vec![
                mention(MentionKind::Action, &["char1", "char2"], 0..16),
                mention(MentionKind::Entity, &["char1"], 0..4),
                mention(MentionKind::Entity, &["char2"], 8..11),
            ],
        )
        .expect("expressible");
        assert_eq!(
            write_story(&[frame, FrameText::default()]),
            "<gdi image1>\n<gda char1 char2><gdo char1>Éva</gdo> & &lt;<gdo char2>Tom</gdo>\
             &gt; ran</gda>\n</gdi>\n<gdi image2>\n</gdi>\n"
        );
    }

    #[test]
    fn plain_texts_are_escaped_and_trimmed() {
        let texts = [" a </gdi> b\n".to_owned()];
        assert_eq!(story_from_texts(&texts), "<gdi image1>\na &lt;/gdi&gt; b\n</gdi>\n");
    }
}
