//! Small repositories of JavaScript and SQL with a known answer: `cases/<name>/` holds one each, in
//! the format that `kit/cases.rs` tells.

mod kit;

#[test]
fn every_case_is_judged_as_it_says() {
    kit::cases::every_case_is_judged_as_it_says("cases");
}
