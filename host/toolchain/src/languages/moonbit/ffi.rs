//! The functions in which generated bindings reach into memory.
//!
//! The generator is made for a compiler in which an object's address is that of its contents. In the
//! one from npm it is that of the header of eight bytes before them: a count of references, and the
//! kind and length. That compiler also lets no package call the functions that write a header.

use std::fmt::Write;

/// From the address of an object to that of its contents.
const CONTENTS: &str = "i32.const 8 i32.add";
/// And back.
const HEADER: &str = "i32.const 8 i32.sub";

/// The functions that write a header with a length, and the kind of an array of such elements.
const ARRAYS: [(&str, u32); 4] = [
    ("call $moonbit.init_array8", 0x4000_0000),
    ("call $moonbit.init_array16", 0x5000_0000),
    ("call $moonbit.init_array32", 0x6000_0000),
    ("call $moonbit.init_array64", 0x7000_0000),
];

/// What is before each declaration of a generated file.
const DECLARATION: &str = "///|\n";

/// The source of generated bindings, for the compiler that there is. The generator writes some of
/// the declarations in an order that no two runs share; here they are sorted, which means the same.
pub fn adapted(source: &str) -> String {
    let mut declarations: Vec<&str> = source.split(DECLARATION).collect();
    if let [_head, rest @ ..] = &mut declarations[..] {
        rest.sort_unstable();
    }
    let mut adapted = String::with_capacity(source.len());
    let mut function = "";
    for line in declarations.join(DECLARATION).lines() {
        if let Some(rest) = line.strip_prefix("extern \"wasm\" fn ") {
            function = rest.split('(').next().unwrap_or_default();
        }
        let line = match line.trim_start().starts_with("#|") {
            true => instructions(function, line),
            false => line.to_owned(),
        };
        writeln!(adapted, "{line}").expect("a text takes every line");
    }
    adapted
}

/// A line of the body of a function.
fn instructions(function: &str, line: &str) -> String {
    let mut line = line.to_owned();
    for (call, kind) in ARRAYS {
        let store = format!("i32.const {kind} i32.or i32.store offset=4");
        // No name of these is the beginning of another.
        line = line.replace(call, &store);
    }
    if function.starts_with("mbt_ffi_ptr2") || function == "mbt_ffi_free" {
        line.replace("local.get 0", &format!("local.get 0 {HEADER}"))
    } else if function.ends_with("2ptr") {
        line.replace("local.get 0", &format!("local.get 0 {CONTENTS}"))
    } else if function == "mbt_ffi_malloc" {
        line.replace("local.get 1)", &format!("local.get 1 {CONTENTS})"))
    } else {
        line
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn declarations_have_one_order() {
        let (one, other) = ("///|\nfn a() {\n}\n", "///|\nfn b() {\n}\n");
        let expected = format!("// Generated.\n{one}{other}");
        assert_eq!(adapted(&format!("// Generated.\n{other}{one}")), expected);
        assert_eq!(adapted(&expected), expected);
    }

    #[test]
    fn addresses_are_those_of_contents_outside_and_of_headers_inside() {
        let source = r#"
extern "wasm" fn mbt_ffi_ptr2str(ptr : Int, len : Int) -> String =
#|(func (param i32) (param i32) (result i32)
#| local.get 0
#| local.get 1 call $moonbit.init_array16
#| local.get 0)
extern "wasm" fn mbt_ffi_str2ptr(str : String) -> Int =
#|(func (param i32) (result i32) local.get 0)
extern "wasm" fn mbt_ffi_load32(offset : Int) -> Int =
#|(func (param i32) (result i32) local.get 0 i32.load)
"#;
        let expected = r#"
extern "wasm" fn mbt_ffi_ptr2str(ptr : Int, len : Int) -> String =
#|(func (param i32) (param i32) (result i32)
#| local.get 0 i32.const 8 i32.sub
#| local.get 1 i32.const 1342177280 i32.or i32.store offset=4
#| local.get 0 i32.const 8 i32.sub)
extern "wasm" fn mbt_ffi_str2ptr(str : String) -> Int =
#|(func (param i32) (result i32) local.get 0 i32.const 8 i32.add)
extern "wasm" fn mbt_ffi_load32(offset : Int) -> Int =
#|(func (param i32) (result i32) local.get 0 i32.load)
"#;
        assert_eq!(adapted(source), expected);
    }
}
