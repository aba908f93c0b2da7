//! Any value of any type goes to a component and comes back as it was.

use anyam_sandbox::{Limits, Manifest, Members, ValueType};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use proptest::collection::{btree_map, vec};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use serde_json::{Value, json};

use super::ready::{Ready, run};
use crate::support::bench;
use crate::support::library::{Answer, Library};

/// How many components are made, and how many functions each has.
const COMPONENTS: u32 = 16;
const FUNCTIONS: usize = 24;

const NAMES: [&str; 8] = [
    "id",
    "order-id",
    "HTTP-code",
    "XY-Z",
    "XYZ",
    "a-b-c",
    "is-vip",
    "v2x",
];

fn names(count: std::ops::Range<usize>) -> impl Strategy<Value = Vec<&'static str>> {
    proptest::sample::subsequence(&NAMES[..], count).prop_shuffle()
}

fn plain() -> impl Strategy<Value = ValueType> {
    prop_oneof![
        Just(ValueType::Bool),
        Just(ValueType::S8),
        Just(ValueType::U8),
        Just(ValueType::S16),
        Just(ValueType::U16),
        Just(ValueType::S32),
        Just(ValueType::U32),
        Just(ValueType::S64),
        Just(ValueType::U64),
        Just(ValueType::Char),
        Just(ValueType::String),
    ]
}

fn types() -> impl Strategy<Value = ValueType> {
    let unit = |name| (name, ());
    let leaf = prop_oneof![
        6 => plain(),
        1 => Just(ValueType::F32),
        1 => Just(ValueType::F64),
        1 => Just(ValueType::List(Box::new(ValueType::U8))),
        1 => names(1..8).prop_map(move |names| ValueType::Enum(Members::new(names.into_iter().map(unit)))),
        1 => names(1..8).prop_map(move |names| ValueType::Flags(Members::new(names.into_iter().map(unit)))),
    ];
    leaf.prop_recursive(4, 24, 5, |inner| {
        let maybe = proptest::option::of(inner.clone());
        prop_oneof![
            inner.clone().prop_map(|ty| ValueType::List(Box::new(ty))),
            inner.clone().prop_map(|ty| ValueType::Option(Box::new(ty))),
            (plain(), inner.clone()).prop_map(|pair| ValueType::Map(Box::new(pair))),
            vec(inner.clone(), 1..4).prop_map(ValueType::Tuple),
            (names(1..6), vec(inner, 5)).prop_map(|(names, types)| {
                ValueType::Record(Members::new(names.into_iter().zip(types)))
            }),
            (names(1..6), vec(maybe.clone(), 5)).prop_map(|(names, types)| {
                ValueType::Variant(Members::new(names.into_iter().zip(types)))
            }),
            (maybe.clone(), maybe).prop_map(|pair| ValueType::Result(Box::new(pair))),
        ]
    })
}

/// Values of a type, as the host writes them.
fn values(ty: &ValueType) -> BoxedStrategy<Value> {
    match ty {
        ValueType::Bool => any::<bool>().prop_map(Value::from).boxed(),
        ValueType::S8 => any::<i8>().prop_map(Value::from).boxed(),
        ValueType::U8 => any::<u8>().prop_map(Value::from).boxed(),
        ValueType::S16 => any::<i16>().prop_map(Value::from).boxed(),
        ValueType::U16 => any::<u16>().prop_map(Value::from).boxed(),
        ValueType::S32 => any::<i32>().prop_map(Value::from).boxed(),
        ValueType::U32 => any::<u32>().prop_map(Value::from).boxed(),
        ValueType::S64 => any::<i64>().prop_map(Value::from).boxed(),
        ValueType::U64 => any::<u64>().prop_map(Value::from).boxed(),
        ValueType::F32 => any::<u32>()
            .prop_map(|bits| match f32::from_bits(bits) {
                value if value.is_finite() => serde_json::to_value(value).unwrap(),
                value => unending(value.is_nan(), value > 0.0),
            })
            .boxed(),
        ValueType::F64 => any::<u64>()
            .prop_map(|bits| match f64::from_bits(bits) {
                value if value.is_finite() => serde_json::to_value(value).unwrap(),
                value => unending(value.is_nan(), value > 0.0),
            })
            .boxed(),
        ValueType::Char => any::<char>().prop_map(|c| json!(c.to_string())).boxed(),
        ValueType::String => any::<String>().prop_map(Value::from).boxed(),
        ValueType::List(element) if **element == ValueType::U8 => vec(any::<u8>(), 0..40)
            .prop_map(|bytes| json!(BASE64.encode(bytes)))
            .boxed(),
        ValueType::List(element) => vec(values(element), 0..4).prop_map(Value::from).boxed(),
        ValueType::Map(pair) if pair.0 == ValueType::String => {
            let entries = btree_map(any::<String>(), values(&pair.1), 0..4);
            entries
                .prop_map(|entries| Value::Object(entries.into_iter().collect()))
                .boxed()
        }
        ValueType::Map(pair) => {
            let pair = (values(&pair.0), values(&pair.1));
            let pairs = vec(pair.prop_map(|(key, value)| json!([key, value])), 0..4);
            pairs.prop_map(Value::from).boxed()
        }
        ValueType::Tuple(types) => {
            let all: Vec<_> = types.iter().map(values).collect();
            all.prop_map(Value::from).boxed()
        }
        ValueType::Record(fields) => {
            let all: Vec<_> = fields.iter().map(|field| values(&field.ty)).collect();
            let names: Vec<_> = fields.iter().map(|f| f.json_name.to_string()).collect();
            all.prop_map(move |values| Value::Object(names.iter().cloned().zip(values).collect()))
                .boxed()
        }
        ValueType::Variant(cases) => {
            let cases = cases.iter().map(|case| match &case.ty {
                Some(ty) => member(case.json_name.to_string(), ty),
                None => Just(json!(*case.name)).boxed(),
            });
            proptest::strategy::Union::new(cases).boxed()
        }
        ValueType::Enum(cases) => {
            let names: Vec<_> = cases.iter().map(|case| json!(*case.name)).collect();
            proptest::sample::select(names).boxed()
        }
        ValueType::Flags(flags) => {
            let names: Vec<_> = flags.iter().map(|flag| json!(*flag.name)).collect();
            let some = proptest::sample::subsequence(names.clone(), 0..=names.len());
            some.prop_map(Value::from).boxed()
        }
        ValueType::Option(inner) => {
            let some = match **inner {
                ValueType::Option(_) => member("some".to_owned(), inner),
                _ => values(inner),
            };
            prop_oneof![1 => Just(Value::Null), 3 => some].boxed()
        }
        ValueType::Result(either) => {
            let side = |name: &str, ty: &Option<ValueType>| match ty {
                Some(ty) => member(name.to_owned(), ty),
                None => Just(json!({ name: null })).boxed(),
            };
            prop_oneof![side("ok", &either.0), side("err", &either.1)].boxed()
        }
    }
}

fn member(name: String, ty: &ValueType) -> BoxedStrategy<Value> {
    values(ty)
        .prop_map(move |value| json!({ name.clone(): value }))
        .boxed()
}

fn unending(is_nan: bool, positive: bool) -> Value {
    json!(match (is_nan, positive) {
        (true, _) => "NaN",
        (_, true) => "Infinity",
        (_, false) => "-Infinity",
    })
}

fn case() -> impl Strategy<Value = (ValueType, Vec<Value>)> {
    types().prop_flat_map(|ty| {
        let some = vec(values(&ty), 3);
        (Just(ty), some)
    })
}

#[test]
fn any_value_of_any_type_comes_back_as_it_was() {
    let config = Config {
        cases: COMPONENTS,
        failure_persistence: None,
        max_shrink_iters: 200,
        ..Config::default()
    };
    let bench = bench();
    let limits = Limits {
        manifest_bytes: 64 << 20,
        ..Limits::default()
    };
    TestRunner::new(config)
        .run(&vec(case(), FUNCTIONS), |cases| {
            let mut library = Library::default();
            for (at, (ty, _)) in cases.iter().enumerate() {
                library = library.pass(&format!("f{at}"), ty, Answer::Pair);
            }
            run(async {
                let component = library.build();
                let step = bench.sandbox.prepare(component.into(), &limits).await;
                let ready = Ready::of(step.unwrap());
                let functions = ready.step.functions();
                for (at, (ty, values)) in cases.iter().enumerate() {
                    let read = &functions[at].params.get("value").unwrap().ty;
                    prop_assert_eq!(read, ty);
                    for value in values {
                        let back = ready.pass(&format!("f{at}"), &value.to_string()).await;
                        prop_assert_eq!(&back.unwrap(), value, "{}", ty);
                    }
                }
                let manifest = ready.step.describe().await.unwrap().unwrap();
                let read = Manifest::functions_in(&manifest.to_json()).unwrap();
                prop_assert_eq!(read, manifest.functions);
                Ok(())
            })
        })
        .unwrap();
}
