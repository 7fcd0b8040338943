//! Whether a column's new type holds everything that the old one could.

use std::collections::BTreeMap;

use super::SqlDialect;

/// A type by what it can hold.
#[derive(Clone, Debug, PartialEq)]
enum Family {
    /// Characters at most.
    Text(u64),
    /// Bytes at most.
    Binary(u64),
    Bool,
    /// Bits, unsigned.
    Integer(u32, bool),
    /// Digits before the point, digits after it.
    Decimal(u64, u64),
    /// Bits.
    Float(u32),
    Date,
    Time(u64),
    /// Digits of a second, with a zone.
    Moment(u64, bool),
    Json,
    Uuid,
    Values(Vec<String>),
    List(Box<Family>),
    /// The name of a type that guard does not know.
    Other(String),
}

const UNBOUNDED: u64 = 1 << 60;

/// Enum types of the database, by folded name.
pub(super) type Enums = BTreeMap<String, Vec<String>>;

/// True when values may be lost or refused. An old type that is not known counts as the widest.
pub(super) fn narrows(old: Option<&str>, new: &str, enums: &Enums, dialect: Option<SqlDialect>) -> bool {
    let to = family(new, enums, dialect);
    match old {
        Some(old) => !holds(&to, &family(old, enums, dialect)),
        None => !is_widest(&to),
    }
}

fn is_widest(family: &Family) -> bool {
    match family {
        Family::Text(size) | Family::Binary(size) => *size >= 65_535,
        Family::Decimal(before, after) => *before >= UNBOUNDED && *after >= UNBOUNDED,
        Family::Integer(bits, _) | Family::Float(bits) => *bits >= 64,
        Family::Moment(digits, zoned) => *digits >= 6 && *zoned,
        Family::Json => true,
        Family::List(of) => is_widest(of),
        _ => false,
    }
}

fn decimal_digits(bits: u32) -> u64 {
    match bits {
        0..=8 => 3,
        9..=16 => 5,
        17..=24 => 8,
        25..=32 => 10,
        _ => 20,
    }
}

/// The longest text of a value, where there is one.
fn width(of: &Family) -> Option<u64> {
    Some(match of {
        Family::Bool => 5,
        Family::Integer(bits, _) => decimal_digits(*bits) + 1,
        Family::Decimal(before, after) if *before < UNBOUNDED => before + after + 2,
        Family::Uuid => 36,
        Family::Date => 10,
        Family::Values(values) => values.iter().map(|v| v.chars().count() as u64).max().unwrap_or(0),
        _ => return None,
    })
}

fn holds(to: &Family, from: &Family) -> bool {
    use Family as F;
    match (to, from) {
        (to, from) if to == from => true,
        (F::Text(to), F::Text(from)) | (F::Binary(to), F::Binary(from)) | (F::Time(to), F::Time(from)) => {
            to >= from
        }
        (F::Text(size), from) => *size >= UNBOUNDED || width(from).is_some_and(|width| width <= *size),
        (F::Integer(to, to_un), F::Integer(from, from_un)) => match (to_un, from_un) {
            (true, true) | (false, false) => to >= from,
            (false, true) => to > from,
            (true, false) => false,
        },
        (F::Integer(..), F::Bool) | (F::Moment(..), F::Date) => true,
        (F::Decimal(before, _), F::Integer(bits, _)) => *before >= decimal_digits(*bits),
        (F::Decimal(b1, a1), F::Decimal(b2, a2)) => b1 >= b2 && a1 >= a2,
        (F::Decimal(before, after), F::Float(_)) => *before >= UNBOUNDED && *after >= UNBOUNDED,
        (F::Float(to), F::Float(from)) => to >= from,
        (F::Float(bits), F::Integer(from, _)) => (*bits >= 64 && *from <= 32) || *from <= 16,
        (F::Moment(d1, z1), F::Moment(d2, z2)) => d1 >= d2 && (*z1 || !z2),
        (F::Values(to), F::Values(from)) => from.iter().all(|value| to.contains(value)),
        (F::List(to), F::List(from)) => holds(to, from),
        _ => false,
    }
}

fn family(ty: &str, enums: &Enums, dialect: Option<SqlDialect>) -> Family {
    let ty = ty.trim();
    let lower = ty.to_ascii_lowercase();
    if let Some(of) = lower.strip_suffix("[]") {
        // Deeper lists count as lists: one level is taken off a time, so the text gets shorter.
        let flat = of.trim_end_matches("[]");
        return Family::List(Box::new(family(flat, enums, dialect)));
    }
    let (head, arguments, tail) = match lower.split_once('(') {
        Some((head, rest)) => {
            let (arguments, tail) = rest.rsplit_once(')').unwrap_or((rest, ""));
            (head.trim(), arguments, tail.trim())
        }
        None => (lower.as_str(), "", ""),
    };
    let numbers: Vec<u64> = arguments.split(',').filter_map(|n| n.trim().parse().ok()).collect();
    let first = numbers.first().copied();
    let mysql = dialect == Some(SqlDialect::MySql);
    let unsigned = lower.contains("unsigned");
    let head = head.trim_end_matches("unsigned").trim_end_matches("zerofill").trim();
    let head = head.rsplit_once('.').map_or(head, |(_, last)| last);
    match head {
        "text" | "ntext" | "clob" | "citext" => Family::Text(if mysql { 65_535 } else { UNBOUNDED }),
        "tinytext" => Family::Text(255),
        "mediumtext" => Family::Text(16_777_215),
        "longtext" => Family::Text(UNBOUNDED),
        "varchar" | "character varying" | "nvarchar" | "varchar2" | "nvarchar2" | "string" => {
            Family::Text(first.unwrap_or(UNBOUNDED))
        }
        "char" | "character" | "nchar" | "bpchar" => Family::Text(first.unwrap_or(1)),
        "bytea" | "longblob" => Family::Binary(UNBOUNDED),
        "blob" => Family::Binary(if mysql { 65_535 } else { UNBOUNDED }),
        "tinyblob" => Family::Binary(255),
        "mediumblob" => Family::Binary(16_777_215),
        "binary" | "varbinary" => Family::Binary(first.unwrap_or(1)),
        "bool" | "boolean" => Family::Bool,
        "tinyint" => Family::Integer(8, unsigned),
        "smallint" | "int2" | "smallserial" | "serial2" => Family::Integer(16, unsigned),
        "mediumint" => Family::Integer(24, unsigned),
        "integer" if dialect == Some(SqlDialect::Sqlite) => Family::Integer(64, false),
        "int" | "integer" | "int4" | "serial" | "serial4" => Family::Integer(32, unsigned),
        "bigint" | "int8" | "bigserial" | "serial8" => Family::Integer(64, unsigned),
        "numeric" | "decimal" | "dec" | "number" => match (first, numbers.get(1)) {
            (None, _) if mysql => Family::Decimal(10, 0),
            (None, _) => Family::Decimal(UNBOUNDED, UNBOUNDED),
            (Some(all), scale) => {
                let after = scale.copied().unwrap_or(0);
                Family::Decimal(all.saturating_sub(after), after)
            }
        },
        "money" => Family::Decimal(17, 2),
        "real" if dialect == Some(SqlDialect::Sqlite) => Family::Float(64),
        "real" | "float4" => Family::Float(32),
        "float" => Family::Float(match first {
            Some(digits) if digits <= 24 => 32,
            None if mysql => 32,
            _ => 64,
        }),
        "double precision" | "double" | "float8" => Family::Float(64),
        "date" => Family::Date,
        "time" | "timetz" | "time without time zone" | "time with time zone" => {
            Family::Time(first.unwrap_or(6))
        }
        "timestamp" | "timestamp without time zone" | "datetime" | "datetime2" => {
            let zoned = tail.starts_with("with time zone");
            Family::Moment(first.unwrap_or(if mysql { 0 } else { 6 }), zoned)
        }
        "timestamptz" | "timestamp with time zone" => Family::Moment(first.unwrap_or(6), true),
        "json" | "jsonb" => Family::Json,
        "uuid" => Family::Uuid,
        "enum" | "set" => {
            let start = ty.find('(').map_or(ty.len(), |at| at + 1);
            let inner = ty.get(start..).unwrap_or_default().trim_end_matches(')');
            Family::Values(inner.split(',').map(|v| v.trim().trim_matches('\'').to_owned()).collect())
        }
        _ => match enums.get(head) {
            Some(values) => Family::Values(values.clone()),
            None => Family::Other(lower),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn narrows_from(old: &str, new: &str) -> bool {
        narrows(Some(old), new, &Enums::new(), None)
    }

    #[test]
    fn a_type_that_holds_less_narrows() {
        let pairs = [
            ("varchar(255)", "varchar(64)"),
            ("text", "varchar(64)"),
            ("bigint", "integer"),
            ("bigint", "int4"),
            ("numeric(10,2)", "numeric(8,2)"),
            ("numeric(10,4)", "numeric(10,2)"),
            ("numeric", "numeric(10,2)"),
            ("timestamptz", "date"),
            ("timestamp(6)", "timestamp(3)"),
            ("double precision", "real"),
            ("double precision", "integer"),
            ("text", "integer"),
            ("int unsigned", "int"),
            ("longtext", "tinytext"),
            ("integer", "boolean"),
            ("text[]", "varchar(10)[]"),
            ("enum('a','b')", "enum('a')"),
            ("text", "uuid"),
            ("numeric(20,0)", "bigint"),
            ("timestamptz", "timestamp"),
        ];
        for (old, new) in pairs {
            assert!(narrows_from(old, new), "{old} to {new}");
        }
    }

    #[test]
    fn a_type_that_holds_as_much_does_not_narrow() {
        let pairs = [
            ("varchar(40)", "varchar(120)"),
            ("varchar(80)", "text"),
            ("integer", "bigint"),
            ("int", "integer"),
            ("integer", "numeric(12,2)"),
            ("numeric(8,2)", "numeric(10,2)"),
            ("date", "timestamptz"),
            ("json", "jsonb"),
            ("timestamp(3)", "timestamptz"),
            ("real", "double precision"),
            ("integer", "double precision"),
            ("uuid", "text"),
            ("uuid", "varchar(36)"),
            ("serial", "bigint"),
            ("enum('a')", "enum('a','b')"),
            ("boolean", "integer"),
            ("char(2)", "varchar(2)"),
            ("character varying(40)", "varchar(40)"),
            ("money_x", "money_x"),
        ];
        for (old, new) in pairs {
            assert!(!narrows_from(old, new), "{old} to {new}");
        }
    }
}
