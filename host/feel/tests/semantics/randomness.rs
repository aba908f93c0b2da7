//! What the random functions give, whatever the seed.

use anyam_feel::{Data, Expression, Limits, Now, Seed};

fn draw(source: &str, seed: u64) -> String {
    let expression = Expression::compile(source, &Limits::default()).expect("it compiles");
    let mut data = Data::new();
    data.seed(Seed(seed));
    expression
        .evaluate(&data, Now(0))
        .expect("it has a value")
        .into()
}

#[test]
fn a_uuid_has_the_form_of_version_4() {
    let mut seen = std::collections::BTreeSet::new();
    for seed in 0..200 {
        let uuid = draw("uuid()", seed);
        let parts: Vec<_> = uuid.trim_matches('"').split('-').collect();
        let lengths: Vec<_> = parts.iter().map(|part| part.len()).collect();
        assert_eq!(lengths, [8, 4, 4, 4, 12], "{uuid}");
        assert!(parts.concat().bytes().all(|b| b.is_ascii_hexdigit()));
        assert!(parts[2].starts_with('4'), "{uuid}");
        assert!(parts[3].starts_with(['8', '9', 'a', 'b']), "{uuid}");
        assert!(seen.insert(uuid));
    }
}

#[test]
fn a_random_number_lies_between_zero_and_one() {
    for seed in 0..200 {
        assert_eq!(draw("random number() in [0..1)", seed), "true");
    }
    assert_eq!(draw("random number() = random number()", 5), "false");
    assert_eq!(draw("uuid() = uuid()", 5), "false");
}
