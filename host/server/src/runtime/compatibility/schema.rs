//! Comparing JSON Schemas by their structure: `type`, `enum` and `const`, `minimum` and `maximum`,
//! `properties`, `required`, `additionalProperties: false`, `items`, `prefixItems`, `anyOf` and
//! `oneOf`, and references within one schema. What other keywords say is taken as compatible.

use serde_json::{Map, Value};

/// The most comparisons of two schemas; what is beyond is taken as compatible. References may make
/// a schema endless.
const STEPS: usize = 20_000;
/// The deepest nesting that is compared.
const DEPTH: usize = 48;
/// The most differences told.
const FOUND: usize = 20;

/// A schema with the document that its references point into.
#[derive(Clone, Copy)]
struct Schema<'s> {
    root: &'s Value,
    at: &'s Value,
}

struct Comparison {
    /// Whether the newer schema is the one that must be allowed: of outputs, not of inputs.
    output: bool,
    steps: usize,
    found: Vec<String>,
}

/// Where a value that was accepted before is refused now, each as a sentence that begins with the
/// place.
pub(super) fn refused_input(before: &Value, now: &Value) -> Vec<String> {
    let mut comparison = Comparison::new(false);
    comparison.refused(Schema::of(before), Schema::of(now), ("input", 0));
    comparison.found
}

/// Where a value that is given now was not given before, each as a sentence.
pub(super) fn new_output(before: &Value, now: &Value) -> Vec<String> {
    let mut comparison = Comparison::new(true);
    comparison.refused(Schema::of(now), Schema::of(before), ("output", 0));
    comparison.found
}

/// Members of outputs that are described no more, each as a sentence. One that may always be absent
/// breaks no rule of [`new_output`], but who reads it never finds it again.
pub(super) fn lost_output(before: &Value, now: &Value) -> Vec<String> {
    let mut comparison = Comparison::new(true);
    comparison.lost(Schema::of(before), Schema::of(now), ("output", 0));
    comparison.found
}

impl<'s> Schema<'s> {
    fn of(root: &'s Value) -> Self {
        Self { root, at: root }.resolved()
    }

    fn part(self, at: &'s Value) -> Self {
        Self { at, ..self }.resolved()
    }

    /// Follows references; one that leads nowhere or in a circle allows everything.
    fn resolved(mut self) -> Self {
        for _ in 0..DEPTH {
            let Some(reference) = self.at.get("$ref").and_then(Value::as_str) else {
                return self;
            };
            let target = reference.strip_prefix('#');
            match target.and_then(|pointer| self.root.pointer(pointer)) {
                Some(target) => self.at = target,
                None => break,
            }
        }
        Self {
            at: &Value::Bool(true),
            ..self
        }
    }

    fn get(self, keyword: &str) -> Option<&'s Value> {
        self.at.get(keyword)
    }

    fn types(self) -> Option<Vec<&'s str>> {
        match self.get("type")? {
            Value::String(name) => Some(vec![name]),
            Value::Array(names) => Some(names.iter().filter_map(Value::as_str).collect()),
            _ => None,
        }
    }

    fn values(self) -> Option<Vec<&'s Value>> {
        match (self.get("enum"), self.get("const")) {
            (Some(Value::Array(values)), _) => Some(values.iter().collect()),
            (_, Some(value)) => Some(vec![value]),
            _ => None,
        }
    }

    fn properties(self) -> Option<&'s Map<String, Value>> {
        self.get("properties")?.as_object()
    }

    fn requires(self, member: &str) -> bool {
        let required = self.get("required").and_then(Value::as_array);
        required.is_some_and(|names| names.iter().any(|name| name == member))
    }

    fn tuple(self) -> &'s [Value] {
        let list = self.get("prefixItems").and_then(Value::as_array);
        list.map_or(&[], Vec::as_slice)
    }

    fn is_closed(self) -> bool {
        self.get("additionalProperties") == Some(&Value::Bool(false))
    }

    fn alternatives(self) -> Option<impl Iterator<Item = Schema<'s>>> {
        let list = self.get("anyOf").or_else(|| self.get("oneOf"))?;
        Some(list.as_array()?.iter().map(move |at| self.part(at)))
    }
}

/// The types that a list of values or the keyword `type` leaves.
fn types_of(schema: Schema<'_>) -> Option<Vec<&str>> {
    if let Some(types) = schema.types() {
        return Some(types);
    }
    let values = schema.values()?;
    Some(values.into_iter().map(type_of).collect())
}

fn type_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.is_f64() => "number",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

fn allows(types: &[&str], name: &str) -> bool {
    types.contains(&name) || name == "integer" && types.contains(&"number")
}

impl Comparison {
    fn new(output: bool) -> Self {
        Self {
            output,
            steps: STEPS,
            found: Vec::new(),
        }
    }

    /// Whether to go on.
    fn step(&mut self, depth: usize) -> bool {
        self.steps = self.steps.saturating_sub(1);
        self.steps > 0 && depth < DEPTH && self.found.len() < FOUND
    }

    /// As [`Comparison::tell`], with other words for inputs and outputs.
    fn tell_either(
        &mut self,
        place: &str,
        input: impl FnOnce() -> String,
        output: impl FnOnce() -> String,
    ) {
        let what = if self.output { output() } else { input() };
        self.tell(place, what);
    }

    fn tell(&mut self, place: &str, what: impl std::fmt::Display) {
        if self.found.len() < FOUND {
            self.found.push(format!("{place} {what}"));
        }
    }

    /// Whether every value that `from` allows is allowed by `to`, as far as can be told.
    fn fits(&mut self, from: Schema<'_>, to: Schema<'_>, (place, depth): (&str, usize)) -> bool {
        let mut trial = Comparison {
            output: self.output,
            steps: self.steps,
            found: Vec::new(),
        };
        trial.refused(from, to, (place, depth));
        self.steps = trial.steps;
        trial.found.is_empty()
    }

    fn refused(&mut self, from: Schema<'_>, to: Schema<'_>, (place, depth): (&str, usize)) {
        if !self.step(depth) || std::ptr::eq(from.at, to.at) {
            return;
        }
        if from.at == &Value::Bool(false) {
            return;
        }
        if to.at == &Value::Bool(false) {
            return self.tell_either(place, || "is no longer allowed".into(), || "is new".into());
        }
        if let Some(alternatives) = from.alternatives() {
            for alternative in alternatives {
                self.refused(alternative, to, (place, depth + 1));
            }
            return;
        }
        if let Some(mut alternatives) = to.alternatives() {
            let below = (place, depth + 1);
            if !alternatives.any(|alternative| self.fits(from, alternative, below)) {
                self.tell_either(
                    place,
                    || "fits none of the alternatives now".into(),
                    || "fits none of the alternatives that it had".into(),
                );
            }
            return;
        }
        if self.other_type(from, to, place) {
            return;
        }
        self.other_values(from, to, place);
        self.members(from, to, (place, depth));
        self.items(from, to, (place, depth));
    }

    fn other_type(&mut self, from: Schema<'_>, to: Schema<'_>, place: &str) -> bool {
        let Some(allowed) = types_of(to) else {
            return false;
        };
        let told = allowed.join(" or ");
        match types_of(from) {
            None => {
                self.tell_either(
                    place,
                    || format!("must be of type {told} now"),
                    || format!("was of type {told} and may be anything now"),
                );
                true
            }
            Some(given) => match given.into_iter().find(|name| !allows(&allowed, name)) {
                Some(name) => {
                    self.tell_either(
                        place,
                        || format!("was of type {name} and is {told} now"),
                        || format!("was of type {told} and may be {name} now"),
                    );
                    true
                }
                None => false,
            },
        }
    }

    fn other_values(&mut self, from: Schema<'_>, to: Schema<'_>, place: &str) {
        if let Some(allowed) = to.values() {
            match from.values() {
                None => self.tell_either(
                    place,
                    || "may have certain values only now".into(),
                    || "had certain values only".into(),
                ),
                Some(given) => {
                    let gone = given.into_iter().find(|value| !allowed.contains(value));
                    if let Some(value) = gone {
                        self.tell_either(
                            place,
                            || format!("may no longer be {value}"),
                            || format!("may be {value} now"),
                        );
                    }
                }
            }
        }
        for (keyword, narrower) in [
            ("minimum", f64::gt as fn(&f64, &f64) -> bool),
            ("maximum", f64::lt),
        ] {
            let bound = |schema: Schema<'_>| schema.get(keyword).and_then(Value::as_f64);
            let Some(now) = bound(to) else { continue };
            let narrowed = match bound(from) {
                Some(before) => narrower(&now, &before),
                None => from.values().is_none(),
            };
            if narrowed {
                self.tell_either(
                    place,
                    || format!("has the {keyword} {now} now"),
                    || format!("had the {keyword} {now}"),
                );
            }
        }
    }

    fn members(&mut self, from: Schema<'_>, to: Schema<'_>, (place, depth): (&str, usize)) {
        let names = to.get("required").and_then(Value::as_array);
        for name in names.into_iter().flatten().filter_map(Value::as_str) {
            if !from.requires(name) {
                self.tell_either(
                    &format!("{place}.{name}"),
                    || "is required now".into(),
                    || "may be absent now".into(),
                );
            }
        }
        for (name, before) in from.properties().into_iter().flatten() {
            let place = format!("{place}.{name}");
            match to.properties().and_then(|members| members.get(name)) {
                Some(after) => self.refused(from.part(before), to.part(after), (&place, depth + 1)),
                None if to.is_closed() => {
                    self.tell_either(
                        &place,
                        || "is no longer allowed".into(),
                        || "is new where there was nothing else".into(),
                    );
                }
                None => {}
            }
        }
    }

    fn items(&mut self, from: Schema<'_>, to: Schema<'_>, (place, depth): (&str, usize)) {
        if let (Some(before), Some(after)) = (from.get("items"), to.get("items")) {
            let place = format!("{place}[]");
            self.refused(from.part(before), to.part(after), (&place, depth + 1));
        }
        for (at, (before, after)) in from.tuple().iter().zip(to.tuple()).enumerate() {
            let place = format!("{place}[{at}]");
            self.refused(from.part(before), to.part(after), (&place, depth + 1));
        }
    }

    fn lost(&mut self, from: Schema<'_>, to: Schema<'_>, (place, depth): (&str, usize)) {
        if !self.step(depth) || std::ptr::eq(from.at, to.at) {
            return;
        }
        let Some(after) = to.properties() else {
            return;
        };
        for (name, before) in from.properties().into_iter().flatten() {
            let place = format!("{place}.{name}");
            match after.get(name) {
                Some(after) => self.lost(from.part(before), to.part(after), (&place, depth + 1)),
                // A member that must be there is told as such.
                None if from.requires(name) => {}
                None => self.tell(&place, "is gone"),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn object(properties: Value, required: &[&str]) -> Value {
        json!({"type": "object", "properties": properties, "required": required})
    }

    #[test]
    fn what_was_allowed_and_is_refused_now_is_told_with_its_place() {
        let string = json!({"type": "string"});
        let linked = |of: &str| json!({"$defs": {"order": of_type(of)}, "$ref": "#/$defs/order"});
        let list = |of: &str| json!({"type": "array", "items": {"type": of}});
        let either = |a: &str, b: &str| json!({"anyOf": [{"type": a}, {"type": b}]});
        let nullable = json!({"anyOf": [{"type": "string"}, {"type": "null"}]});
        let bytes = json!({"type": "integer", "minimum": 0, "maximum": 255});
        let words = json!({"type": "integer", "minimum": 0, "maximum": 65535});
        let a = |of: &Value| object(json!({"a": of}), &[]);
        for (at, (from, to, told)) in [
            (json!({}), json!({}), None),
            (
                json!(true),
                string.clone(),
                Some("input must be of type string now"),
            ),
            (string.clone(), json!({}), None),
            (
                string.clone(),
                json!({"type": "integer"}),
                Some("input was of type string and is integer now"),
            ),
            (json!({"type": "integer"}), json!({"type": "number"}), None),
            (
                json!({"type": "number"}),
                json!({"type": "integer"}),
                Some("was of type number"),
            ),
            (string.clone(), json!({"type": ["string", "null"]}), None),
            (
                json!({"type": ["string", "null"]}),
                string.clone(),
                Some("was of type null"),
            ),
            (
                object(json!({}), &[]),
                object(json!({"a": string}), &[]),
                None,
            ),
            (
                object(json!({}), &[]),
                object(json!({"a": string}), &["a"]),
                Some("input.a is required now"),
            ),
            (
                object(json!({"a": string}), &["a"]),
                object(json!({"a": string}), &[]),
                None,
            ),
            (
                object(json!({"a": string}), &[]),
                object(json!({}), &[]),
                None,
            ),
            (
                object(json!({"a": string}), &[]),
                json!({"type": "object", "additionalProperties": false}),
                Some("input.a is no longer allowed"),
            ),
            (
                a(&string),
                a(&json!({"type": "boolean"})),
                Some("input.a was of type string"),
            ),
            (
                a(&a(&string)),
                a(&a(&json!({"type": "null"}))),
                Some("input.a.a was of type string"),
            ),
            (list("string"), list("string"), None),
            (
                list("string"),
                list("integer"),
                Some("input[] was of type string"),
            ),
            (json!({"enum": ["a"]}), json!({"enum": ["a", "b"]}), None),
            (
                json!({"enum": ["a", "b"]}),
                json!({"enum": ["a"]}),
                Some("may no longer be \"b\""),
            ),
            (
                string.clone(),
                json!({"type": "string", "enum": ["a"]}),
                Some("certain values only"),
            ),
            (json!({"enum": ["a"]}), string.clone(), None),
            (
                json!({"const": 1}),
                json!({"type": "string"}),
                Some("was of type integer"),
            ),
            (linked("string"), linked("string"), None),
            (
                linked("string"),
                linked("number"),
                Some("was of type string"),
            ),
            (linked("string"), string.clone(), None),
            (bytes.clone(), words.clone(), None),
            (words, bytes.clone(), Some("has the maximum 255 now")),
            (
                json!({"type": "integer"}),
                bytes,
                Some("has the minimum 0 now"),
            ),
            (string.clone(), nullable.clone(), None),
            (nullable.clone(), string.clone(), Some("was of type null")),
            (
                nullable,
                either("string", "integer"),
                Some("fits none of the alternatives"),
            ),
            (either("string", "null"), either("null", "string"), None),
            (
                json!({"prefixItems": [{"type": "string"}]}),
                json!({"prefixItems": [{"type": "null"}]}),
                Some("input[0] was of type string"),
            ),
            (
                json!({"format": "date"}),
                json!({"format": "time", "pattern": "x"}),
                None,
            ),
            (string, json!(false), Some("input is no longer allowed")),
        ]
        .into_iter()
        .enumerate()
        {
            let found = refused_input(&from, &to);
            match told {
                None => assert_eq!(found, Vec::<String>::new(), "{at}"),
                Some(text) => assert!(found.iter().any(|f| f.contains(text)), "{at}: {found:?}"),
            }
        }
    }

    fn of_type(name: &str) -> Value {
        json!({"type": name})
    }

    #[test]
    fn outputs_that_are_gone_are_told() {
        let before = object(
            json!({"a": {"type": "string"}, "b": object(json!({"c": {}}), &[])}),
            &["a"],
        );
        let after = object(json!({"b": object(json!({}), &[])}), &[]);
        assert_eq!(lost_output(&before, &after), ["output.b.c is gone"]);
        assert_eq!(new_output(&before, &after), ["output.a may be absent now"]);
        assert_eq!(lost_output(&before, &before), Vec::<String>::new());
        assert_eq!(lost_output(&before, &json!({})), Vec::<String>::new());
        let number = |of: &str| object(json!({"a": of_type(of)}), &["a"]);
        assert_eq!(
            new_output(&number("integer"), &number("number")),
            ["output.a was of type integer and may be number now"]
        );
        assert_eq!(
            new_output(&number("number"), &number("integer")),
            Vec::<String>::new()
        );
        let one_of = |of: &[&str]| json!({"enum": of});
        assert_eq!(
            new_output(&one_of(&["a"]), &one_of(&["a", "b"])),
            ["output may be \"b\" now"]
        );
        assert_eq!(
            new_output(&one_of(&["a", "b"]), &one_of(&["a"])),
            Vec::<String>::new()
        );
    }

    #[test]
    fn endless_and_huge_schemas_are_compared_in_bounded_time() {
        let circle = json!({"$defs": {"a": {"$ref": "#/$defs/b"}, "b": {"$ref": "#/$defs/a"}},
            "$ref": "#/$defs/a"});
        assert!(refused_input(&circle, &json!({"type": "string"})).len() == 1);
        let tree = |leaf: &str| {
            json!({"$defs": {"t": {"type": "object", "properties": {
            "l": {"$ref": "#/$defs/t"}, "r": {"$ref": "#/$defs/t"}, "v": {"type": leaf}}}},
            "$ref": "#/$defs/t"})
        };
        assert!(!refused_input(&tree("string"), &tree("null")).is_empty());
        assert!(refused_input(&tree("string"), &tree("string")).is_empty());
        assert!(refused_input(&json!({"$ref": "http://elsewhere"}), &json!({})).is_empty());
    }
}
