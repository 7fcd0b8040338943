//! What `guard prove` plants, as data: `rules/knowledge/plants.toml`.

use std::sync::LazyLock;

use serde::Deserialize;

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct PlantFile {
    #[serde(default)]
    unstarted: Vec<String>,
    plant: Vec<Template>,
}

/// One kind of bypass or mutation in one language.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Template {
    pub language: String,
    pub kind: String,
    /// The guards that it gets around; none: it is about the script.
    pub guard: Option<Class>,
    #[serde(rename = "where")]
    pub place: PlaceOf,
    #[serde(default)]
    pub when: Vec<Condition>,
    /// Nothing is planted in a program that holds one of these texts.
    #[serde(default)]
    pub unless: Vec<String>,
    #[serde(default)]
    pub shows: Shows,
    /// Where the guard stops the program all the same, this was no way around it.
    #[serde(default)]
    pub still: bool,
    pub text: String,
    /// Rules of which one must say it.
    pub expect: Vec<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Class {
    Ci,
    Fingerprint,
    Any,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PlaceOf {
    Instead,
    Before,
    After,
    /// The guard stands behind the effect.
    Late,
    BeforeEffect,
    InsteadOfEffect,
    /// First in the guard's own function.
    Inside,
    /// Beside the command of a workflow's step.
    Key,
    /// A step of its own before it.
    Step,
    /// Beside the keys of a pipeline's job.
    JobKey,
    /// Beside the keys of the whole file.
    TopKey,
    /// In the list that names the jobs of a pipeline.
    Item,
    /// `guard migrate … --` and `guard run … --` taken away.
    Unwrapped,
}

/// Where the check says it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Shows {
    #[default]
    Here,
    Elsewhere,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Condition {
    Throws,
    Awaited,
    Call,
    Result,
    /// The guard is a command of guard itself.
    Own,
    ActResult,
    GivesResult,
    GivesNothing,
}

static FILE: LazyLock<PlantFile> = LazyLock::new(|| {
    let mut file: PlantFile =
        toml::from_str(include_str!("../../rules/knowledge/plants.toml")).unwrap_or_default();
    let more: PlantFile =
        toml::from_str(include_str!("../../rules/knowledge/plants-pipelines.toml")).unwrap_or_default();
    file.plant.extend(more.plant);
    file
});

/// What is planted in a language.
pub fn of(language: &str) -> impl Iterator<Item = &'static Template> + use<'_> {
    FILE.plant.iter().filter(move |template| template.language == language)
}

/// What interpreters say of a program that could not be started.
#[must_use]
pub fn unstarted() -> &'static [String] {
    &FILE.unstarted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_data_is_read_and_every_language_with_guards_has_its_plants() {
        let file: PlantFile = toml::from_str(include_str!("../../rules/knowledge/plants.toml"))
            .unwrap_or_else(|e| panic!("{e}"));
        assert!(file.plant.iter().all(|template| !template.expect.is_empty()));
        let more: PlantFile = toml::from_str(include_str!("../../rules/knowledge/plants-pipelines.toml"))
            .unwrap_or_else(|e| panic!("{e}"));
        assert!(more.plant.iter().all(|template| !template.expect.is_empty()));
        for language in ["javascript", "shell", "python", "rust", "powershell"] {
            let kinds: Vec<_> = of(language).map(|template| template.place).collect();
            for needed in [PlaceOf::Instead, PlaceOf::Late, PlaceOf::BeforeEffect] {
                assert!(kinds.contains(&needed), "{language} {needed:?}");
            }
        }
    }
}
