//! What a script is read as, and that no text is too deep.

use super::lower;
use crate::lang::Input;
use crate::words::flow::{Comparison, ExprKind, NodeKind, Unit};
use crate::words::span::OffsetMap;

fn parse(text: &str) -> Unit {
    lower(Input { path: "a.ps1", text, map: &OffsetMap::identity() })
}

fn sound(text: &str) -> Unit {
    let unit = parse(text);
    assert!(unit.problems.is_empty(), "{text}\n{:?}", unit.problems);
    unit
}

#[test]
fn ordinary_scripts_are_read_without_a_problem() {
    for text in [
        "$q = @\"\nDELETE FROM a WHERE b = '$x' -- \"quoted\" $(Get-Date)\n\"@\nInvoke-Sqlcmd -Query $q\n",
        "$q = @'\nDELETE 'x' $y\n'@\n",
        "& npx @args\nInvoke-Sqlcmd @params -Query 'x'\n",
        "npx prisma `\n  migrate `\n  deploy\n",
        "npx --% prisma migrate deploy %X% | foo\nexit 1\n",
        "npx prisma migrate deploy && Write-Host ok || exit 1\n",
        "npm run db:migrate -- --force\nexit $LASTEXITCODE\n",
        "sqlcmd -S tcp:host,1433 -d db -Q \"DELETE\" -b\n",
        "Remove-Item -Path $f -Recurse -Force:$Force -ErrorAction SilentlyContinue\n",
        "[CmdletBinding(SupportsShouldProcess, ConfirmImpact='High')]\nparam(\n [Parameter(Mandatory)][ValidateSet('a','b')][string] $E = 'a',\n [switch]$Force\n)\n",
        "try { throw 'x' } catch [System.Exception] { Write-Host $_ } catch { } finally { }\n",
        "switch -Regex ($env:CI) { '^true$' { 'a' } default { exit 1 } }\n",
        "class A : B { [string]$x = 'a'; A([int]$y) { $this.x = $y } static [void] M() { [A]::new() } }\n",
        "enum E { A; B }\nfilter f { $_ }\nfunction Get-X([string]$a, $b = 3) { begin { } process { $_ } end { return 1 } }\n",
        "$x = $env:CI -ceq 'true' ? 1 : 2\n$y = $a ?? 'b'\n$z ??= 3\n$h = @{ A = 1; 'b' = @(1,2)\n c = if ($x) { 1 } else { 2 } }\n",
        "npx x 2>$null\nnpx y *> out.log\nnpx z 2>&1 | Tee-Object -FilePath l\n",
        ". $PSScriptRoot/lib/Guards.ps1\n& $PSScriptRoot/x.ps1 -A b\n.\\scripts\\x.ps1 prod\n",
        "1..3 | % { $_ } | ? { $_ -gt 1 }\n\"a $(if ($x) { \"b $y\" }) c\"\nGet-Process -Name a* |\n  Where-Object Name -eq 'x'\n",
        "$c.CreateCommand().CommandText = 'x'\n(Get-Item Env:CI).Value\n$a[0], $b = 1, 2\n[void] $x.Run({ 1 }, @{ a = 1 })\n",
        "if (Get-Command npx -EA Ignore) { 'x' }\nelseif ($?) { }\nelse { }\ndo { $i++ } while ($i -lt 3)\nfor ($i = 0; $i -lt 3; $i++) { continue }\n",
        "'{0} {1}' -f $a, $b\n-join ('a', 'b')\n\"$x,$($y.z)\" -split ','\n$s = 'it''s' + \"say \"\"x\"\"\"\n:outer foreach ($a in $b) { break outer }\n",
        "Get-Content a.sql -Raw |\n  # a remark\n  psql $env:URL\n<# block #> exit 0\n",
    ] {
        sound(text);
        sound(&text.replace('\n', "\r\n"));
    }
}

#[test]
fn only_comparisons_that_mind_case_are_exact() {
    let op = |text: &str| {
        let unit = sound(text);
        match &unit.body[0].kind {
            NodeKind::Eval(value) => match &*value.kind {
                ExprKind::Compare { op, .. } => *op,
                other => panic!("{other:?}"),
            },
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(op("$env:CI -ceq 'true'"), Comparison::Equal);
    assert_eq!(op("$env:CI -CNE 'true'"), Comparison::NotEqual);
    assert_eq!(op("$env:CI -eq 'true'"), Comparison::EqualFolded);
    assert_eq!(op("'true' -ine $env:CI"), Comparison::NotEqualFolded);
    assert_eq!(op("$LASTEXITCODE -ne 0"), Comparison::NotEqual);
}

#[test]
fn a_program_is_marked_where_something_follows_that_does_not_look_at_its_status() {
    let marked = |text: &str| {
        let unit = sound(text);
        unit.body.iter().any(|node| match &node.kind {
            NodeKind::Command(value) => {
                matches!(&*value.kind, ExprKind::Run(run) if super::names::starts_program(run))
            }
            _ => false,
        })
    };
    assert!(marked("npx a\nWrite-Host done"));
    assert!(marked("npx a\ngit b\nif ($LASTEXITCODE) { exit 1 }"));
    assert!(marked("npx a\nexit 0"));
    assert!(!marked("npx a"));
    assert!(!marked("npx a\nWrite-Host done\nif ($LASTEXITCODE -ne 0) { exit 1 }"));
    assert!(!marked("npx a\nexit $LASTEXITCODE"));
    assert!(!marked("npx a\nAssert-LastExitCode\nWrite-Host done"));
}

#[test]
fn the_shape_ignores_comments_and_layout_but_nothing_else() {
    let shape = |text: &str| parse(text).shape;
    assert_eq!(shape("if ($a) { b } # c\n"), shape("<# x #>\nif($a){\n  b\n}"));
    assert_eq!(shape("a `\n b\n"), shape("a b\n"));
    assert_ne!(shape("a b"), shape("ab"));
    assert_ne!(shape("a 'b # c'"), shape("a 'b # d'"));
    assert_ne!(shape("a\nb"), shape("a b"));
    assert_ne!(shape("@\"\nb # c\n\"@"), shape("@\"\nb\n\"@"));
}

#[test]
fn no_nesting_is_too_deep() {
    let deep = std::thread::Builder::new().stack_size(64 << 20).spawn(|| {
        for open in [
            "(",
            "@(",
            "$(",
            "{",
            "@{a=",
            "\"$(",
            "if (",
            "if (1) {",
            "a (",
            "[a[",
            "-not ",
            "$a[",
            "$a.b(",
            "try {",
            "function a {",
            "class a { b() {",
            "switch (1) { 1 {",
            "& {",
            "1 + (",
            "a | % {",
            "$x = ",
            "!",
            ",",
            "- ",
        ] {
            parse(&open.repeat(3000));
            parse(&format!("{}1", open.repeat(3000)));
        }
        for link in [
            "a.",
            "$a.b",
            "$a + ",
            "a && ",
            "a | ",
            "elseif (1) {} ",
            "$a ?? ",
            "[int]",
            "$a ? ",
            "$a -f ",
            "`\n",
        ] {
            parse(&format!("if (1) {{}} {}$z", link.repeat(3000)));
            parse(&link.repeat(3000));
        }
    });
    deep.expect("a thread").join().expect("it ends");
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(400))]
    #[test]
    fn any_tokens_in_any_order_are_survived(
        tokens in proptest::collection::vec(proptest::sample::select(vec![
            "(", ")", "{", "}", "[", "]", "@(", "@{", "$(", "\"", "'", "@\"\n", "\n\"@", "@'\n", "\n'@", "$a", "${b", "$env:CI",
            " ", "\n", "\r\n", ";", "|", "||", "&&", "&", ".", "::", ",", "=", "+=", "-eq", "-not", "-f", "..", "?", ":", "`",
            "if", "else", "foreach", "in", "switch", "default", "try", "catch", "trap", "function", "param", "class", "throw",
            "exit", "return", "break", "npx", "Write-Host", "-ErrorAction", "SilentlyContinue", "--%", "<#", "#>", "# é", "0x1", "1kb", "%", "2>&1",
        ]), 0..60)
    ) {
        let text = tokens.concat();
        let unit = parse(&text);
        for node in &unit.body {
            assert!(node.span.start <= node.span.end && node.span.end as usize <= text.len());
        }
    }
}
