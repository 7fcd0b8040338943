//! A text that may have holes: what is known of a string before the program has run.

use std::fmt;

use crate::words::span::Place;

/// What stands where a text is not known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    Known(String),
    /// A value that only the run knows. `label` is what the source calls it, for messages.
    Hole {
        label: String,
    },
}

/// A program may double a text as often as it likes; what is kept of it has an end.
pub const LONGEST: usize = 1 << 20;
const MOST_PIECES: usize = 4_096;

/// Known pieces and holes, in order. Neighbouring known pieces are always joined.
#[derive(Clone, Debug, Default)]
pub struct Text {
    pieces: Vec<Piece>,
    /// Where known parts are written: from which known byte on, and the place. Two texts are the
    /// same wherever they are written.
    origins: Vec<(usize, Place)>,
}

impl PartialEq for Text {
    fn eq(&self, other: &Self) -> bool {
        self.pieces == other.pieces
    }
}

impl Eq for Text {}

impl Text {
    #[must_use]
    pub fn known(text: impl Into<String>) -> Self {
        let mut out = Self::default();
        out.push_known(&text.into());
        out
    }

    #[must_use]
    pub fn hole(label: impl Into<String>) -> Self {
        Self { pieces: vec![Piece::Hole { label: label.into() }], origins: Vec::new() }
    }

    pub fn push_known(&mut self, text: &str) {
        if text.is_empty() {
            return;
        }
        if let Some(Piece::Known(last)) = self.pieces.last_mut() {
            last.push_str(text);
        } else {
            self.pieces.push(Piece::Known(text.to_owned()));
        }
    }

    /// The same text, written at this place as a whole.
    #[must_use]
    pub fn written(mut self, at: Place) -> Self {
        self.origins = vec![(0, at)];
        self
    }

    /// Parts of the known bytes, in order, and where each is written.
    #[must_use]
    pub fn origins(&self) -> &[(usize, Place)] {
        &self.origins
    }

    fn known_length(&self) -> usize {
        self.pieces.iter().map(|piece| if let Piece::Known(text) = piece { text.len() } else { 0 }).sum()
    }

    /// The text from a byte of its first known piece on. Where it begins inside of a part, that part's
    /// place is no longer its own.
    #[must_use]
    pub fn skip(&self, offset: usize) -> Self {
        if offset == 0 {
            return self.clone();
        }
        let mut out = Self::default();
        let mut left = offset;
        for piece in &self.pieces {
            match piece {
                Piece::Known(known) => {
                    let cut = left.min(known.len());
                    left -= cut;
                    out.push_known(known.get(cut..).unwrap_or_default());
                }
                Piece::Hole { .. } => out.pieces.push(piece.clone()),
            }
        }
        let later = self.origins.iter().filter(|(from, _)| *from >= offset);
        out.origins = later.map(|(from, at)| (from - offset, *at)).collect();
        out
    }

    fn push_hole(&mut self, label: &str) {
        let same = |piece: &Piece| matches!(piece, Piece::Hole { label: held } if held == label);
        if !self.pieces.last().is_some_and(same) {
            self.pieces.push(Piece::Hole { label: label.to_owned() });
        }
    }

    pub fn push(&mut self, other: &Self) {
        let before = self.known_length();
        if before + other.known_length() > LONGEST || self.pieces.len() + other.pieces.len() > MOST_PIECES {
            self.push_hole("a text that is longer than any that is read");
            return;
        }
        // Of a text of so many parts nobody needs to know where each was written.
        let room = MOST_PIECES.saturating_sub(self.origins.len());
        self.origins.extend(other.origins.iter().take(room).map(|(from, at)| (before + from, *at)));
        for piece in &other.pieces {
            match piece {
                Piece::Known(text) => self.push_known(text),
                Piece::Hole { .. } => self.pieces.push(piece.clone()),
            }
        }
    }

    /// Cut at white space, as a shell cuts what is not in quotes. Holes stay whole.
    #[must_use]
    pub fn split_whitespace(&self) -> Vec<Self> {
        let mut out = vec![Self::default()];
        for piece in &self.pieces {
            let Piece::Known(text) = piece else {
                if let Some(last) = out.last_mut() {
                    last.pieces.push(piece.clone());
                }
                continue;
            };
            for (index, part) in text.split(char::is_whitespace).enumerate() {
                if index > 0 {
                    out.push(Self::default());
                }
                if let Some(last) = out.last_mut() {
                    last.push_known(part);
                }
            }
        }
        out.retain(|word| !word.pieces.is_empty());
        out
    }

    #[must_use]
    pub fn pieces(&self) -> &[Piece] {
        &self.pieces
    }

    /// The whole text, when nothing of it is a hole.
    #[must_use]
    pub fn as_known(&self) -> Option<&str> {
        match self.pieces.as_slice() {
            [] => Some(""),
            [Piece::Known(text)] => Some(text),
            _ => None,
        }
    }

    /// Known characters up to the first hole.
    #[must_use]
    pub fn prefix(&self) -> &str {
        match self.pieces.first() {
            Some(Piece::Known(text)) => text,
            _ => "",
        }
    }

    /// Nothing of it is known.
    #[must_use]
    pub fn is_opaque(&self) -> bool {
        !self.pieces.is_empty() && self.pieces.iter().all(|p| matches!(p, Piece::Hole { .. }))
    }
}

/// For people: holes are shown as `${label}`.
impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for piece in &self.pieces {
            match piece {
                Piece::Known(text) => f.write_str(text)?,
                Piece::Hole { label } => write!(f, "${{{label}}}")?,
            }
        }
        Ok(())
    }
}
