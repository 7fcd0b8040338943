//! The map in a terminal: every entry point with what it can change, the open ways marked.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use anstyle::{AnsiColor, Style};

use crate::check::map::model::{Effect, Hold, Map, Path, Standing};
use crate::report::map::{Index, counts, number};
use crate::report::text::Look;
use crate::report::visible;

/// Of one group so many effects are listed; the rest is counted.
const MOST: usize = 24;

#[must_use]
pub fn render(map: &Map, look: &Look) -> String {
    let ink = Ink { colour: look.colour };
    let index = Index::of(map);
    let mut out = String::new();
    let named: BTreeMap<&str, usize> =
        map.entries.iter().enumerate().map(|(at, entry)| (entry.id.as_str(), at)).collect();
    let mut ways: BTreeMap<usize, Vec<&Path>> = BTreeMap::new();
    for path in &map.paths {
        let at = path.entry.as_deref().and_then(|id| named.get(id)).copied().unwrap_or(usize::MAX);
        ways.entry(at).or_default().push(path);
    }
    for (at, paths) in ways {
        match map.entries.get(at) {
            Some(entry) => {
                let place = if entry.path.is_empty() {
                    String::new()
                } else {
                    format!("  {}:{}", entry.path, entry.line)
                };
                let title = ink.paint(BOLD, &visible::line(&entry.title));
                let _ = writeln!(out, "{title}{}", ink.paint(DIM, &visible::line(&place)));
            }
            None => {
                let _ = writeln!(out, "{}", ink.paint(BOLD, "nothing calls these"));
            }
        }
        for group in groups(&paths) {
            render_group(&mut out, &index, &group, ink);
        }
        out.push('\n');
    }
    if map.paths.is_empty() {
        out.push_str("Nothing here can change a database, as far as guard can see.\n");
    }
    if !map.quarantine.is_empty() {
        let _ = writeln!(
            out,
            "{} in quarantine: what they would do is not drawn",
            number(map.quarantine.len(), "file")
        );
    }
    out.push_str(&closing(map, ink));
    out
}

/// Ways of one entry point that differ in the effect alone.
struct Group<'m> {
    standing: Standing,
    first: &'m Path,
    effects: Vec<&'m str>,
}

fn groups<'m>(paths: &[&'m Path]) -> Vec<Group<'m>> {
    let mut out: Vec<Group<'m>> = Vec::new();
    for path in paths {
        let same = |group: &&mut Group<'m>| {
            let held = group.first;
            let told =
                |p: &Path| p.guards.iter().map(|g| (g.kind, g.state, g.note.clone())).collect::<Vec<_>>();
            held.files == path.files && held.standing == path.standing && told(held) == told(path)
        };
        match out.iter_mut().find(same) {
            Some(group) => group.effects.push(&path.effect),
            None => {
                out.push(Group { standing: path.standing, first: path, effects: vec![&path.effect] });
            }
        }
    }
    out
}

fn render_group(out: &mut String, index: &Index<'_>, group: &Group<'_>, ink: Ink) {
    let files: Vec<&str> =
        group.first.files.iter().filter_map(|id| index.files.get(id.as_str()).copied()).collect();
    let way = files.iter().map(|file| visible::line(file).into_owned()).collect::<Vec<_>>().join(" → ");
    let _ = writeln!(out, "  {}  {way}", ink.paint(style(group.standing), group.standing.word()));
    for guard in &group.first.guards {
        let sign = match guard.state {
            Hold::Holds => ink.paint(style(Standing::Guarded), "+"),
            Hold::Hole => ink.paint(style(Standing::Unguarded), "!"),
            Hold::Missing => ink.paint(style(Standing::Unguarded), "-"),
        };
        let at = guard.at.as_ref().map(|at| format!("  {}:{}", at.path, at.line)).unwrap_or_default();
        let _ =
            writeln!(out, "    {sign} {}{}", visible::line(&guard.note), ink.paint(DIM, &visible::line(&at)));
    }
    for id in group.effects.iter().take(MOST) {
        let Some(effect) = index.effects.get(id) else { continue };
        let _ = writeln!(
            out,
            "    {}{}  {}",
            visible::line(&effect.label),
            goes_to(index, effect),
            ink.paint(DIM, &format!("{}:{}", visible::line(&effect.path), effect.line))
        );
    }
    let more = group.effects.len().saturating_sub(MOST);
    if more > 0 {
        let _ = writeln!(out, "    and {}", number(more, "other effect"));
    }
}

/// The tables of an effect, where its label does not name them.
fn goes_to(index: &Index<'_>, effect: &Effect) -> String {
    let mut names: Vec<&str> = Vec::new();
    for write in &effect.writes {
        if let Some(name) = index.tables.get(write.table.as_str())
            && !effect.label.contains(name)
            && !names.contains(name)
        {
            names.push(name);
        }
    }
    if names.is_empty() { String::new() } else { format!(" → {}", visible::line(&names.join(", "))) }
}

fn closing(map: &Map, ink: Ink) -> String {
    let mut out = format!(
        "{}: {}, {}, {} on {}\n",
        ink.paint(BOLD, &visible::line(&map.project)),
        number(map.entries.len(), "entry point"),
        number(map.files.len(), "file"),
        number(map.effects.len(), "effect"),
        number(map.tables.len(), "table")
    );
    let held: Vec<String> = counts(map)
        .into_iter()
        .filter(|(_, count)| *count > 0)
        .map(|(standing, count)| ink.paint(style(standing), &format!("{count} {}", standing.word())))
        .collect();
    if !held.is_empty() {
        let _ = writeln!(out, "ways: {}", held.join(", "));
    }
    if !map.contract {
        out.push_str("There is no contract yet: `guard contract init` proposes one.\n");
    }
    out
}

const BOLD: Style = Style::new().bold();
const DIM: Style = Style::new().dimmed();

fn style(standing: Standing) -> Style {
    let colour = match standing {
        Standing::Unguarded => AnsiColor::Red,
        Standing::Partly => AnsiColor::Yellow,
        Standing::Guarded => AnsiColor::Green,
        Standing::Open | Standing::Application => AnsiColor::Blue,
        Standing::Uncalled => AnsiColor::BrightBlack,
    };
    Style::new().fg_color(Some(colour.into()))
}

/// Colours on a terminal, none elsewhere.
#[derive(Clone, Copy)]
struct Ink {
    colour: bool,
}

impl Ink {
    fn paint(self, style: Style, text: &str) -> String {
        if self.colour && !text.is_empty() { format!("{style}{text}{style:#}") } else { text.to_owned() }
    }
}
