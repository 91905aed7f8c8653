//! What the tags of a `story` column mean: numbered segments with plain text and mentions.
//!
//! Reading never fails. A closing tag closes the last open tag of its kind; whatever is not
//! understood stays text or is left out, and a diagnostic says so.

use super::escape::unescape;
use super::frame_text::{FrameText, slot};
use super::ids::{ReadId, image_number, read_id};
use super::notes::{Notes, quote};
use super::story_text::{Oddity, Piece, PieceKind, StoryText, TagName};
use crate::{Diagnostic, DiagnosticKind as Kind};
use std::collections::BTreeSet;
use story_core::{EntityId, Mention, MentionKind};

/// One `<gdi imageN>` segment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Segment {
    /// N: the frame it tells of, counted from 1.
    pub number: u32,
    /// The line of its opening tag, counted from 1.
    pub line: usize,
    /// Its plain text and mentions.
    pub text: FrameText,
    /// The line of each mention's opening tag, in the order of the mentions.
    pub mention_lines: Vec<usize>,
}

/// Reads a `story` column: its segments in the order of the text, at most one a number, and the
/// diagnostics. `story` is the record's id, for the messages.
pub fn read_story(story: &str, text: &str) -> (Vec<Segment>, Vec<Diagnostic>) {
    let mut notes = Notes::new(story, "story");
    let segments = segments(&StoryText::parse(text), &mut notes);
    (segments, notes.finish())
}

/// The segments of a parsed column; see [`read_story`].
pub fn segments(text: &StoryText<'_>, notes: &mut Notes<'_>) -> Vec<Segment> {
    let mut reader = Reader {
        notes,
        line: 1,
        done: Vec::new(),
        numbers: BTreeSet::new(),
        last_number: 0,
        open: None,
        said_outside: false,
    };
    for piece in &text.pieces {
        reader.piece(piece);
        reader.line += piece.raw.matches('\n').count();
    }
    if let Some(segment) = reader.open.take() {
        let reason = "the text ends before the segment does";
        reader.notes.add(segment.line, Kind::UnclosedSegment, reason);
        reader.finish(segment);
    }
    gaps(&reader.numbers, reader.notes);
    reader.done
}

struct Reader<'n, 's> {
    notes: &'n mut Notes<'s>,
    line: usize,
    done: Vec<Segment>,
    numbers: BTreeSet<u32>,
    last_number: u32,
    open: Option<OpenSegment>,
    said_outside: bool,
}

/// The segment being read: its text so far, untrimmed.
struct OpenSegment {
    number: u32,
    line: usize,
    text: String,
    /// Mentions in the order of their opening tags; the end is known once `closed`.
    mentions: Vec<OpenMention>,
    /// Indices of open mentions, innermost last, a stack each kind.
    stacks: [Vec<usize>; 3],
}

struct OpenMention {
    mention: Mention,
    line: usize,
    closed: bool,
}

impl Reader<'_, '_> {
    fn piece(&mut self, piece: &Piece<'_>) {
        match piece.kind {
            PieceKind::Text => self.text(piece.raw),
            PieceKind::Odd(oddity) => {
                self.odd(oddity, piece.raw);
                self.text(piece.raw);
            }
            PieceKind::Open(TagName::Segment, arguments) => self.open_segment(arguments),
            PieceKind::Close(TagName::Segment) => match self.open.take() {
                Some(segment) => self.finish(segment),
                None => self.note(Kind::StrayClosing, "a segment ends that never began"),
            },
            PieceKind::Open(TagName::Mention(kind), ids) => {
                let ids = self.ids(ids);
                if let Some(segment) = &mut self.open {
                    segment.open_mention(kind, ids, self.line);
                }
            }
            PieceKind::Close(TagName::Mention(kind)) => self.close_mention(kind),
        }
    }

    fn note(&mut self, kind: Kind, reason: impl Into<String>) {
        self.notes.add(self.line, kind, reason);
    }

    fn odd(&mut self, oddity: Oddity, raw: &str) {
        let (kind, what) = match oddity {
            Oddity::Angle => (Kind::StrayAngle, "belongs to no tag"),
            Oddity::Unknown => (Kind::UnknownTag, "is no tag of the format"),
            Oddity::Broken => (Kind::BrokenTag, "starts a tag that lacks its `>`"),
        };
        self.note(kind, format!("{} {what}; kept as text", quote(raw)));
    }

    fn text(&mut self, raw: &str) {
        match &mut self.open {
            Some(segment) => segment.text.push_str(&unescape(raw)),
            None if self.said_outside || raw.trim().is_empty() => {}
            None => {
                // Once between two segments; the words may be cut into many pieces.
                self.said_outside = true;
                self.note(
                    Kind::TextOutside,
                    format!("{} is in no segment and left out", quote(raw)),
                );
            }
        }
    }

    fn open_segment(&mut self, arguments: &str) {
        if let Some(before) = self.open.take() {
            self.note(
                Kind::UnclosedSegment,
                format!("segment {} is not closed before the next", before.number),
            );
            self.finish(before);
        }
        let number = image_number(arguments).unwrap_or_else(|| {
            let number = self.last_number.saturating_add(1);
            self.note(
                Kind::MissingNumber,
                format!("{} is no image number; read as {number}", quote(arguments)),
            );
            number
        });
        self.last_number = number;
        self.said_outside = false;
        self.open = Some(OpenSegment {
            number,
            line: self.line,
            text: String::new(),
            mentions: Vec::new(),
            stacks: Default::default(),
        });
    }

    /// The readable ids of a mention tag.
    fn ids(&mut self, arguments: &str) -> Vec<EntityId> {
        let mut ids = Vec::new();
        let words = arguments.split(|c: char| c.is_whitespace() || c == ',');
        for word in words.filter(|word| !word.is_empty()) {
            match read_id(word) {
                Some(ReadId::Exact(id)) => ids.push(id),
                Some(ReadId::Close(id)) => {
                    self.note(Kind::BadId, format!("{} is read as `{id}`", quote(word)));
                    ids.push(id);
                }
                None => {
                    self.note(Kind::BadId, format!("{} is no entity id and left out", quote(word)))
                }
            }
        }
        if ids.is_empty() {
            self.note(Kind::MissingIds, "a tag names no id; its text is kept");
        }
        ids
    }

    fn close_mention(&mut self, kind: MentionKind) {
        let closed = self.open.as_mut().map(|segment| segment.close_mention(kind));
        let name = TagName::Mention(kind).name();
        match closed {
            Some(Closed::Nested) => {}
            Some(Closed::Crossing) => self
                .note(Kind::CrossingTags, format!("`</{name}>` crosses a tag that is still open")),
            Some(Closed::Nothing) | None => {
                self.note(Kind::StrayClosing, format!("`</{name}>` closes nothing"));
            }
        }
    }

    /// Turns the open segment into a finished one, unless its number is taken.
    fn finish(&mut self, segment: OpenSegment) {
        let OpenSegment { number, line, .. } = segment;
        for open in segment.mentions.iter().filter(|open| !open.closed) {
            let name = TagName::Mention(open.mention.kind).name();
            let reason = format!("a `<{name}>` is not closed in its segment; its text is kept");
            self.notes.add(open.line, Kind::UnclosedTag, reason);
        }
        if !self.numbers.insert(number) {
            let reason = format!("image {number} has a segment already; this one is left out");
            self.notes.add(line, Kind::DuplicateNumber, reason);
            return;
        }
        let kept = segment.mentions.into_iter();
        let (mentions, mention_lines) = kept
            .filter(|open| open.closed && !open.mention.ids.is_empty())
            .map(|open| (open.mention, open.line))
            .unzip();
        let text = FrameText::trimmed(&segment.text, mentions);
        self.done.push(Segment { number, line, text, mention_lines });
    }
}

/// What a closing tag closed.
enum Closed {
    Nested,
    Crossing,
    Nothing,
}

impl OpenSegment {
    fn open_mention(&mut self, kind: MentionKind, ids: Vec<EntityId>, line: usize) {
        let start = self.text.len();
        self.stacks[slot(kind)].push(self.mentions.len());
        self.mentions.push(OpenMention {
            mention: Mention { kind, ids, range: start..start },
            line,
            closed: false,
        });
    }

    fn close_mention(&mut self, kind: MentionKind) -> Closed {
        let Some(index) = self.stacks[slot(kind)].pop() else {
            return Closed::Nothing;
        };
        let open = &mut self.mentions[index];
        open.mention.range.end = self.text.len();
        open.closed = true;
        let tops = self.stacks.iter().filter_map(|stack| stack.last());
        if tops.max().is_some_and(|top| *top > index) { Closed::Crossing } else { Closed::Nested }
    }
}

/// Reports each run of numbers that are missing below the highest.
fn gaps(numbers: &BTreeSet<u32>, notes: &mut Notes<'_>) {
    let mut expected = 1;
    for &number in numbers {
        let missing = match number - expected {
            0 => None,
            1 => Some(format!("image {expected} has no segment")),
            _ => Some(format!("images {expected} to {} have no segment", number - 1)),
        };
        if let Some(reason) = missing {
            notes.add(0, Kind::NumberGap, reason + ", though a later image has");
        }
        expected = number + 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> (Vec<Segment>, Vec<Kind>) {
        let (segments, found) = read_story("s", text);
        (segments, found.iter().map(|found| found.kind).collect())
    }

    #[test]
    fn a_clean_story_is_read_without_complaint() {
        let (segments, found) = read(
            "<gdi image1>\n<gdo char1>Éva</gdo> and <gdo bg1 bg2>the walls</gdo>\n</gdi>\n\n\
             <gdf image2><gdl lm1>There</gdl> they <gda char1>s<gdo char1>a</gdo>t</gda>.</gdf>",
        );
        assert!(found.is_empty(), "{found:?}");
        let said: Vec<_> = segments[0].text.mentions().iter().collect();
        assert_eq!(segments[0].text.text(), "Éva and the walls");
        assert_eq!(&segments[0].text.text()[said[1].range.clone()], "the walls");
        assert_eq!(said[1].ids.len(), 2);
        let second: Vec<_> = segments[1].text.mentions().iter().collect();
        assert_eq!((segments[1].number, segments[1].line), (2, 5));
        assert_eq!(second[1].kind, MentionKind::Action);
        assert_eq!(&segments[1].text.text()[second[1].range.clone()], "sat");
    }

    #[test]
    fn each_trouble_has_its_kind() {
        for (text, kind) in [
            ("<gdi image1>a</gdi></gdi>", Kind::StrayClosing),
            ("<gdi image1>a</gdo></gdi>", Kind::StrayClosing),
            ("<gdi image1>a", Kind::UnclosedSegment),
            ("<gdi image1>a<gdi image2>b</gdi>", Kind::UnclosedSegment),
            ("<gdi>a</gdi>", Kind::MissingNumber),
            ("<gdi image1>a</gdi><gdi image1>b</gdi>", Kind::DuplicateNumber),
            ("<gdi image1>a</gdi><gdi image3>b</gdi>", Kind::NumberGap),
            ("<gdi image1>a</gdi> b", Kind::TextOutside),
            ("<gdi image1>a < b</gdi>", Kind::StrayAngle),
            ("<gdi image1>a <b> b</gdi>", Kind::UnknownTag),
            ("<gdi image1>a <gdo char1</gdi>", Kind::BrokenTag),
            ("<gdi image1>a <gdo char1>b</gdi>", Kind::UnclosedTag),
            ("<gdi image1>a <gdo>b</gdo></gdi>", Kind::MissingIds),
            ("<gdi image1>a <gdo Char1>b</gdo></gdi>", Kind::BadId),
            ("<gdi image1><gdo char1>a<gda char1>b</gdo>c</gda></gdi>", Kind::CrossingTags),
        ] {
            assert_eq!(read(text).1, [kind], "{text}");
        }
    }

    #[test]
    fn odd_pieces_stay_in_the_text() {
        let (segments, _) = read("<gdi image1>1 < 2 <b>x</b> &lt;&amp;lt; <gdo y</gdi>");
        assert_eq!(segments[0].text.text(), "1 < 2 <b>x</b> <&lt; <gdo y");
    }

    #[test]
    fn crossing_mentions_keep_their_ranges() {
        let (segments, _) = read("<gdi image1><gdo char1>a<gda char2>b</gdo>c</gda></gdi>");
        let ranges: Vec<_> = segments[0].text.mentions().iter().map(|m| m.range.clone()).collect();
        assert_eq!(ranges, [0..2, 1..3]);
    }
}
