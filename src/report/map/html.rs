//! The map as one page: drawing, data and styles in one file that asks no network for anything.

use crate::check::map::model::Map;
use crate::report::visible;

const PAGE: &str = include_str!("page.html");
const STYLE: &str = include_str!("page.css");
const DRAW: &str = include_str!("page.js");
const LAYOUT: &str = include_str!("layout.js");

#[must_use]
pub fn render(map: &Map) -> String {
    let data = serde_json::to_string(map).unwrap_or_else(|error| format!("{{\"error\":\"{error}\"}}"));
    let mut out = String::with_capacity(PAGE.len() + STYLE.len() + DRAW.len() + LAYOUT.len() + data.len());
    let mut rest = PAGE;
    // One pass: what was put in is never searched for marks again.
    while let Some((before, after)) = rest.split_once("<!--{") {
        let Some((name, after)) = after.split_once("}-->") else { break };
        out.push_str(before);
        match name {
            "project" => out.push_str(&escaped(&visible::line(&map.project))),
            "style" => out.push_str(STYLE),
            "layout" => out.push_str(LAYOUT),
            "draw" => out.push_str(DRAW),
            "data" => out.push_str(&inert(&data)),
            _ => {}
        }
        rest = after;
    }
    out.push_str(rest);
    out
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// JSON inside of a script element: nothing in it can end the element or open a comment.
fn inert(json: &str) -> String {
    json.replace('<', "\\u003c").replace('\u{2028}', "\\u2028").replace('\u{2029}', "\\u2029")
}
