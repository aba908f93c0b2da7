//! Random sources and data: whatever they are, nothing panics and nothing runs on.

use anyam_feel::isolated;
use anyam_feel::{Budget, Data, EvaluationError, Expression, Limits, Now};

/// A linear congruential generator: a seed gives the same sources in every run.
struct Random(u64);

impl Random {
    fn below(&mut self, n: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % n
    }

    fn pick<'a>(&mut self, from: &[&'a str]) -> &'a str {
        from[self.below(from.len())]
    }

    fn number(&mut self) -> String {
        match self.below(6) {
            0 => self.below(3).to_string(),
            1 => format!("-{}", self.below(100)),
            2 => format!("{}.{}", self.below(1000), self.below(1000)),
            3 => format!("{}e{}", 1 + self.below(9), self.below(6000)),
            4 => "9223372036854775807".to_owned(),
            _ => "0.0000001".to_owned(),
        }
    }

    /// A value, mostly of the shape a rule of the grammar asks for.
    fn expression(&mut self, depth: usize) -> String {
        const TEXTS: [&str; 9] = [
            "\"\"",
            "\"a\"",
            "\"a(b)*\"",
            "\"\\u00e9\u{1F40E}\"",
            "\"$1\"",
            "\"2024-02-30\"",
            "\"P1D\"",
            "\"[\"",
            "\"1,5\"",
        ];
        const TIMES: [&str; 8] = [
            "@\"2024-02-29\"",
            "@\"10:00:00@Europe/Berlin\"",
            "@\"-P1D\"",
            "@\"P999999999Y\"",
            "@\"9999-12-31T23:59:59.999999999Z\"",
            "@\"-9999-01-01\"",
            "now()",
            "@\"PT0.000000001S\"",
        ];
        const NAMES: [&str; 6] = ["x", "y", "x.y", "item", "missing", "x.t"];
        if depth == 0 {
            return match self.below(5) {
                0 => self.number(),
                1 => self.pick(&TEXTS).to_owned(),
                2 => self.pick(&TIMES).to_owned(),
                3 => self.pick(&["null", "true", "false", "[]", "{}"]).to_owned(),
                _ => self.pick(&NAMES).to_owned(),
            };
        }
        let mut next = || self.expression(depth - 1);
        let (a, b, c) = (next(), next(), next());
        match self.below(17) {
            0 | 1 => format!("({a}) {} ({b})", self.pick(&["+", "-", "*", "/", "**"])),
            2 => format!("({a}) {} ({b})", self.pick(&["=", "!=", "<", ">="])),
            3 => format!("({a}) {} ({b})", self.pick(&["and", "or"])),
            4 => format!("if {a} then {b} else {c}"),
            5 => format!("[{a}, {b}, {c}]"),
            6 => format!(
                "{{p: {a}, q: {b}, r: p}}{}",
                self.pick(&["", ".q", ".none"])
            ),
            7 => format!("({a})[{b}]"),
            8 => format!("({a}) in ({b}, > {c}, [{a}..{c}))"),
            9 => format!("for i in {a} return [i, {b}]"),
            10 => format!("for i in ({a})..({b}) return partial"),
            11 => format!("{} i in {a} satisfies {b}", self.pick(&["some", "every"])),
            12 => format!("(function(i, j) i = {a})({b}, {c})"),
            13 => format!("sort({a}, function(i, j) {b} < i)"),
            14 => format!("-({a})"),
            15 => {
                let properties = ["year", "hours", "weekday", "time offset", "months", "start"];
                format!("({a}).{}", self.pick(&properties))
            }
            _ => self.call(&a, &b, &c),
        }
    }

    fn call(&mut self, a: &str, b: &str, c: &str) -> String {
        const ONE: [&str; 40] = [
            "abs",
            "floor",
            "ceiling",
            "sqrt",
            "log",
            "exp",
            "odd",
            "even",
            "not",
            "is defined",
            "string",
            "number",
            "string length",
            "upper case",
            "trim",
            "to json",
            "from json",
            "count",
            "min",
            "max",
            "sum",
            "mean",
            "median",
            "mode",
            "stddev",
            "product",
            "all",
            "any",
            "flatten",
            "reverse",
            "distinct values",
            "duplicate values",
            "date",
            "time",
            "date and time",
            "duration",
            "day of week",
            "last day of month",
            "get entries",
            "context merge",
        ];
        const TWO: [&str; 24] = [
            "decimal",
            "round up",
            "round half down",
            "modulo",
            "substring",
            "substring before",
            "contains",
            "split",
            "matches",
            "extract",
            "string join",
            "append",
            "concatenate",
            "union",
            "remove",
            "index of",
            "sublist",
            "partition",
            "list contains",
            "get value",
            "get or else",
            "years and months duration",
            "before",
            "overlaps",
        ];
        const THREE: [&str; 9] = [
            "date",
            "time",
            "replace",
            "substring",
            "sublist",
            "insert before",
            "context put",
            "list replace",
            "number",
        ];
        match self.below(3) {
            0 => format!("{}({a})", self.pick(&ONE)),
            1 => format!("{}({a}, {b})", self.pick(&TWO)),
            _ => format!("{}({a}, {b}, {c})", self.pick(&THREE)),
        }
    }
}

fn limits() -> Limits {
    Limits {
        isolated: Budget {
            steps: 20_000,
            bytes: 1 << 20,
        },
        ..Limits::default()
    }
}

/// Whether the source compiles; an evaluation may fail, but not inside.
fn survives(source: &str, x: &str, seed: u64) -> bool {
    let Ok(expression) = Expression::compile(source, &limits()) else {
        return false;
    };
    let mut data = Data::new();
    data.insert("x", x).insert("y", "[5,2]");
    let response = isolated::evaluate(&expression.request(&data, Now(0)));
    if let Ok(json) = &response {
        let parsed = serde_json::from_str::<serde::de::IgnoredAny>(json);
        assert!(parsed.is_ok(), "seed {seed}: {source}: {json}");
    }
    assert!(
        !matches!(response, Err(EvaluationError::Internal(_))),
        "seed {seed}: {source}"
    );
    true
}

const X: &str = "{\"y\":[1,\"a\",null],\"t\":\"a;b\\u00e9\"}";

#[test]
fn expressions_of_the_grammar_never_panic() {
    let mut compiled = 0;
    for seed in 0..12_000 {
        let mut random = Random(seed);
        let depth = 1 + random.below(3);
        compiled += usize::from(survives(&random.expression(depth), X, seed));
    }
    assert!(compiled > 8_000, "only {compiled} compiled");
}

#[test]
fn token_soup_never_panics() {
    const PARTS: [&str; 44] = [
        "x",
        "y",
        "1",
        "\"t\"",
        "(",
        ")",
        "[",
        "]",
        "{",
        "}",
        ",",
        ":",
        ".",
        "..",
        "+",
        "-",
        "**",
        "=",
        "<",
        ">=",
        "and",
        "or",
        "if",
        "then",
        "else",
        "for",
        "in",
        "return",
        "some",
        "satisfies",
        "function",
        "null",
        "@\"P1D\"",
        "date and time(",
        "count(",
        "now()",
        "item",
        "between",
        "instance of",
        "number",
        "`a b`",
        "external",
        "?",
        "/*/",
    ];
    let mut compiled = 0;
    for seed in 0..30_000 {
        let mut random = Random(seed);
        let source: Vec<_> = (0..1 + random.below(9))
            .map(|_| random.pick(&PARTS))
            .collect();
        compiled += usize::from(survives(&source.join(" "), X, seed));
    }
    assert!(compiled > 500, "only {compiled} compiled");
}

#[test]
fn random_bytes_never_panic() {
    const BYTES: &[u8] = b"x1.\"\\u{}[]()`'@/*-,:<=>? \n\tZT\xc3\xa9\xf0\x9f\x90\x8ee+09";
    for seed in 0..4_000 {
        let mut random = Random(seed);
        let mut bytes = |n: usize| {
            let bytes: Vec<u8> = (0..random.below(n))
                .map(|_| BYTES[random.below(BYTES.len())])
                .collect();
            String::from_utf8_lossy(&bytes).into_owned()
        };
        let (source, data) = (bytes(24), bytes(24));
        survives(&source, X, seed);
        for read in ["x", "x.y", "x.y[1]", "from json(string(y))"] {
            survives(read, &data, seed);
        }
        let quoted = serde_json::to_string(&data).unwrap();
        for read in [
            "number(x)",
            "date(x)",
            "time(x)",
            "date and time(x)",
            "duration(x)",
            "from json(x)",
            "matches(x, x)",
            "replace(x, \".\", x)",
            "split(x, x)",
            "upper case(x)",
            "substring(x, -2)",
        ] {
            survives(read, &quoted, seed);
        }
    }
}
