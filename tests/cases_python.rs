//! Small repositories of Python with a known answer, and as many look-alikes: `cases_python/`.

mod kit;

#[test]
fn every_attack_is_found_and_every_look_alike_is_silent() {
    kit::cases::every_case_is_judged_as_it_says("cases_python");
}
