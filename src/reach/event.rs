//! What happens on the way through a program: the evidence from which rules judge.

use std::collections::BTreeSet;
use std::rc::Rc;

use crate::knowledge::command::Meaning;
use crate::reach::value::Taint;
use crate::words::effect::Effect;
use crate::words::span::{FileId, Place};
use crate::words::text::Text;

/// A world in which a program is walked. In each but the first, something that must stop the
/// program holds; whatever effect is still reached shows that it does not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum World {
    /// Nothing is known: every path, to find what can happen.
    Open,
    /// `CI` is anything but `true`.
    NoCi,
    /// The database is not the one that it should be.
    WrongDatabase,
    /// `CI` is `true`, but there is no proof of it.
    NoProof,
}

/// Why a guard that is there did not stop the program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Excuse {
    pub kind: ExcuseKind,
    pub at: Place,
    pub taint: Taint,
    /// The guard that was passed.
    pub guard: Option<Place>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ExcuseKind {
    /// The check itself accepts more than `CI=true`.
    Loose,
    /// It stands behind a condition.
    Conditional,
    /// Its failure is caught or ignored as an exception or a rejected promise.
    Swallowed,
    /// Its failure is hidden by the shell.
    Masked,
}

#[derive(Clone, Debug)]
pub struct Event {
    pub kind: EventKind,
    pub at: Place,
    /// Call and import sites that lead here, outermost first.
    pub stack: Rc<[Place]>,
    /// Excuses that hold on this path: indices into the walk's list.
    pub excuses: Rc<BTreeSet<usize>>,
    /// A construct that hides a failure of this.
    pub mask: Option<Mask>,
    /// A failure of this is dealt with: by the construct that stands so deep, or by none.
    pub dealt: usize,
    /// Seen only because a function that nothing calls was looked into.
    pub speculative: bool,
    /// Inside a function that was given to something unknown, or to a server.
    pub handler: bool,
    /// Inside `guard migrate -- …` or `guard run -- …`.
    pub wrapped: Option<Wrapped>,
    /// Stands behind an unknown condition whose other side does nothing.
    pub conditional: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mask {
    pub at: Place,
    /// Nothing at all is said of the failure; otherwise it is logged, but the program goes on.
    pub silent: bool,
    pub shell: bool,
}

#[derive(Clone, Debug)]
pub enum EventKind {
    Effect {
        effects: Vec<Effect>,
        /// The mutating command of a tool, as the contract writes it.
        command: Option<Vec<Text>>,
        destructive: bool,
        url: Taint,
        /// Runs behind ssh, docker exec and the like.
        remote: bool,
    },
    /// Something that could be a mutation and cannot be told.
    Unresolved { why: String, hint: String },
    /// Runs something that nobody can read: of account where the contract holds the program to account.
    Unread { why: String, hint: String },
    /// A connection is opened, or a client that can.
    Opens,
    /// A connection is used for reading.
    Reads { url: Taint },
    /// The program was stopped by a guard here.
    GuardStop,
    /// A guard ended the program here, with a status that says that all is well.
    EndsWell,
    /// A command was started.
    Ran { words: Vec<Text>, meaning: Box<Meaning>, env: Vec<(String, Text, Place)> },
    /// A file was imported, included or started.
    Reach { file: FileId, how: How },
    /// An entry of another file was started (`npm run x`, `make x`): its index.
    StartsEntry { entry: usize },
    /// What a file exports under a name is put out of place in this program.
    Replaces { file: FileId, name: String },
    /// The program sets `CI`.
    ForgesCi,
    /// A fingerprint check ran; what its verdict is made of.
    Fingerprint {
        url: Taint,
        /// The texts that it was called with: one of them may name an environment.
        named: Vec<String>,
    },
    /// Requests are served from here on.
    Serves,
    /// A `.env` file is loaded.
    LoadsEnv { file: FileId },
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum How {
    Imported,
    Included,
    /// As a program of its own; `wrapped` by `guard migrate` or `guard run`, for that environment.
    Started {
        wrapped: Option<Wrapped>,
    },
    /// Its text is executed as SQL.
    Sql,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wrapped {
    pub environment: Option<Text>,
    pub run: bool,
}
