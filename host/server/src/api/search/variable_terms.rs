//! Filters on the variables of what a row stands for.

use anyam_store::records::Variable;
use anyam_store::{Direction, TenantReader};
use serde_json::Value as Json;

use super::condition::Condition;
use super::field::{Kind, Value};
use super::filter::Reading;
use crate::api::problem::Problem;

/// A list of `{name, value}`: for each there must be such a variable.
pub struct VariableField<R> {
    /// Its name on the wire.
    pub name: &'static str,
    /// The instance and the scope in it to look at; without a scope, all of them.
    pub place: fn(&R) -> (u64, Option<u64>),
}

/// One variable that must be there.
pub struct VariableTerm<R: 'static> {
    place: fn(&R) -> (u64, Option<u64>),
    name: String,
    conditions: Vec<Condition>,
}

/// Reads the `{name, value}` list of a variable filter.
///
/// # Errors
/// 400 that says where.
pub fn read<R>(
    field: &VariableField<R>,
    at: &str,
    json: &Json,
    reading: &mut Reading<'_, R>,
) -> Result<Vec<VariableTerm<R>>, Problem> {
    let Json::Array(items) = json else {
        return Err(Problem::invalid(format!(
            "{at} must be a list of {{name, value}}"
        )));
    };
    let mut terms = Vec::new();
    for (index, item) in items.iter().enumerate() {
        let at = format!("{at}[{index}]");
        let members = item.as_object().filter(|members| members.len() == 2);
        let named = members.and_then(|members| {
            Some((
                members.get("name")?.as_str()?.to_owned(),
                members.get("value")?,
            ))
        });
        let Some((name, value)) = named else {
            return Err(Problem::invalid(format!(
                "{at} must have a name and a value; the value is JSON as a text, such as \"\\\"a\\\"\" or \"7\""
            )));
        };
        let conditions = reading.conditions(&format!("{at}.value"), Kind::Text, value)?;
        terms.push(VariableTerm {
            place: field.place,
            name,
            conditions,
        });
    }
    Ok(terms)
}

impl<R> VariableTerm<R> {
    /// Whether a row's variables fit. `read` counts the variables looked at.
    ///
    /// # Errors
    /// The store's, or `read`'s.
    pub fn holds(
        &self,
        rows: TenantReader<'_>,
        record: &R,
        read: &mut dyn FnMut() -> Result<(), Problem>,
    ) -> Result<bool, Problem> {
        let (instance, scope) = (self.place)(record);
        for variable in rows.scan::<Variable>((instance,), Direction::Forward) {
            read()?;
            let variable = variable?;
            if variable.name == self.name && scope.is_none_or(|scope| scope == variable.scope) {
                let value = Value::text(&variable.value);
                if self
                    .conditions
                    .iter()
                    .all(|condition| condition.holds(&value))
                {
                    return Ok(true);
                }
            }
        }
        Ok(false)
    }
}
