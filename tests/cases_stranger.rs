//! Pairs of attacks and look-alikes that somebody wrote from the rules alone, and of which one was judged
//! wrong once: `cases_stranger/<name>/` holds one each, in the format that `kit/cases.rs` tells.

mod kit;

#[test]
fn what_a_stranger_wrote_is_judged_as_he_meant_it() {
    kit::cases::every_case_is_judged_as_it_says("cases_stranger");
}
