//! A text that may have holes: what is known of a string before the program has run.

use std::fmt;

/// What stands where a text is not known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    Known(String),
    /// A value that only the run knows. `label` is what the source calls it, for messages.
    Hole {
        label: String,
    },
}

/// Known pieces and holes, in order. Neighbouring known pieces are always joined.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Text(Vec<Piece>);

impl Text {
    #[must_use]
    pub fn known(text: impl Into<String>) -> Self {
        let mut out = Self::default();
        out.push_known(&text.into());
        out
    }

    #[must_use]
    pub fn hole(label: impl Into<String>) -> Self {
        Self(vec![Piece::Hole { label: label.into() }])
    }

    pub fn push_known(&mut self, text: &str) {
        if text.is_empty() {
            return;
        }
        if let Some(Piece::Known(last)) = self.0.last_mut() {
            last.push_str(text);
        } else {
            self.0.push(Piece::Known(text.to_owned()));
        }
    }

    pub fn push(&mut self, other: &Self) {
        for piece in &other.0 {
            match piece {
                Piece::Known(text) => self.push_known(text),
                Piece::Hole { .. } => self.0.push(piece.clone()),
            }
        }
    }

    /// Cut at white space, as a shell cuts what is not in quotes. Holes stay whole.
    #[must_use]
    pub fn split_whitespace(&self) -> Vec<Self> {
        let mut out = vec![Self::default()];
        for piece in &self.0 {
            let Piece::Known(text) = piece else {
                if let Some(last) = out.last_mut() {
                    last.0.push(piece.clone());
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
        out.retain(|word| !word.0.is_empty());
        out
    }

    #[must_use]
    pub fn pieces(&self) -> &[Piece] {
        &self.0
    }

    /// The whole text, when nothing of it is a hole.
    #[must_use]
    pub fn as_known(&self) -> Option<&str> {
        match self.0.as_slice() {
            [] => Some(""),
            [Piece::Known(text)] => Some(text),
            _ => None,
        }
    }

    /// Known characters up to the first hole.
    #[must_use]
    pub fn prefix(&self) -> &str {
        match self.0.first() {
            Some(Piece::Known(text)) => text,
            _ => "",
        }
    }

    /// Nothing of it is known.
    #[must_use]
    pub fn is_opaque(&self) -> bool {
        !self.0.is_empty() && self.0.iter().all(|p| matches!(p, Piece::Hole { .. }))
    }
}

/// For people: holes are shown as `${label}`.
impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for piece in &self.0 {
            match piece {
                Piece::Known(text) => f.write_str(text)?,
                Piece::Hole { label } => write!(f, "${{{label}}}")?,
            }
        }
        Ok(())
    }
}
