//! Bytes to text, and which encoding that took.

/// What the bytes were.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Encoding {
    Utf8,
    Utf16Little,
    Utf16Big,
    /// Not UTF-8, but text all the same: every byte is the character of its number.
    Latin1,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decoded {
    Text { text: String, encoding: Encoding },
    Binary,
}

impl Decoded {
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        match self {
            Self::Text { text, .. } => Some(text),
            Self::Binary => None,
        }
    }

    #[must_use]
    pub fn into_text(self) -> Option<String> {
        match self {
            Self::Text { text, .. } => Some(text),
            Self::Binary => None,
        }
    }
}

/// A byte order mark is no part of the text. Valid UTF-8 stays text even with control characters
/// in it, so that one NUL does not hide a script from the checks; a file that starts as an image
/// or an archive does has invalid UTF-8 in it soon enough.
#[must_use]
pub fn decode(bytes: &[u8]) -> Decoded {
    if let Some(rest) = bytes.strip_prefix(b"\xEF\xBB\xBF") {
        return utf8_or_latin1(rest);
    }
    if let Some(rest) = bytes.strip_prefix(b"\xFF\xFE") {
        return utf16(rest, u16::from_le_bytes, Encoding::Utf16Little);
    }
    if let Some(rest) = bytes.strip_prefix(b"\xFE\xFF") {
        return utf16(rest, u16::from_be_bytes, Encoding::Utf16Big);
    }
    utf8_or_latin1(bytes)
}

/// The same for bytes that nobody else needs: they become the text.
#[must_use]
pub fn decoded(bytes: Vec<u8>) -> Decoded {
    if bytes.starts_with(b"\xEF\xBB\xBF") || bytes.starts_with(b"\xFF\xFE") || bytes.starts_with(b"\xFE\xFF")
    {
        return decode(&bytes);
    }
    match String::from_utf8(bytes) {
        Ok(text) if is_binary(text.as_bytes()) => Decoded::Binary,
        Ok(text) => Decoded::Text { text, encoding: Encoding::Utf8 },
        Err(error) => decode(error.as_bytes()),
    }
}

/// Compiled programs can be pure ASCII by chance; they are full of NULs then.
fn is_binary(bytes: &[u8]) -> bool {
    let zeros = memchr::memchr_iter(0, bytes).count();
    zeros > 0 && zeros * 20 > bytes.len()
}

fn utf8_or_latin1(bytes: &[u8]) -> Decoded {
    if let Ok(text) = std::str::from_utf8(bytes) {
        if is_binary(bytes) {
            return Decoded::Binary;
        }
        return Decoded::Text { text: text.to_owned(), encoding: Encoding::Utf8 };
    }
    if memchr::memchr(0, bytes).is_some() {
        return Decoded::Binary;
    }
    let controls = bytes.iter().filter(|byte| is_odd_control(**byte)).count();
    if controls * 100 > bytes.len() {
        return Decoded::Binary;
    }
    let text = bytes.iter().map(|byte| char::from(*byte)).collect();
    Decoded::Text { text, encoding: Encoding::Latin1 }
}

fn is_odd_control(byte: u8) -> bool {
    (byte < 0x20 && !matches!(byte, b'\t' | b'\n' | b'\r' | 0x0C | 0x1B)) || byte == 0x7F
}

fn utf16(bytes: &[u8], join: fn([u8; 2]) -> u16, encoding: Encoding) -> Decoded {
    let (pairs, rest) = bytes.as_chunks::<2>();
    if !rest.is_empty() {
        return Decoded::Binary;
    }
    let units: Vec<u16> = pairs.iter().map(|pair| join(*pair)).collect();
    match String::from_utf16(&units) {
        Ok(text) => Decoded::Text { text, encoding },
        Err(_) => Decoded::Binary,
    }
}

/// The same file on every machine: no byte order mark, and lines end as on Unix, however git
/// checked them out. Binary content stays as it is.
#[must_use]
pub fn normalised(bytes: &[u8]) -> Vec<u8> {
    match decode(bytes) {
        Decoded::Text { text, .. } => text.replace("\r\n", "\n").into_bytes(),
        Decoded::Binary => bytes.to_vec(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text_of(bytes: &[u8]) -> Option<(String, Encoding)> {
        match decode(bytes) {
            Decoded::Text { text, encoding } => Some((text, encoding)),
            Decoded::Binary => None,
        }
    }

    #[test]
    fn utf8_loses_only_its_byte_order_mark() {
        assert_eq!(text_of("a é".as_bytes()), Some(("a é".into(), Encoding::Utf8)));
        assert_eq!(text_of(b"\xEF\xBB\xBFa"), Some(("a".into(), Encoding::Utf8)));
        assert_eq!(text_of(b""), Some((String::new(), Encoding::Utf8)));
    }

    #[test]
    fn utf16_is_read_in_both_orders_when_it_is_marked() {
        assert_eq!(text_of(b"\xFF\xFEa\0\n\0"), Some(("a\n".into(), Encoding::Utf16Little)));
        assert_eq!(text_of(b"\xFE\xFF\0a\0\n"), Some(("a\n".into(), Encoding::Utf16Big)));
        assert_eq!(text_of(b"\xFF\xFEa\0\n"), None, "half a character");
    }

    #[test]
    fn latin1_text_is_text_and_an_image_is_not() {
        assert_eq!(text_of(b"caf\xE9\n"), Some(("café\n".into(), Encoding::Latin1)));
        assert_eq!(text_of(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"), None);
        assert_eq!(text_of(b"\x01\x02\x03\xFF\xFE\x04\x05"), None);
    }

    #[test]
    fn one_nul_does_not_hide_a_script() {
        let script = format!("{}\0", "DROP TABLE users;\n".repeat(10));
        assert!(decode(script.as_bytes()).text().is_some());
        assert_eq!(text_of(b"a\0b\0c\0d\0"), None);
    }

    #[test]
    fn a_checkout_with_other_line_ends_is_the_same_file() {
        assert_eq!(normalised(b"a\r\nb\r\n"), normalised(b"a\nb\n"));
        assert_eq!(normalised(b"\xEF\xBB\xBFa\n"), normalised(b"a\n"));
        assert_ne!(normalised(b"a\rb"), normalised(b"a\nb"));
    }
}
