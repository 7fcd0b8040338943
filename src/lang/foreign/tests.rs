//! Which files are scripts, and that no text stops the reader. What calls do is in
//! `tests/foreign_samples.rs`.

use super::*;
use crate::words::span::OffsetMap;
use proptest::prelude::*;

#[test]
fn the_place_tells_a_script_from_an_application() {
    let ruby = |path: &str| Language::Ruby.is_script(path, "puts 1\n");
    for path in
        ["lib/tasks/a.rake", "db/seeds.rb", "script/a.rb", "bin/a", "Rakefile", "engines/x/lib/tasks/a.rake"]
    {
        assert!(ruby(path), "{path}");
    }
    for path in
        ["app/models/a.rb", "lib/a.rb", "config/a.rb", "spec/a_spec.rb", "db/migrate/1_a.rb", "bin/a_test.rb"]
    {
        assert!(!ruby(path), "{path}");
    }
    let php = |path: &str, text: &str| Language::Php.is_script(path, text);
    assert!(php("bin/a.php", "<?php"));
    assert!(php("app/Console/Commands/A.php", "<?php class A extends Command {}"));
    assert!(!php("app/Http/Controllers/A.php", "<?php"));
    assert!(!php("tests/Unit/ATest.php", "<?php"));
    let go = |path: &str, text: &str| Language::Go.is_script(path, text);
    assert!(go("cmd/a/main.go", "package main\n"));
    assert!(!go("cmd/a/run.go", "package a\n"));
    assert!(!go("cmd/a/main.go", "package main\nfunc main() { http.ListenAndServe(x, nil) }\n"));
    assert!(!go("vendor/a/cmd.go", "package main\n"));
}

#[test]
fn brackets_without_end_do_not_overflow() {
    for language in [Language::Ruby, Language::Php, Language::Go] {
        for piece in ["(", "[", "{", "a(", "a.b(", "a[", "a {", "a.b.", "x = ", "\"#{", "&", "!"] {
            let text = format!("<?php {}", piece.repeat(20_000));
            let _ = lower(language, Input { path: "x", text: &text, map: &OffsetMap::identity() });
        }
    }
}

proptest! {
    #[test]
    fn arbitrary_text_never_panics(text in "(<\\?php|<<~A|<<<A|\nA\n|#\\{|\\{\\$|%q\\(|do|end|[ :\\-\n{}()\\[\\],'\"=$%*@#/`\\\\.a-cé]){0,60}") {
        for language in [Language::Ruby, Language::Php, Language::Go] {
            let _ = lower(language, Input { path: "x", text: &text, map: &OffsetMap::identity() });
        }
    }
}
