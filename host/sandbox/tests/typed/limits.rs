//! Everything that types and values may be is bounded, at its edge.

use anyam_sandbox::{Failure, Limits, Members, ValueType};

use super::ready::{Made, Ready, permanent};
use crate::support::library::{Answer, Library};
use crate::support::{bench, context};

fn list(ty: ValueType) -> ValueType {
    ValueType::List(Box::new(ty))
}

/// Inspects with these limits; the text of the refusal.
fn inspect(library: &Library, limits: &Limits) -> Result<usize, String> {
    let inspection = bench().sandbox.inspect(&library.build(), limits);
    inspection
        .map(|inspection| inspection.functions.len())
        .map_err(|error| error.to_string())
}

#[test]
fn the_number_of_functions_is_bounded() {
    let library = (0..3).fold(Library::default(), |library, at| {
        library.lift(&format!("f{at}"), "", "nothing")
    });
    let limits = |typed_functions| Limits {
        typed_functions,
        ..Limits::default()
    };
    assert_eq!(inspect(&library, &limits(3)), Ok(3));
    let refused = inspect(&library, &limits(2)).unwrap_err();
    assert!(refused.contains("limit typed_functions"), "{refused}");
}

#[test]
fn the_nesting_of_types_is_bounded() {
    let nested = |depth: usize| {
        let ty = (1..depth).fold(ValueType::U8, |ty, _| list(ty));
        Library::default().lift(
            "f",
            &format!("(param \"value\" {})", Library::default().reference(&ty)),
            "two",
        )
    };
    let limits = |typed_depth| Limits {
        typed_depth,
        ..Limits::default()
    };
    assert_eq!(inspect(&nested(5), &limits(5)), Ok(1));
    let refused = inspect(&nested(6), &limits(5)).unwrap_err();
    assert!(
        refused.contains("f are nested deeper than 5 (limit typed_depth)"),
        "{refused}"
    );
    let refused = inspect(&nested(90), &Limits::default()).unwrap_err();
    assert!(refused.contains("typed_depth"), "{refused}");
}

#[test]
fn the_size_of_types_is_bounded_however_often_they_refer_to_each_other() {
    // The pair, its two lists, and two numbers in them: five.
    let pair = ValueType::Tuple(vec![list(ValueType::U8), list(ValueType::U8)]);
    let small = Library::default();
    let reference = Library::default().reference(&pair);
    let small = small.lift("f", &format!("(param \"value\" {reference})"), "four");
    let limits = |typed_nodes| Limits {
        typed_nodes,
        ..Limits::default()
    };
    assert_eq!(inspect(&small, &limits(5)), Ok(1));
    let refused = inspect(&small, &limits(4)).unwrap_err();
    assert!(refused.contains("limit typed_nodes"), "{refused}");

    // Fourteen records, each of two of the one before: sixteen thousand when written out.
    let mut library = Library::default().with("(type $r0 (list u8))");
    for at in 1..15 {
        let inner = if at == 1 {
            "$r0".to_owned()
        } else {
            format!("$e{}", at - 1)
        };
        library = library.with(&format!(
            "(type $r{at} (record (field \"a\" (list {inner})) (field \"b\" (list {inner}))))
             (export $e{at} \"r{at}\" (type $r{at}))"
        ));
    }
    let library = library.lift("f", "(param \"value\" (list $e14))", "two");
    let wide = Limits {
        typed_depth: 100,
        ..Limits::default()
    };
    let refused = inspect(&library, &wide).unwrap_err();
    assert!(refused.contains("limit typed_nodes"), "{refused}");

    // The names of enums and flags count as well.
    let names = |count: usize| {
        let names: Vec<_> = (0..count).map(|at| (format!("n{at}"), ())).collect();
        let mut library = Library::default();
        let reference = library.reference(&ValueType::Enum(Members::new(names)));
        library.lift("f", &format!("(param \"value\" (list {reference}))"), "two")
    };
    assert_eq!(inspect(&names(8), &limits(10)), Ok(1));
    let refused = inspect(&names(9), &limits(10)).unwrap_err();
    assert!(refused.contains("limit typed_nodes"), "{refused}");
}

#[tokio::test]
async fn the_size_of_schemas_is_bounded() {
    let bench = bench();
    let component = Library::default()
        .pass("f", &ValueType::U8, Answer::Pair)
        .build();
    let step = bench.step(component.clone()).await;
    let size = step.describe().await.unwrap().unwrap().to_json().len();
    for (manifest_bytes, fits) in [(size, true), (size - 1, false)] {
        let limits = Limits {
            manifest_bytes,
            ..Limits::default()
        };
        let step = bench
            .sandbox
            .prepare(component.clone().into(), &limits)
            .await;
        match step.unwrap().describe().await {
            Ok(_) => assert!(fits),
            Err(error) => {
                assert!(
                    !fits && error.to_string().contains("manifest_bytes"),
                    "{error}"
                );
            }
        }
    }
}

fn with_values(typed_values: usize) -> Limits {
    Limits {
        typed_values,
        ..Limits::default()
    }
}

async fn passes() -> Ready {
    Library::default()
        .pass("numbers", &list(ValueType::U32), Answer::Pair)
        .pass("bytes", &list(ValueType::U8), Answer::Pair)
        .lift("flood", "(result (list u8))", "flood")
        .step()
        .await
}

#[tokio::test]
async fn the_number_of_values_in_an_input_is_bounded() {
    let ready = passes().await;
    let context = context();
    // Nine absent options, the list, and its elements.
    let call = async |function: &str, value: String, limits: &Limits| {
        let input = format!("{{\"value\":{value}}}");
        ready
            .call_as(Some(function), &input, (&context, limits))
            .await
    };
    let numbers = |count: usize| format!("[{}]", vec!["1"; count].join(","));
    assert!(call("numbers", numbers(30), &with_values(40)).await.is_ok());
    let refused = permanent(call("numbers", numbers(31), &with_values(40)).await);
    assert!(refused.contains("limit typed_values"), "{refused}");
    assert!(
        call("bytes", "\"AAAA\"".into(), &with_values(13))
            .await
            .is_ok()
    );
    let refused = permanent(call("bytes", "\"AAAAAAAA\"".into(), &with_values(13)).await);
    assert!(refused.contains("limit typed_values"), "{refused}");
}

#[tokio::test]
async fn an_answer_of_too_many_values_is_cut_off() {
    let ready = passes().await;
    let context = context();
    let call = async |limits: &Limits| ready.call_as(Some("flood"), "{}", (&context, limits)).await;
    assert!(call(&with_values(100_000)).await.is_ok());
    let few = Limits {
        output_bytes: 1000,
        ..with_values(10_000)
    };
    let Err(Failure::Retryable { message, .. }) = call(&few).await else {
        panic!("100,000 bytes are too many")
    };
    assert!(message.contains("limit typed_values"), "{message}");
}

/// Each set flag is a string in the host's memory, of which the engine counts the letters only.
#[tokio::test]
async fn flags_weigh_what_it_takes_to_hold_their_names() {
    let letters = ('a'..='z').map(|letter| letter.to_string());
    let names = letters.chain((0..6).map(|at| format!("n{at}")));
    let mut library = Library::default();
    let flags = library.reference(&ValueType::Flags(Members::new(
        names.map(|name| (name, ())),
    )));
    let ready = library
        .lift(
            "flags",
            &format!("(result (list {flags}))"),
            "flood-of-flags",
        )
        .step()
        .await;
    let context = context();
    let call = async |output_bytes: usize, typed_values: usize| {
        let limits = Limits {
            output_bytes,
            ..with_values(typed_values)
        };
        let call = ready.call_as(Some("flags"), "{}", (&context, &limits));
        call.await
    };
    assert!(call(8 << 20, 1 << 20).await.is_ok());
    let Err(Failure::Retryable { message, .. }) = call(1000, 25_000).await else {
        panic!("25,000 values with 32 names each are more than 25,000 values")
    };
    assert!(message.contains("limit typed_values"), "{message}");
}

#[tokio::test]
async fn the_size_of_an_output_is_bounded_as_json() {
    let ready = passes().await;
    let context = context();
    let input = r#"{"value":[1000000000]}"#;
    let whole = ready.call("numbers", input).await.unwrap();
    for (output_bytes, fits) in [(whole.len(), true), (whole.len() - 1, false)] {
        let limits = Limits {
            output_bytes,
            ..Limits::default()
        };
        match ready
            .call_as(Some("numbers"), input, (&context, &limits))
            .await
        {
            Ok(output) => assert!(fits && output == whole),
            Err(Failure::Retryable { message, .. }) => {
                assert!(!fits && message.contains("output_bytes"), "{message}");
            }
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn the_nesting_of_an_input_is_bounded() {
    let ready = passes().await;
    let context = context();
    let limits = Limits {
        json_depth: 3,
        ..Limits::default()
    };
    let call = async |input: &str| {
        ready
            .call_as(Some("numbers"), input, (&context, &limits))
            .await
    };
    assert!(call(r#"{"value":[], "other": [[]]}"#).await.is_ok());
    let refused = permanent(call(r#"{"value":[], "other": [[[]]]}"#).await);
    assert!(refused.contains("limit json_depth"), "{refused}");
}
