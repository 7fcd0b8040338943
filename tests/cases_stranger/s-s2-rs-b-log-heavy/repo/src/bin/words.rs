use std::fmt::Write as _;

macro_rules! say {
    ($($t:tt)*) => { println!($($t)*) };
}

#[derive(Debug, Default, Clone, Copy)]
struct Unit;

impl Unit {
    fn status(&self) -> &'static str {
        "UPDATE nothing SET nothing = 0"
    }
    fn arg(&self, _s: &str) -> &Self {
        self
    }
}

fn main() -> anyhow::Result<()> {
    let c = Unit;
    let mut out = String::new();
    write!(out, "{}", c.arg("x").status())?;
    writeln!(&mut out, "{:?} {}", Unit, out.len())?;
    say!("{} {out}", out.trim().to_uppercase());
    for (i, word) in ["delete", "drop"].iter().enumerate() {
        println!("{i}: {word:>10} {}", word.len().checked_sub(1).unwrap());
    }
    assert!(out.contains("nothing"), "no {}", out.len());
    Ok(())
}
