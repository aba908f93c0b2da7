//! Components in WebAssembly text whose functions hand back what they are given.
//!
//! A function gets its arguments in memory, as it has more than fit into registers: nine absent
//! options `p0` to `p8`, which take 144 bytes, and then `value`. Its answer is an address: of
//! `value`, or of the eight bytes before it, which make a pair of it.

use std::fmt::Write as _;

use anyam_sandbox::ValueType;

/// What a function answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Its `value`, of a type that does not fit into one register.
    Value,
    /// The pair of some number and its `value`, whatever its type.
    Pair,
}

/// The text of a component.
#[derive(Default)]
pub struct Library {
    types: String,
    functions: String,
    names: usize,
}

impl Library {
    /// Adds a function that hands back a value of this type.
    pub fn pass(mut self, name: &str, ty: &ValueType, answer: Answer) -> Self {
        let ty = self.reference(ty);
        let params: String = (0..9)
            .map(|at| format!("(param \"p{at}\" (option u64)) "))
            .collect();
        let (core, result) = match answer {
            Answer::Value => ("value", ty.clone()),
            Answer::Pair => ("pair", format!("(tuple u64 {ty})")),
        };
        self.lift(
            name,
            &format!("{params} (param \"value\" {ty}) (result {result})"),
            core,
        )
    }

    /// Adds a function with this type in text, made from one of the core functions.
    pub fn lift(mut self, name: &str, ty: &str, core: &str) -> Self {
        let _ = write!(
            self.functions,
            "(func ${name} {ty} (canon lift (core func $main \"{core}\")
                (memory (core memory $main \"memory\")) (realloc (core func $main \"realloc\"))))
             (export \"{name}\" (func ${name}))"
        );
        self
    }

    /// A type as it is written where it is used. Those that must have a name get one.
    pub fn reference(&mut self, ty: &ValueType) -> String {
        match ty {
            ValueType::List(element) => format!("(list {})", self.reference(element)),
            ValueType::Map(pair) => {
                let (key, value) = (self.reference(&pair.0), self.reference(&pair.1));
                format!("(map {key} {value})")
            }
            ValueType::Tuple(types) => {
                let types: Vec<_> = types.iter().map(|ty| self.reference(ty)).collect();
                format!("(tuple {})", types.join(" "))
            }
            ValueType::Option(inner) => format!("(option {})", self.reference(inner)),
            ValueType::Result(either) => {
                let ok = either.0.as_ref().map(|ty| self.reference(ty));
                let err = either.1.as_ref().map(|ty| self.reference(ty));
                let err = err.map(|ty| format!("(error {ty})"));
                format!(
                    "(result {} {})",
                    ok.unwrap_or_default(),
                    err.unwrap_or_default()
                )
            }
            ValueType::Record(fields) => {
                let mut text = "(record".to_owned();
                for field in fields.iter() {
                    let ty = self.reference(&field.ty);
                    let _ = write!(text, " (field \"{}\" {ty})", field.name);
                }
                self.named(&(text + ")"))
            }
            ValueType::Variant(cases) => {
                let mut text = "(variant".to_owned();
                for case in cases.iter() {
                    let ty = case.ty.as_ref().map(|ty| self.reference(ty));
                    let _ = write!(text, " (case \"{}\" {})", case.name, ty.unwrap_or_default());
                }
                self.named(&(text + ")"))
            }
            ValueType::Enum(names) | ValueType::Flags(names) => {
                let kind = if matches!(ty, ValueType::Enum(_)) {
                    "enum"
                } else {
                    "flags"
                };
                let mut text = format!("({kind}");
                for name in names.iter() {
                    let _ = write!(text, " \"{}\"", name.name);
                }
                self.named(&(text + ")"))
            }
            plain => plain.to_string(),
        }
    }

    fn named(&mut self, ty: &str) -> String {
        let at = self.names;
        self.names += 1;
        let _ = writeln!(
            self.types,
            "(type $d{at} {ty}) (export $t{at} \"t{at}\" (type $d{at}))"
        );
        format!("$t{at}")
    }

    /// More of the component, before its functions.
    pub fn with(mut self, text: &str) -> Self {
        self.types += text;
        self
    }

    pub fn build(&self) -> Vec<u8> {
        let wat = format!(
            r#"(component
                (core module $main
                    (memory (export "memory") 2)
                    (global $next (mut i32) (i32.const 16384))
                    (func (export "realloc") (param i32 i32 i32 i32) (result i32)
                        (local $at i32)
                        (local.set $at (i32.and
                            (i32.add (global.get $next) (i32.const 7)) (i32.const -8)))
                        (global.set $next (i32.add (local.get $at) (local.get 3)))
                        (loop $more
                            (if (i32.gt_u (global.get $next)
                                    (i32.mul (memory.size) (i32.const 65536)))
                                (then
                                    (if (i32.eq (memory.grow (i32.const 16)) (i32.const -1))
                                        (then unreachable))
                                    (br $more))))
                        (local.get $at))
                    (func (export "value") (param i32) (result i32)
                        (i32.add (local.get 0) (i32.const 144)))
                    (func (export "pair") (param i32) (result i32)
                        (i32.add (local.get 0) (i32.const 136)))
                    (func (export "nothing"))
                    (func (export "double") (param i32) (result i32)
                        (i32.mul (local.get 0) (i32.const 2)))
                    (func (export "long") (param i64) (result i64) (local.get 0))
                    (func (export "zero") (result i32) (i32.const 0))
                    (func (export "one") (result i32) (i32.const 1))
                    (func (export "key") (param i32) (result i32)
                        (i32.add (local.get 0) (i32.const 200)))
                    (func (export "two") (param i32 i32))
                    (func (export "four") (param i32 i32 i32 i32))
                    (func (export "trap") unreachable)
                    (func (export "flood-of-flags") (result i32)
                        (memory.fill (i32.const 1024) (i32.const 255) (i32.const 100000))
                        (i32.store (i32.const 0) (i32.const 1024))
                        (i32.store (i32.const 4) (i32.const 25000))
                        (i32.const 0))
                    (func (export "flood") (result i32)
                        (i32.store (i32.const 0) (i32.const 1024))
                        (i32.store (i32.const 4) (i32.const 100000))
                        (i32.const 0)))
                (core instance $main (instantiate $main))
                {types}
                {functions})"#,
            types = self.types,
            functions = self.functions,
        );
        wat::parse_str(&wat).unwrap_or_else(|error| panic!("{error}\n{wat}"))
    }
}
