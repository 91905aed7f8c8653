//! What is wrong with a record that was read all the same: kind, place, sentence.
//!
//! The kind is a closed set, so that diagnostics can be counted over a corpus; the sentence holds
//! the particulars.

use serde::{Deserialize, Serialize};

/// Something in a record that is not as it should be and that was read all the same.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Diagnostic {
    /// The story's id.
    pub story: String,
    /// `story`, `chain_of_thought` or `images`.
    pub column: String,
    /// Line in the column's text, counted from 1; 0 where it concerns the whole column.
    pub line: usize,
    /// How bad it is; follows from the kind.
    pub severity: Severity,
    /// What kind of trouble it is.
    pub kind: DiagnosticKind,
    /// What is wrong, in a sentence that a data owner understands.
    pub reason: String,
}

/// How bad a diagnostic is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    /// Every frame has its picture and its text; an annotation is odd, repaired or missing.
    Warning,
    /// A frame's picture or text is lost, or the two may not belong together.
    Error,
}

/// The kinds of trouble that reading a record can meet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DiagnosticKind {
    /// A `<` or `>` that belongs to no tag; kept as text.
    StrayAngle,
    /// `<b>` and the like; kept as text.
    UnknownTag,
    /// A known tag that lacks its `>`; kept as text.
    BrokenTag,
    /// A mention that its segment does not close; its text is kept without the mention.
    UnclosedTag,
    /// A closing tag that closes nothing; left out.
    StrayClosing,
    /// Two tags of which neither holds the other; both are read.
    CrossingTags,
    /// A mention tag that names no readable id; its text is kept without the mention.
    MissingIds,
    /// Letters where an id belongs: left out, or read as the id they resemble.
    BadId,
    /// An id in a tag that no table of the record lists.
    IdWithoutRow,
    /// A segment that the next one or the end of the text closes.
    UnclosedSegment,
    /// A segment or image heading without a readable number; counted on from the one before.
    MissingNumber,
    /// A second segment with the same number; left out.
    DuplicateNumber,
    /// A number between two that are there is missing.
    NumberGap,
    /// Words that are in no segment; left out.
    TextOutside,
    /// A frame without words.
    EmptyText,
    /// A segment for which there is no picture; left out.
    SegmentWithoutPicture,
    /// A picture that no segment tells of; its text is empty.
    PictureWithoutSegment,
    /// `frame_count` says something else than the pictures or segments.
    FrameCount,
    /// A story of one frame or none: nothing follows from anything.
    TooShort,
    /// Tables for a frame that the story does not have; left out.
    TablesWithoutFrame,
    /// A frame that the tables leave out, though the record has tables.
    FrameWithoutTables,
    /// A frame that lacks one of its three tables, or a record without narrative table.
    MissingSection,
    /// A second section for the same frame; its rows are added to the first one's.
    DuplicateSection,
    /// A table row before the first image heading; left out.
    RowOutside,
    /// A table without column names; the usual ones are assumed.
    MissingHeader,
    /// A column that is none of the format's; left out.
    UnknownColumn,
    /// A row with fewer cells than columns; the rest is empty.
    ShortRow,
    /// A row with more cells than columns; the surplus is joined to the description.
    SurplusCells,
    /// A row that lacks its id, setting element or phase name.
    UnnamedRow,
    /// A second row for the same id in one frame; kept.
    DuplicateEntity,
    /// An entity without bounding box.
    MissingBox,
    /// A bounding box that cannot be read (left out), or is inside out or negative (kept).
    BadBox,
    /// A bounding box that reaches outside its picture; kept.
    BoxOutside,
    /// A phase whose images cannot be read or are not in the story.
    BadImages,
    /// A picture whose size cannot be read.
    BadPicture,
    /// A file or folder beside an own story's pictures that is no part of it; left out.
    UnreadFile,
    /// More trouble in this column than is listed.
    TooMany,
}

impl DiagnosticKind {
    /// How bad trouble of this kind is.
    pub fn severity(self) -> Severity {
        match self {
            Self::DuplicateNumber
            | Self::NumberGap
            | Self::TextOutside
            | Self::EmptyText
            | Self::SegmentWithoutPicture
            | Self::PictureWithoutSegment
            | Self::FrameCount
            | Self::TooShort
            | Self::BadPicture => Severity::Error,
            _ => Severity::Warning,
        }
    }
}

impl Diagnostic {
    /// A diagnostic of `kind` in `column` of `story`; its severity follows from the kind.
    pub fn new(
        story: impl Into<String>,
        column: impl Into<String>,
        line: usize,
        kind: DiagnosticKind,
        reason: impl Into<String>,
    ) -> Self {
        Self {
            story: story.into(),
            column: column.into(),
            line,
            severity: kind.severity(),
            kind,
            reason: reason.into(),
        }
    }
}

impl Diagnostic {
    /// Place and reason, without the level: `story 7, story line 3: no words`.
    pub fn placed(&self) -> String {
        let line = match self.line {
            0 => String::new(),
            line => format!(" line {line}"),
        };
        format!("story {}, {}{line}: {}", self.story, self.column, self.reason)
    }
}

impl std::fmt::Display for Diagnostic {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let level = match self.severity {
            Severity::Warning => "warning",
            Severity::Error => "error",
        };
        write!(out, "{level}: {}", self.placed())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_diagnostic_names_story_place_and_reason() {
        let found = Diagnostic::new("7", "story", 3, DiagnosticKind::EmptyText, "no words");
        assert_eq!(found.to_string(), "error: story 7, story line 3: no words");
        assert_eq!(found.severity, Severity::Error);
        let json = serde_json::to_value(&found).expect("serialises");
        assert_eq!(json["kind"], "empty-text");
    }
}
