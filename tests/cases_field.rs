//! What the field test found in repositories of others, as small repositories with a known answer:
//! `cases_field/<name>/` holds one each, in the format that `kit/cases.rs` tells.

mod kit;

#[test]
fn every_attack_is_found_and_every_look_alike_is_silent() {
    kit::cases::every_case_is_judged_as_it_says("cases_field");
}
