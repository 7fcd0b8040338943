//! The work tree is the commit that the proof is about, unmodified.

use crate::io::git::Repository;
use crate::words::ending::{Code, Ending};

/// The commit that is checked out; `named` is the one that a token is about.
pub(super) fn check(repository: Option<&Repository>, named: Option<&str>) -> Result<String, Ending> {
    let no = |why: String| {
        Err(Ending::refused(Code::ProofCommit, why)
            .next("check out exactly the commit that the job runs for, and change no tracked file"))
    };
    let Some(repository) = repository else {
        return no("the proof is about a commit, and this folder is in no git repository".into());
    };
    let head = match repository.commit("HEAD") {
        Ok(Some(head)) => head,
        Ok(None) => return no("the proof is about a commit, and there is none here".into()),
        Err(error) => return no(format!("git cannot say which commit this is: {error}")),
    };
    if let Some(named) = named
        && !named.eq_ignore_ascii_case(&head)
    {
        let named: String = named.chars().filter(char::is_ascii_hexdigit).take(64).collect();
        return no(format!("the work tree is at {head}, and the proof is about {named}"));
    }
    match repository.is_tracked_changed() {
        Ok(false) => Ok(head),
        Ok(true) => no(format!("tracked files differ from the commit {head}")),
        Err(error) => no(format!("git cannot say whether files were changed: {error}")),
    }
}
