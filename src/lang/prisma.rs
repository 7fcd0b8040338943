//! Prisma schemas: which table a model is, which column a field, and where the database's URL is.

use std::collections::BTreeMap;

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PrismaSchema {
    /// Models and views.
    pub models: BTreeMap<String, Model>,
    pub enums: BTreeMap<String, Enum>,
    /// `postgresql`, `mysql`, `sqlite` …
    pub provider: Option<String>,
    /// The variables of `url`, `directUrl` and `shadowDatabaseUrl`, in that order.
    pub url_variables: Vec<String>,
    /// A URL that is written out.
    pub urls: Vec<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Model {
    pub table: String,
    pub schema: Option<String>,
    pub view: bool,
    pub fields: BTreeMap<String, Field>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Field {
    pub column: String,
    /// Without `?` and `[]`.
    pub ty: String,
    /// The model that it leads to; such a field is no column.
    pub relation: Option<String>,
    pub list: bool,
    pub optional: bool,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Enum {
    pub name_in_database: String,
    pub values: Vec<String>,
}

/// How the client calls a model: `ServiceCategory` is `serviceCategory`.
#[must_use]
pub fn client_name(model: &str) -> String {
    let mut chars = model.chars();
    chars.next().map_or_else(String::new, |first| first.to_lowercase().chain(chars).collect())
}

/// Several files of one schema are read one by one and joined.
impl PrismaSchema {
    #[must_use]
    pub fn join(mut self, other: Self) -> Self {
        self.models.extend(other.models);
        self.enums.extend(other.enums);
        self.provider = self.provider.or(other.provider);
        self.url_variables.extend(other.url_variables);
        self.urls.extend(other.urls);
        self.relate();
        self
    }

    /// The model that the client calls so.
    #[must_use]
    pub fn by_client_name(&self, name: &str) -> Option<(&String, &Model)> {
        self.models.iter().find(|(model, _)| client_name(model) == name)
    }

    /// A field whose type is a model is a relation; that is known once all models are.
    fn relate(&mut self) {
        let names: Vec<String> = self.models.keys().cloned().collect();
        for field in self.models.values_mut().flat_map(|model| model.fields.values_mut()) {
            if names.binary_search(&field.ty).is_ok() {
                field.relation = Some(field.ty.clone());
            }
        }
    }
}

enum Section {
    None,
    Model(String),
    Enum(String),
    Datasource,
    Other,
}

#[must_use]
pub fn parse(text: &str) -> PrismaSchema {
    let mut schema = PrismaSchema::default();
    let mut section = Section::None;
    let mut variables: BTreeMap<u8, String> = BTreeMap::new();
    let clean = without_block_comments(text);
    for line in clean.lines().flat_map(one_line_blocks) {
        let line = without_comment(line).trim();
        if line.is_empty() {
            continue;
        }
        if line == "}" {
            section = Section::None;
            continue;
        }
        match &section {
            Section::None => {
                if let Some(head) = line.strip_suffix('{') {
                    section = open(head, &mut schema);
                }
            }
            Section::Model(name) => {
                if let Some(model) = schema.models.get_mut(name) {
                    model_line(line, model);
                }
            }
            Section::Enum(name) => {
                if let Some(of) = schema.enums.get_mut(name) {
                    enum_line(line, of);
                }
            }
            Section::Datasource => datasource_line(line, &mut schema, &mut variables),
            Section::Other => {}
        }
    }
    schema.url_variables = variables.into_values().collect();
    schema.relate();
    schema
}

fn open(head: &str, schema: &mut PrismaSchema) -> Section {
    let mut words = head.split_whitespace();
    match (words.next(), words.next()) {
        (Some(kind @ ("model" | "view")), Some(name)) => {
            let model = Model { table: name.to_owned(), view: kind == "view", ..Model::default() };
            schema.models.insert(name.to_owned(), model);
            Section::Model(name.to_owned())
        }
        (Some("enum"), Some(name)) => {
            let of = Enum { name_in_database: name.to_owned(), values: Vec::new() };
            schema.enums.insert(name.to_owned(), of);
            Section::Enum(name.to_owned())
        }
        (Some("datasource"), _) => Section::Datasource,
        _ => Section::Other,
    }
}

fn model_line(line: &str, model: &mut Model) {
    if line.starts_with("@@") {
        if let Some(name) = attribute(line, "@@map") {
            model.table = name;
        }
        if let Some(name) = attribute(line, "@@schema") {
            model.schema = Some(name);
        }
        return;
    }
    let mut words = line.split_whitespace();
    let (Some(name), Some(written)) = (words.next(), words.next()) else { return };
    if !name.starts_with(|c: char| c.is_alphabetic() || c == '_') {
        return;
    }
    let written = written.split('@').next().unwrap_or(written);
    let base = written.trim_end_matches(['?', '!']).trim_end_matches("[]");
    let field = Field {
        column: attribute(line, "@map").unwrap_or_else(|| name.to_owned()),
        ty: base.to_owned(),
        relation: line.contains("@relation").then(|| base.to_owned()),
        list: written.contains("[]"),
        optional: written.ends_with('?'),
    };
    model.fields.insert(name.to_owned(), field);
}

fn enum_line(line: &str, of: &mut Enum) {
    if line.starts_with("@@") {
        if let Some(name) = attribute(line, "@@map") {
            of.name_in_database = name;
        }
    } else if let Some(value) = line.split_whitespace().next() {
        of.values.push(attribute(line, "@map").unwrap_or_else(|| value.to_owned()));
    }
}

fn datasource_line(line: &str, schema: &mut PrismaSchema, variables: &mut BTreeMap<u8, String>) {
    let Some((key, value)) = line.split_once('=') else { return };
    let rank = match key.trim() {
        "provider" => {
            schema.provider = first_string(value);
            return;
        }
        "url" => 0,
        "directUrl" => 1,
        "shadowDatabaseUrl" => 2,
        _ => return,
    };
    if let Some(text) = first_string(value) {
        if value.trim_start().starts_with("env") {
            variables.insert(rank, text);
        } else {
            schema.urls.push(text);
        }
    }
}

/// The text of `@map("x")`, `@map(name: "x")`; `@map` is not found inside of `@@map`.
fn attribute(line: &str, name: &str) -> Option<String> {
    for (at, _) in line.match_indices(name) {
        let before = line.get(..at).and_then(|text| text.chars().next_back());
        let rest = line.get(at + name.len()..).unwrap_or_default().trim_start();
        if before != Some('@') && before != Some('.') && !in_string(line, at) && rest.starts_with('(') {
            return first_string(rest);
        }
    }
    None
}

fn in_string(line: &str, at: usize) -> bool {
    let before = line.get(..at).unwrap_or_default();
    before.replace("\\\\", "").replace("\\\"", "").matches('"').count() % 2 == 1
}

fn first_string(text: &str) -> Option<String> {
    let (_, rest) = text.split_once('"')?;
    let mut out = String::new();
    let mut chars = rest.chars();
    loop {
        match chars.next()? {
            '"' => return Some(out),
            '\\' => out.push(chars.next()?),
            c => out.push(c),
        }
    }
}

fn without_comment(line: &str) -> &str {
    let comment = line.match_indices("//").map(|(at, _)| at).take(64).find(|at| !in_string(line, *at));
    comment.and_then(|at| line.get(..at)).unwrap_or(line)
}

fn without_block_comments(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    // Only where a line starts with one: `/*` may stand in a string or in a documentation line.
    while let Some(at) = rest.find("/*") {
        let line = rest.get(..at).and_then(|before| before.rsplit('\n').next()).unwrap_or_default();
        let (keep, skip) = match rest.get(at..).and_then(|tail| tail.find("*/")) {
            Some(end) if line.trim().is_empty() => (at, at + end + 2),
            _ => (at + 2, at + 2),
        };
        out.push_str(rest.get(..keep).unwrap_or_default());
        rest = rest.get(skip..).unwrap_or_default();
    }
    out.push_str(rest);
    out
}

/// `enum A { X Y }` on one line: head, content, end. Other lines stay whole.
fn one_line_blocks(line: &str) -> Vec<&str> {
    let heads = ["model ", "view ", "enum ", "datasource ", "generator ", "type "];
    let trimmed = line.trim();
    if heads.iter().any(|head| trimmed.starts_with(head))
        && let Some(open) = trimmed.find('{')
        && let Some(inner) = trimmed.get(open + 1..).and_then(|rest| rest.strip_suffix('}'))
    {
        let head = trimmed.get(..=open).unwrap_or_default();
        let parts: Vec<&str> =
            if head.starts_with("enum ") { inner.split_whitespace().collect() } else { vec![inner] };
        return std::iter::once(head).chain(parts).chain(std::iter::once("}")).collect();
    }
    vec![line]
}

#[cfg(test)]
mod tests {
    use super::*;

    const SCHEMA: &str = r#"
/* model Old { id Int } */
datasource db {
  provider  = "postgresql" // the main one
  url       = env("DATABASE_URL")
  directUrl = env("DIRECT_URL")
}
model Service {
  id         String   @id @default(cuid())
  basePrice  Int      @map("base_price")
  note       String?  @default("@map(\"no\") // x") @map(name: "remark")
  categoryId String
  category   ServiceCategory @relation(fields: [categoryId], references: [id], map: "fk")
  tags       Tag[]
  state      State    @default(OPEN) @db.VarChar(20)
  // gone    Int
  @@index([basePrice], map: "idx")
  @@map("services")
  @@schema("shop")
}
model ServiceCategory { 
  id String @id
  services Service[]
}
model Tag {
  id Int @id
}
view Totals {
  id Int @unique
  @@map("totals_v")
}
enum State { OPEN CLOSED }
"#;

    #[test]
    fn models_fields_and_relations_are_read() {
        let schema = parse(SCHEMA);
        let names: Vec<&String> = schema.models.keys().collect();
        assert_eq!(names, ["Service", "ServiceCategory", "Tag", "Totals"]);
        let service = &schema.models["Service"];
        assert_eq!((service.table.as_str(), service.schema.as_deref()), ("services", Some("shop")));
        assert_eq!(service.fields["basePrice"].column, "base_price");
        assert_eq!(service.fields["note"].column, "remark");
        assert_eq!(service.fields["category"].relation.as_deref(), Some("ServiceCategory"));
        assert_eq!(service.fields["tags"].relation.as_deref(), Some("Tag"));
        assert!(service.fields["tags"].list);
        assert_eq!(service.fields["state"].relation, None);
        assert!(!service.fields.contains_key("gone"));
        assert_eq!(schema.models["Totals"].table, "totals_v");
        assert_eq!(schema.enums["State"].values, ["OPEN", "CLOSED"]);
        assert_eq!(
            schema.by_client_name("serviceCategory").map(|(name, _)| name.as_str()),
            Some("ServiceCategory")
        );
    }

    #[test]
    fn the_datasource_says_where_its_url_is() {
        let schema = parse(SCHEMA);
        assert_eq!(schema.provider.as_deref(), Some("postgresql"));
        assert_eq!(schema.url_variables, ["DATABASE_URL", "DIRECT_URL"]);
    }

    #[test]
    fn relations_hold_across_files() {
        let a = parse("model A {\n id Int\n b B?\n}");
        assert_eq!(a.models["A"].fields["b"].relation, None);
        let both = a.join(parse("model B {\n id Int\n}"));
        assert_eq!(both.models["A"].fields["b"].relation.as_deref(), Some("B"));
    }

    proptest::proptest! {
        #[test]
        fn arbitrary_text_never_panics(text in "(model|enum|\\{|\\}|\n|@@?map|\\(|\"|/\\*|\\*/|//|é|x| ){0,60}") {
            let _ = parse(&text);
        }
    }
}
