//! Images whose containers start one known program with whatever words they are given (`flyway/flyway migrate`).

use super::data::{Tool, commands};

/// The tool that a container of this image is, and the name under which it goes.
pub(super) fn tool(image: &str) -> Option<(&str, &'static Tool)> {
    let name = name(image);
    commands().tool(name).filter(|tool| tool.in_image).map(|tool| (name, tool))
}

/// The program in front of the words that a container of this image gets.
#[must_use]
pub fn program(image: &str) -> Option<&str> {
    tool(image).map(|(name, _)| name)
}

/// A tool that goes under this name starts containers of its image.
#[must_use]
pub fn is_in_image(name: &str) -> bool {
    commands().tool(name).is_some_and(|tool| tool.in_image)
}

/// `registry:5000/flyway/flyway:10@sha256:…` is `flyway`.
fn name(image: &str) -> &str {
    let plain = image.split('@').next().unwrap_or(image);
    let last = plain.rsplit('/').next().unwrap_or(plain);
    last.split(':').next().unwrap_or(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_image_is_named_by_its_last_part_without_tag_and_digest() {
        for image in ["flyway/flyway", "flyway/flyway:10-alpine", "r.example:5000/x/flyway@sha256:ab"] {
            assert_eq!(program(image), Some("flyway"), "{image}");
        }
        for image in ["postgres:16", "mysql", "node:22", "ghcr.io/acme/shop:1"] {
            assert_eq!(program(image), None, "{image}");
        }
    }
}
