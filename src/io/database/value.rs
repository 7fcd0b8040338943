//! Values on their way in and out, and the rows of an answer.

/// A value on its way in or out.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    Null,
    Int(i64),
    Text(String),
    Bytes(Vec<u8>),
    Bool(bool),
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Self::Int(number)
    }
}

impl<T: Into<Self>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

/// One row of an answer. Engines differ in how they type what they send; a cell is read as what it is
/// asked for, or not at all.
#[derive(Clone, Debug, PartialEq)]
pub struct Row(pub(super) Vec<Value>);

impl Row {
    #[must_use]
    pub fn text(&self, column: usize) -> Option<String> {
        match self.0.get(column)? {
            Value::Text(text) => Some(text.clone()),
            Value::Bytes(bytes) => String::from_utf8(bytes.clone()).ok(),
            Value::Int(number) => Some(number.to_string()),
            Value::Bool(it) => Some(it.to_string()),
            Value::Null => None,
        }
    }

    #[must_use]
    pub fn int(&self, column: usize) -> Option<i64> {
        match self.0.get(column)? {
            Value::Int(number) => Some(*number),
            Value::Bool(it) => Some(i64::from(*it)),
            Value::Text(text) => text.parse().ok(),
            Value::Bytes(bytes) => std::str::from_utf8(bytes).ok()?.parse().ok(),
            Value::Null => None,
        }
    }

    #[must_use]
    pub fn flag(&self, column: usize) -> Option<bool> {
        match self.0.get(column)? {
            Value::Bool(it) => Some(*it),
            Value::Text(text) if text == "t" || text == "true" => Some(true),
            Value::Text(text) if text == "f" || text == "false" => Some(false),
            _ => self.int(column).map(|number| number != 0),
        }
    }

    #[must_use]
    pub fn bytes(&self, column: usize) -> Option<&[u8]> {
        match self.0.get(column)? {
            Value::Bytes(bytes) => Some(bytes),
            Value::Text(text) => Some(text.as_bytes()),
            _ => None,
        }
    }

    #[must_use]
    pub fn is_null(&self, column: usize) -> bool {
        matches!(self.0.get(column), None | Some(Value::Null))
    }
}
