//! What a leaf of the rollout is handed by whoever runs it: variables, patience, and who is told.

use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use crate::io::clock::{self, Look};
use crate::io::environment::Environment;
use crate::io::http::ask::{Answer, Question, Trouble, ask};
use crate::io::signals;
use crate::words::secret::Redactor;

pub struct Hands<'a> {
    /// guard's own, with `GIT_COMMIT` of what is rolled out.
    pub variables: &'a Environment,
    pub redactor: &'a Redactor,
    /// The rollout's own end: nothing waits longer.
    pub deadline: Instant,
    /// What is waited for, and why it is not so yet.
    pub tell: &'a mut dyn FnMut(&str, &str),
}

/// How soon a wish to end is seen.
const LOOK: Duration = Duration::from_millis(20);

impl Hands<'_> {
    #[must_use]
    pub fn left(&self) -> Duration {
        self.deadline.saturating_duration_since(Instant::now())
    }

    /// So long as is wanted, and not longer than there is.
    #[must_use]
    pub fn within(&self, wanted: Duration) -> Duration {
        wanted.min(self.left()).max(Duration::from_millis(1))
    }

    /// Asks on a thread of its own, so that a wish to end is heard while nobody answers.
    pub fn ask(&self, question: &Question) -> Result<Answer, Trouble> {
        let (sender, receiver) = mpsc::channel();
        let (question, variables) = (question.clone(), self.variables.clone());
        thread::spawn(move || {
            // Nobody listens once the end was asked for.
            let _ = sender.send(ask(&question, &variables));
        });
        loop {
            match receiver.recv_timeout(LOOK) {
                Ok(answer) => return answer,
                Err(RecvTimeoutError::Timeout) if !signals::asked() => {}
                Err(_) => return Err(Trouble::Timeout),
            }
        }
    }

    /// Waits between two tries; false when there will be no other, for the time is up or somebody wants
    /// it all to end.
    #[must_use]
    pub fn rest(&self, wanted: Duration) -> bool {
        if wanted >= self.left() {
            return false;
        }
        let ended = clock::poll(
            Instant::now() + wanted,
            LOOK,
            || if signals::asked() { Look::Never(()) } else { Look::<(), ()>::Not(String::new()) },
            |_| {},
        );
        !matches!(ended, Err(clock::Unmet::Never(())))
    }
}

/// Now, as events and attempts write it.
#[must_use]
pub fn stamp() -> String {
    clock::written_with_millis(clock::now_in_millis())
}

#[must_use]
pub fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
