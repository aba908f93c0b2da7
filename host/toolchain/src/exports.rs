//! The names of a core module's exports: those of a language become those of the component model.

/// The section of a core module that names its exports.
const EXPORTS: u8 = 7;

/// An export of the first memory.
const MEMORY: &[u8] = b"\x06memory\x02\x00";

/// The module with each export renamed as `rename` says: to one name, to several, or to none.
/// `None` where the bytes are no core module.
pub fn renamed(module: &[u8], rename: &dyn Fn(&str) -> Vec<String>) -> Option<Vec<u8>> {
    with_exports(module, &|body| exports(body, rename))
}

/// The module with its memory exported too, under the name that the component model asks for.
/// `None` where the bytes are no core module.
pub fn with_memory(module: &[u8]) -> Option<Vec<u8>> {
    with_exports(module, &|mut body| {
        let count = number(&mut body)?;
        let mut out = Vec::new();
        write_number(&mut out, count + 1);
        out.extend(body);
        out.extend(MEMORY);
        Some(out)
    })
}

/// The module with the body of its export section changed.
fn with_exports(module: &[u8], change: &dyn Fn(&[u8]) -> Option<Vec<u8>>) -> Option<Vec<u8>> {
    let (header, mut rest) = module.split_at_checked(8)?;
    let mut out = header.to_vec();
    while let Some((&id, after)) = rest.split_first() {
        rest = after;
        let size = number(&mut rest)?;
        let (body, after) = rest.split_at_checked(size)?;
        rest = after;
        let body = match id {
            EXPORTS => change(body)?,
            _ => body.to_vec(),
        };
        out.push(id);
        write_number(&mut out, body.len());
        out.extend(body);
    }
    Some(out)
}

/// The body of the export section with the names changed.
fn exports(mut body: &[u8], rename: &dyn Fn(&str) -> Vec<String>) -> Option<Vec<u8>> {
    let mut count = 0;
    let mut entries = Vec::new();
    for _ in 0..number(&mut body)? {
        let length = number(&mut body)?;
        let (name, after) = body.split_at_checked(length)?;
        let (&kind, after) = after.split_first()?;
        body = after;
        let index = number(&mut body)?;
        for name in rename(std::str::from_utf8(name).ok()?) {
            count += 1;
            write_number(&mut entries, name.len());
            entries.extend(name.as_bytes());
            entries.push(kind);
            write_number(&mut entries, index);
        }
    }
    let mut out = Vec::new();
    write_number(&mut out, count);
    out.extend(entries);
    Some(out)
}

/// An unsigned number in LEB128 of at most 32 bits.
fn number(bytes: &mut &[u8]) -> Option<usize> {
    let mut value = 0u64;
    for shift in [0, 7, 14, 21, 28] {
        let (&byte, rest) = bytes.split_first()?;
        *bytes = rest;
        value |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return usize::try_from(value).ok();
        }
    }
    None
}

fn write_number(out: &mut Vec<u8>, mut value: usize) {
    loop {
        let byte = (value & 0x7f) as u8;
        value >>= 7;
        if value == 0 {
            return out.push(byte);
        }
        out.push(byte | 0x80);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A module with the function `f` exported as `name`, and an empty custom section after it.
    fn module(name: &str) -> Vec<u8> {
        let mut bytes = b"\0asm\x01\0\0\0\x01\x04\x01\x60\0\0\x03\x02\x01\0\x07".to_vec();
        let mut body = vec![1];
        write_number(&mut body, name.len());
        body.extend(name.as_bytes());
        body.extend([0, 0]);
        write_number(&mut bytes, body.len());
        bytes.extend(body);
        bytes.extend(b"\x0a\x04\x01\x02\0\x0b\0\x02\x01x");
        bytes
    }

    #[test]
    fn an_export_gets_its_new_name_and_the_rest_stays() {
        let long = "x".repeat(300);
        let given = renamed(&module("quote"), &|name| {
            assert_eq!(name, "quote");
            vec![long.clone()]
        });
        assert_eq!(given.unwrap(), module(&long));
    }

    #[test]
    fn an_export_may_get_several_names_or_none() {
        let twice = renamed(&module("f"), &|name| vec![name.into(), "g".into()]).unwrap();
        assert!(
            twice
                .windows(9)
                .any(|part| part == b"\x09\x02\x01f\0\0\x01g\0")
        );
        let none = renamed(&module("f"), &|_| Vec::new()).unwrap();
        assert!(none.windows(3).any(|part| part == b"\x07\x01\x00"));
    }

    #[test]
    fn the_memory_is_exported_beside_what_is() {
        let given = with_memory(&module("f")).unwrap();
        let expected = b"\x07\x0e\x02\x01f\0\0\x06memory\x02\0";
        assert!(given.windows(expected.len()).any(|part| part == expected));
        assert_eq!(with_memory(b"\0asm"), None);
    }

    #[test]
    fn bytes_that_are_no_module_are_refused() {
        let whole = module("f");
        for end in [9, 10, 13, 15, 17, 19, 20, 22] {
            assert_eq!(
                renamed(&whole[..end], &|name| vec![name.into()]),
                None,
                "{end}"
            );
        }
        assert_eq!(renamed(b"\0asm", &|_| Vec::new()), None);
        let endless = b"\0asm\x01\0\0\0\x01\xff\xff\xff\xff\xff\xff";
        assert_eq!(renamed(endless, &|_| Vec::new()), None);
    }
}
