//! A frame's plain text with its mentions: what one segment of the `story` column says.

use crate::{Error, Result};
use story_core::{Mention, MentionKind};

/// A frame's text and mentions that the `story` column can hold.
///
/// It upholds what the tags can express: the text is trimmed; a mention has at least one id and a
/// range on character boundaries; mentions stand in the order of their starts; and two mentions
/// of one kind never overlap without one holding the other (a closing tag names the kind, not the
/// ids). Mentions of different kinds may cross.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FrameText {
    text: String,
    mentions: Vec<Mention>,
}

impl FrameText {
    /// A text with its mentions. White space around the text is dropped and the ranges are moved
    /// accordingly. An error names the first mention that tags cannot express.
    pub fn new(text: &str, mentions: Vec<Mention>) -> Result<Self> {
        let mut open = OpenEnds::default();
        let mut last_start = 0;
        for (index, mention) in mentions.iter().enumerate() {
            let range = &mention.range;
            let problem = if mention.ids.is_empty() {
                "it names no id"
            } else if range.start > range.end || text.get(range.clone()).is_none() {
                "its range is not in the text or splits a character"
            } else if range.start < last_start {
                "it starts before the mention in front of it"
            } else if !open.admit(mention) {
                "it crosses a mention of the same kind"
            } else {
                last_start = range.start;
                continue;
            };
            return Err(unwritable(text, index, mention, problem));
        }
        Ok(Self::trimmed(text, mentions))
    }

    /// A text without mentions; white space around it is dropped.
    pub fn plain(text: &str) -> Self {
        Self::trimmed(text, Vec::new())
    }

    /// The text without tags and without white space around it.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The mentions in the order of their starts; ranges are bytes of [`Self::text`].
    pub fn mentions(&self) -> &[Mention] {
        &self.mentions
    }

    /// Text and mentions.
    pub fn into_parts(self) -> (String, Vec<Mention>) {
        (self.text, self.mentions)
    }

    /// Trims the text and moves the ranges of `mentions`, which satisfy everything else.
    pub(super) fn trimmed(text: &str, mut mentions: Vec<Mention>) -> Self {
        let front = text.len() - text.trim_start().len();
        let trimmed = text.trim();
        let moved = |at: usize| at.saturating_sub(front).min(trimmed.len());
        for mention in &mut mentions {
            mention.range = moved(mention.range.start)..moved(mention.range.end);
        }
        Self { text: trimmed.to_owned(), mentions }
    }
}

/// The ends of the mentions that are open at the current start, innermost last, a kind each.
#[derive(Default)]
struct OpenEnds([Vec<usize>; 3]);

impl OpenEnds {
    /// Whether `mention`, which starts no earlier than those before it, lies inside or behind all
    /// of its kind.
    fn admit(&mut self, mention: &Mention) -> bool {
        let ends = &mut self.0[slot(mention.kind)];
        while ends.last().is_some_and(|end| *end <= mention.range.start) {
            ends.pop();
        }
        let fits = ends.last().is_none_or(|end| mention.range.end <= *end);
        ends.push(mention.range.end);
        fits
    }
}

/// A small number for each kind, to index by.
pub(super) fn slot(kind: MentionKind) -> usize {
    match kind {
        MentionKind::Entity => 0,
        MentionKind::Action => 1,
        MentionKind::Location => 2,
    }
}

fn unwritable(text: &str, index: usize, mention: &Mention, problem: &str) -> Error {
    Error::data(
        format!("text {}", super::notes::quote(text)),
        "mentions that tags can express",
        format!("mention {index} at bytes {:?}: {problem}", mention.range),
        "sort the mentions, mend the range or leave the mention out",
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use story_core::EntityId;

    fn mention(kind: MentionKind, start: usize, end: usize) -> Mention {
        let id: EntityId = "char1".parse().expect("an id");
        Mention { kind, ids: vec![id], range: start..end }
    }

    #[test]
    fn ranges_follow_the_trimmed_text() {
        let mentions = vec![mention(MentionKind::Entity, 1, 5)];
        let frame = FrameText::new("  Éva ran ", mentions).expect("expressible");
        assert_eq!(frame.text(), "Éva ran");
        assert_eq!(&frame.text()[frame.mentions()[0].range.clone()], "Év");
    }

    #[test]
    fn what_tags_cannot_express_is_refused() {
        use MentionKind::{Action, Entity};
        let new = |mentions| FrameText::new("Éva ran", mentions).map(|_| ());
        assert!(new(vec![mention(Entity, 0, 4), mention(Action, 2, 5)]).is_ok());
        assert!(new(vec![mention(Entity, 0, 4), mention(Entity, 2, 4)]).is_ok());
        assert!(new(vec![mention(Entity, 0, 4), mention(Entity, 4, 6)]).is_ok());
        assert!(new(vec![mention(Entity, 0, 4), mention(Entity, 2, 5)]).is_err());
        assert!(new(vec![mention(Entity, 1, 2)]).is_err());
        assert!(new(vec![mention(Entity, 0, 99)]).is_err());
        assert!(new(vec![mention(Entity, 4, 5), mention(Action, 0, 2)]).is_err());
        let mut nameless = mention(Entity, 0, 2);
        nameless.ids.clear();
        let error = new(vec![nameless]).expect_err("no ids").to_string();
        assert!(error.contains("mention 0") && error.contains("no id"), "{error}");
    }
}
