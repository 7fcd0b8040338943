//! `.env` files, as the libraries for them read them. Where these differ, every reading counts.

/// `NAME=value`, `export NAME='value'`, and values in quotes that go on over the next lines. Of a name that stands
/// there twice, the last one is first here.
pub(super) fn assignments(text: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut rest = text.strip_prefix('\u{feff}').unwrap_or(text);
    while !rest.is_empty() {
        let (line, after) = rest.split_once('\n').unwrap_or((rest, ""));
        if let Some((name, value)) = assignment(line) {
            found.extend(over_lines(value, after).map(|whole| (name.to_owned(), whole)));
            found.push((name.to_owned(), unquoted(value)));
        }
        rest = after;
    }
    found.reverse();
    found
}

fn assignment(line: &str) -> Option<(&str, &str)> {
    let line = line.trim();
    let line = line.strip_prefix("export ").unwrap_or(line);
    // Some write `NAME: value`.
    let (name, value) = line.split_once('=').or_else(|| line.split_once(": "))?;
    let name = name.trim();
    let plain = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || "_.-".contains(c));
    plain.then_some((name, value.trim()))
}

/// The value, where its quote is closed only on one of the lines after it.
fn over_lines(value: &str, after: &str) -> Option<String> {
    let quote = value.chars().next().filter(|c| "\"'`".contains(*c))?;
    let begun = value.get(1..).filter(|begun| !begun.contains(quote))?;
    let (more, _) = after.split_once(quote)?;
    Some(format!("{begun}\n{more}"))
}

fn unquoted(value: &str) -> String {
    for quote in ['"', '\'', '`'] {
        if let Some((inside, _)) = value.strip_prefix(quote).and_then(|rest| rest.split_once(quote)) {
            return inside.to_owned();
        }
    }
    value.split(" #").next().unwrap_or(value).trim().to_owned()
}

/// Longer than any address; what names itself would grow without an end.
const LONGEST: usize = 16 << 10;

/// A value with what `$NAME` and `${NAME}` in it stand for; unknown ones stay as they are.
pub(super) fn filled_in<'a>(value: &str, get: &dyn Fn(&str) -> Option<&'a str>, depth: usize) -> String {
    let mut out = String::new();
    let mut rest = value;
    while let Some((before, after)) = rest.split_once('$') {
        out.push_str(before);
        let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
        let inside = after.strip_prefix('{').and_then(|inside| inside.split_once('}'));
        let (name, left) =
            inside.unwrap_or_else(|| after.split_at(after.find(|c| !is_name(c)).unwrap_or(after.len())));
        // `${NAME:-usual}` has one of its own.
        let (name, usual) = name.split_once(":-").map_or((name, None), |(name, usual)| (name, Some(usual)));
        match get(name).or(usual).filter(|_| depth > 0 && out.len() < LONGEST) {
            Some(found) => out.push_str(&filled_in(found, get, depth - 1)),
            None => out.extend(["$", after.get(..after.len() - left.len()).unwrap_or_default()]),
        }
        rest = left;
    }
    out.push_str(rest);
    if out.len() > LONGEST { value.to_owned() } else { out }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_in_quotes_go_on_over_lines_and_each_line_counts_as_well() {
        let text = "A='one\nB=two'\nexport C=\"x\" # y\nD: z\n# E=no\nC=last";
        let told: Vec<String> =
            assignments(text).into_iter().map(|(name, value)| format!("{name}={value}")).collect();
        assert_eq!(told, ["C=last", "D=z", "C=x", "B=two'", "A='one", "A=one\nB=two"]);
    }

    #[test]
    fn names_in_a_value_are_filled_in_and_never_without_an_end() {
        let get = |name: &str| match name {
            "H" => Some("host"),
            "N" => Some("${H}x"),
            "LOOP" => Some("${LOOP}${LOOP}${LOOP}${LOOP}${LOOP}${LOOP}"),
            _ => None,
        };
        for (value, expected) in [
            ("a://$H/${N}", "a://host/hostx"),
            ("${U:-usual}", "usual"),
            ("${U} $ $U-", "${U} $ $U-"),
            ("${H", "${H"),
            ("é$H", "éhost"),
        ] {
            assert_eq!(filled_in(value, &get, 4), expected);
        }
        assert!(filled_in("${LOOP}", &get, 4).len() <= 2 * LONGEST);
    }
}
