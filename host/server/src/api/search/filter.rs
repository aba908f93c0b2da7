//! Filters: which rows a search finds.

use anyam_store::TenantReader;
use serde_json::{Map, Value as Json};

use super::Searchable;
use super::condition::Condition;
use super::field::{Field, Kind, Value};
use super::like::Pattern;
use super::variable_terms::{self, VariableField, VariableTerm};
use crate::api::limits::RequestLimits;
use crate::api::problem::Problem;

/// A filter: every term must hold, and of the alternatives at least one.
pub struct Filter<R: 'static> {
    /// The tenant it names.
    pub tenant: Option<String>,
    terms: Vec<Term<R>>,
    alternatives: Vec<Vec<Term<R>>>,
    flags: Vec<(&'static str, bool)>,
    /// What it asks of variables.
    pub variables: Vec<VariableTerm<R>>,
    /// What the path of the request limits it to.
    pub within: Option<Within<R>>,
}

/// The rows that a search may find at all.
pub struct Within<R> {
    /// The process instances that own them, sorted.
    pub instances: Vec<u64>,
    /// Which of their rows.
    pub is_meant: Box<dyn Fn(&R) -> bool + Send + Sync>,
}

/// The fields, variable fields and flags that a filter may have.
type Known<R> = (
    &'static [Field<R>],
    &'static [VariableField<R>],
    &'static [&'static str],
);

struct Term<R: 'static> {
    field: &'static Field<R>,
    conditions: Vec<Condition>,
}

impl<R> Term<R> {
    fn holds(&self, record: &R) -> bool {
        let value = (self.field.get)(record);
        self.conditions
            .iter()
            .all(|condition| condition.holds(&value))
    }
}

impl<R> Filter<R> {
    /// A filter that lets everything through.
    pub fn all() -> Self {
        Self {
            tenant: None,
            terms: Vec::new(),
            alternatives: Vec::new(),
            flags: Vec::new(),
            variables: Vec::new(),
            within: None,
        }
    }

    /// Reads the `filter` of a search.
    ///
    /// # Errors
    /// 400 that names the member.
    pub fn new<S: Searchable<Record = R>>(
        members: &Map<String, Json>,
        limits: &RequestLimits,
    ) -> Result<Self, Problem> {
        Self::read(members, (S::FIELDS, S::VARIABLES, S::FLAGS), limits)
    }

    fn read(
        members: &Map<String, Json>,
        (fields, variable_fields, flags): Known<R>,
        limits: &RequestLimits,
    ) -> Result<Self, Problem> {
        let mut known: Vec<_> = fields.iter().map(|field| field.name).collect();
        known.extend(variable_fields.iter().map(|field| field.name));
        known.extend(flags);
        known.extend(["tenantId", "$or"]);
        let mut reading = Reading {
            fields,
            known,
            limits,
            left: limits.filter_terms,
        };
        let mut filter = Self::all();
        for (name, json) in members {
            let at = format!("filter.{name}");
            if name == "tenantId" {
                filter.tenant = Some(tenant(&at, json)?);
            } else if name == "$or" {
                filter.alternatives = reading.alternatives(&at, json)?;
            } else if let Some(field) = variable_fields.iter().find(|field| field.name == name) {
                filter
                    .variables
                    .extend(variable_terms::read(field, &at, json, &mut reading)?);
            } else if let Some(flag) = flags.iter().find(|flag| *flag == name) {
                let set = json
                    .as_bool()
                    .ok_or_else(|| Problem::invalid(format!("{at} must be true or false")))?;
                filter.flags.push((flag, set));
            } else {
                filter.terms.push(reading.term(&at, name, json)?);
            }
        }
        Ok(filter)
    }

    /// Whether a row passes, its variables not looked at.
    pub fn holds(&self, record: &R) -> bool {
        self.within
            .as_ref()
            .is_none_or(|within| (within.is_meant)(record))
            && self.terms.iter().all(|term| term.holds(record))
            && (self.alternatives.is_empty()
                || self
                    .alternatives
                    .iter()
                    .any(|terms| terms.iter().all(|term| term.holds(record))))
    }

    /// Whether a row's variables pass; `read_one` is told of each that is read.
    ///
    /// # Errors
    /// The store's, and what `read_one` says.
    pub fn variables_hold(
        &self,
        rows: TenantReader<'_>,
        record: &R,
        read_one: &mut dyn FnMut() -> Result<(), Problem>,
    ) -> Result<bool, Problem> {
        for term in &self.variables {
            if !term.holds(rows, record, read_one)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// The only values that a field may have by this filter, where it says so.
    pub fn values(&self, field: &str) -> Option<Vec<&Value<'static>>> {
        let terms = self.terms.iter().filter(|term| term.field.name == field);
        let mut lists = terms
            .flat_map(|term| &term.conditions)
            .filter_map(|condition| match condition {
                Condition::In(values) => Some(values.iter().collect()),
                _ => None,
            });
        lists.next()
    }

    /// The only keys that a field may have by this filter, sorted, where it says so.
    pub fn keys(&self, field: &str) -> Option<Vec<u64>> {
        let mut keys: Vec<u64> = self
            .values(field)?
            .into_iter()
            .filter_map(|value| match value {
                Value::Number(key) => u64::try_from(*key).ok(),
                _ => None,
            })
            .collect();
        keys.sort_unstable();
        keys.dedup();
        Some(keys)
    }

    /// The only text that a field may have by this filter, where it says so.
    pub fn text(&self, field: &str) -> Option<&str> {
        match self.values(field)?.as_slice() {
            [Value::Text(text)] => Some(text),
            _ => None,
        }
    }

    /// What a filter that only a source can answer says.
    pub fn is_set(&self, flag: &str) -> Option<bool> {
        self.flags
            .iter()
            .find(|(name, _)| *name == flag)
            .map(|(_, set)| *set)
    }

    /// What a yes-or-no field must be by this filter, where it says so.
    pub fn flag(&self, field: &str) -> Option<bool> {
        match self.values(field)?.as_slice() {
            [Value::Bool(flag)] => Some(*flag),
            _ => None,
        }
    }
}

fn tenant(at: &str, json: &Json) -> Result<String, Problem> {
    let one = match json {
        Json::String(text) => Some(text),
        Json::Object(members) if members.len() == 1 => match members.iter().next() {
            Some((operator, Json::String(text))) if operator == "$eq" => Some(text),
            Some((operator, Json::Array(texts))) if operator == "$in" => match texts.as_slice() {
                [Json::String(text)] => Some(text),
                _ => None,
            },
            _ => None,
        },
        _ => None,
    };
    one.cloned().ok_or_else(|| {
        Problem::invalid(format!(
            "{at} must name one tenant, as a text or with $eq; a search looks at one tenant's data"
        ))
    })
}

/// What reading a filter needs, with the number of conditions that it may still have.
pub struct Reading<'l, R: 'static> {
    fields: &'static [Field<R>],
    known: Vec<&'static str>,
    /// The limits of the request.
    pub limits: &'l RequestLimits,
    left: usize,
}

impl<R> Reading<'_, R> {
    fn term(&mut self, at: &str, name: &str, json: &Json) -> Result<Term<R>, Problem> {
        let Some(field) = self.fields.iter().find(|field| field.name == name) else {
            return Err(Problem::invalid(format!(
                "{at} is not something to filter by; there are {}",
                self.known.join(", ")
            )));
        };
        Ok(Term {
            field,
            conditions: self.conditions(at, field.kind, json)?,
        })
    }

    fn alternatives(&mut self, at: &str, json: &Json) -> Result<Vec<Vec<Term<R>>>, Problem> {
        let Json::Array(items) = json else {
            return Err(Problem::invalid(format!("{at} must be a list of filters")));
        };
        let mut alternatives = Vec::new();
        for (index, item) in items.iter().enumerate() {
            let at = format!("{at}[{index}]");
            let Json::Object(members) = item else {
                return Err(Problem::invalid(format!(
                    "{at} must be a filter: an object"
                )));
            };
            self.take(1)?;
            let terms = members
                .iter()
                .map(|(name, json)| self.term(&format!("{at}.{name}"), name, json));
            alternatives.push(terms.collect::<Result<_, _>>()?);
        }
        Ok(alternatives)
    }

    /// Reads a value or an operator object.
    ///
    /// # Errors
    /// 400 that says where.
    pub fn conditions(
        &mut self,
        at: &str,
        kind: Kind,
        json: &Json,
    ) -> Result<Vec<Condition>, Problem> {
        if kind == Kind::AllTexts {
            return Ok(vec![Condition::HoldsAll(self.texts(at, json)?)]);
        }
        let Json::Object(operators) = json else {
            self.take(1)?;
            return Ok(vec![Condition::In(vec![value(at, kind, json)?])]);
        };
        let mut conditions = Vec::new();
        for (operator, operand) in operators {
            conditions.push(self.condition(
                &format!("{at}.{operator}"),
                kind,
                operator,
                operand,
            )?);
        }
        Ok(conditions)
    }

    fn condition(
        &mut self,
        at: &str,
        kind: Kind,
        operator: &str,
        operand: &Json,
    ) -> Result<Condition, Problem> {
        self.take(1)?;
        let ordered = matches!(kind, Kind::Number | Kind::Time | Kind::Text | Kind::Key);
        let is_text = matches!(kind, Kind::Text | Kind::AnyText | Kind::OneOf(_));
        Ok(match operator {
            "$eq" => Condition::In(vec![value(at, kind, operand)?]),
            "$neq" => Condition::NotIn(vec![value(at, kind, operand)?]),
            "$in" => Condition::In(self.list(at, kind, operand)?),
            "$notIn" => Condition::NotIn(self.list(at, kind, operand)?),
            "$exists" => match operand {
                Json::Bool(exists) => Condition::Exists(*exists),
                _ => return Err(Problem::invalid(format!("{at} must be true or false"))),
            },
            "$gt" if ordered => Condition::Above(value(at, kind, operand)?, false),
            "$gte" if ordered => Condition::Above(value(at, kind, operand)?, true),
            "$lt" if ordered => Condition::Below(value(at, kind, operand)?, false),
            "$lte" if ordered => Condition::Below(value(at, kind, operand)?, true),
            "$like" if is_text => match operand {
                Json::String(text) if text.len() <= self.limits.pattern_bytes => {
                    Condition::Like(Pattern::new(text))
                }
                _ => {
                    return Err(Problem::invalid(format!(
                        "{at} must be a pattern: a text of at most {} bytes",
                        self.limits.pattern_bytes
                    )));
                }
            },
            _ => {
                let compare = if ordered {
                    ", $gt, $gte, $lt, $lte"
                } else {
                    ""
                };
                let like = if is_text { ", $like" } else { "" };
                return Err(Problem::invalid(format!(
                    "{at} is no operator of this field; there are $eq, $neq, $in, $notIn, \
                     $exists{compare}{like}"
                )));
            }
        })
    }

    fn list(&mut self, at: &str, kind: Kind, json: &Json) -> Result<Vec<Value<'static>>, Problem> {
        let Json::Array(items) = json else {
            return Err(Problem::invalid(format!("{at} must be a list")));
        };
        self.take(items.len())?;
        let values = items
            .iter()
            .enumerate()
            .map(|(i, json)| value(&format!("{at}[{i}]"), kind, json));
        values.collect()
    }

    fn texts(&mut self, at: &str, json: &Json) -> Result<Vec<String>, Problem> {
        let values = self.list(at, Kind::Text, json)?;
        let texts = values.into_iter().filter_map(|value| match value {
            Value::Text(text) => Some(text.into_owned()),
            _ => None,
        });
        Ok(texts.collect())
    }

    /// Counts conditions.
    ///
    /// # Errors
    /// 400 where there are too many.
    pub fn take(&mut self, count: usize) -> Result<(), Problem> {
        self.left = self.left.checked_sub(count).ok_or_else(|| {
            let most = self.limits.filter_terms;
            Problem::invalid(format!("the filter has more than {most} conditions"))
        })?;
        Ok(())
    }
}

fn value(at: &str, kind: Kind, json: &Json) -> Result<Value<'static>, Problem> {
    kind.read(json)
        .map_err(|wanted| Problem::invalid(format!("{at} {wanted}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Row {
        name: Option<&'static str>,
        count: i64,
        tags: Vec<String>,
    }

    const FIELDS: &[Field<Row>] = &[
        Field::new("name", Kind::Text, |row| Value::maybe_text(row.name)),
        Field::new("count", Kind::Number, |row| Value::Number(row.count.into())),
        Field::new("tags", Kind::AllTexts, |row| Value::texts(&row.tags)),
        Field::new("tag", Kind::AnyText, |row| Value::texts(&row.tags)),
        Field::new("key", Kind::Key, |row| Value::Number(row.count.into())),
    ];

    fn filter(text: &str) -> Result<Filter<Row>, Problem> {
        let limits = RequestLimits {
            filter_terms: 5,
            pattern_bytes: 8,
            ..Default::default()
        };
        Filter::read(
            &serde_json::from_str(text).unwrap(),
            (FIELDS, &[], &["isNew"]),
            &limits,
        )
    }

    fn holds(text: &str) -> bool {
        let tags = vec!["a".to_owned(), "b".to_owned()];
        filter(text).unwrap().holds(&Row {
            name: Some("order"),
            count: 3,
            tags,
        })
    }

    #[test]
    fn every_operator_holds_when_it_should() {
        for text in [
            "{}",
            r#"{"name": "order"}"#,
            r#"{"name": {"$eq": "order", "$neq": "x"}}"#,
            r#"{"name": {"$in": ["x", "order"]}}"#,
            r#"{"name": {"$notIn": ["x"]}}"#,
            r#"{"name": {"$exists": true}}"#,
            r#"{"name": {"$like": "or*"}}"#,
            r#"{"count": {"$gt": 2, "$lt": 4}}"#,
            r#"{"count": {"$gte": 3, "$lte": 3}}"#,
            r#"{"tags": ["b", "a"]}"#,
            r#"{"tag": "b"}"#,
            r#"{"tag": {"$neq": "c"}}"#,
            r#"{"$or": [{"name": "x"}, {"count": 3}]}"#,
        ] {
            assert!(holds(text), "{text}");
        }
        for text in [
            r#"{"name": "x"}"#,
            r#"{"name": {"$eq": "order", "$neq": "order"}}"#,
            r#"{"name": {"$in": []}}"#,
            r#"{"name": {"$notIn": ["order"]}}"#,
            r#"{"name": {"$exists": false}}"#,
            r#"{"name": {"$like": "or"}}"#,
            r#"{"count": {"$gt": 3}}"#,
            r#"{"count": {"$lt": 3}}"#,
            r#"{"tags": ["a", "c"]}"#,
            r#"{"tag": "c"}"#,
            r#"{"tag": {"$neq": "a"}}"#,
            r#"{"$or": [{"name": "x"}, {"count": 4}]}"#,
        ] {
            assert!(!holds(text), "{text}");
        }
    }

    #[test]
    fn what_is_absent_fits_no_comparison() {
        let row = Row {
            name: None,
            count: 0,
            tags: Vec::new(),
        };
        for (text, expected) in [
            (r#"{"name": {"$gt": "a"}}"#, false),
            (r#"{"name": {"$like": "*"}}"#, false),
            (r#"{"name": {"$neq": "a"}}"#, true),
            (r#"{"name": {"$exists": false}}"#, true),
        ] {
            assert_eq!(filter(text).unwrap().holds(&row), expected, "{text}");
        }
    }

    #[test]
    fn a_bad_filter_is_refused_with_its_place() {
        for (text, place) in [
            (r#"{"nam": "x"}"#, "filter.nam is not something"),
            (r#"{"isNew": 1}"#, "filter.isNew must be true or false"),
            (r#"{"name": 1}"#, "filter.name must be a text"),
            (r#"{"name": {"$is": 1}}"#, "filter.name.$is is no operator"),
            (
                r#"{"count": {"$in": [1, "2"]}}"#,
                "filter.count.$in[1] must be",
            ),
            (
                r#"{"count": {"$in": 1}}"#,
                "filter.count.$in must be a list",
            ),
            (
                r#"{"count": {"$like": "1"}}"#,
                "filter.count.$like is no operator",
            ),
            (r#"{"key": 7}"#, "filter.key must be a key"),
            (r#"{"$or": {}}"#, "filter.$or must be a list"),
            (r#"{"$or": [{"nam": 1}]}"#, "filter.$or[0].nam"),
            (
                r#"{"tenantId": {"$in": ["a", "b"]}}"#,
                "filter.tenantId must name one",
            ),
            (
                r#"{"name": {"$like": "123456789"}}"#,
                "filter.name.$like must be a pattern",
            ),
        ] {
            let problem = filter(text).err().unwrap();
            assert_eq!(problem.status, 400);
            assert!(
                problem.detail.starts_with(place),
                "{text}: {}",
                problem.detail
            );
        }
    }

    #[test]
    fn conditions_are_counted_to_their_limit() {
        assert!(filter(r#"{"count": {"$in": [1, 2, 3, 4]}}"#).is_ok());
        let problem = filter(r#"{"count": {"$in": [1, 2, 3, 4, 5]}}"#)
            .err()
            .unwrap();
        assert!(problem.detail.contains("more than 5 conditions"));
    }

    #[test]
    fn the_values_a_field_may_have_are_known() {
        let filter = filter(r#"{"key": {"$in": ["9", "7", "9"]}, "name": "x"}"#).unwrap();
        assert_eq!(filter.keys("key"), Some(vec![7, 9]));
        assert_eq!(filter.text("name"), Some("x"));
        assert_eq!(filter.keys("count"), None);
        assert_eq!(filter.is_set("isNew"), None);
    }
}
