//! What every check needs before it can read the first file is made while git is still being asked.

use std::sync::Once;
use std::thread;

use crate::knowledge;
use crate::lang::Kind;
use crate::reach::trigger;
use crate::rules::secret;
use crate::words::span::FileId;
use crate::words::text::Text;

/// Begins with it; the second time does nothing. Whoever needs a part that is not ready waits for it.
pub fn begin() {
    static BEGUN: Once = Once::new();
    BEGUN.call_once(|| {
        // Parts that wait for each other the least. A thread that cannot be started leaves it to the first file.
        let parts: [fn(); 2] = [libraries, commands];
        for part in parts {
            drop(thread::Builder::new().spawn(part));
        }
    });
}

fn libraries() {
    let _ = knowledge::libraries();
    let _ = trigger::touch("", Kind::JavaScript);
}

fn commands() {
    let _ = knowledge::meaning(&[Text::known("true")]);
    let _ = secret::check(FileId(0), "", "PASSWORD=${PASSWORD}");
}
