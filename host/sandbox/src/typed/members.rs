//! Names with something behind them: the fields of a record, the cases of a variant, parameters.

use std::collections::{HashMap, HashSet};

use serde::{Deserialize, Serialize};

/// A name and what it stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member<T> {
    /// As in WIT: `order-id`.
    pub name: Box<str>,
    /// As a member of a JSON object: `orderId`.
    pub json_name: Box<str>,
    /// What it stands for.
    pub ty: T,
}

/// Named types in their order. They are found by either name, in constant time.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(from = "Vec<Plain<T>>", into = "Vec<Plain<T>>")]
#[serde(bound(
    serialize = "T: Clone + Serialize",
    deserialize = "T: Deserialize<'de>"
))]
pub struct Members<T> {
    list: Vec<Member<T>>,
    by_name: HashMap<Box<str>, usize>,
}

#[derive(Serialize, Deserialize)]
struct Plain<T> {
    name: Box<str>,
    #[serde(rename = "type")]
    ty: T,
}

impl<T> Members<T> {
    /// The members with these names as they are in WIT.
    pub fn new(named: impl IntoIterator<Item = (impl Into<Box<str>>, T)>) -> Self {
        let mut list: Vec<Member<T>> = named
            .into_iter()
            .map(|(name, ty)| {
                let name = name.into();
                let json_name = camel_case(&name).into();
                Member {
                    name,
                    json_name,
                    ty,
                }
            })
            .collect();
        // `xy-z` and `xyz` may fall together where words are in capitals; both keep their names.
        let (mut seen, mut twice) = (HashSet::new(), HashSet::new());
        for member in &list {
            if !seen.insert(member.json_name.clone()) {
                twice.insert(member.json_name.clone());
            }
        }
        let mut by_name = HashMap::with_capacity(list.len());
        for (at, member) in list.iter_mut().enumerate() {
            if twice.contains(&member.json_name) {
                member.json_name = member.name.clone();
            }
            by_name.insert(member.name.clone(), at);
            by_name.insert(member.json_name.clone(), at);
        }
        Self { list, by_name }
    }

    /// The position of a member, by either name.
    pub fn position(&self, name: &str) -> Option<usize> {
        self.by_name.get(name).copied()
    }

    /// A member, by either name.
    pub fn get(&self, name: &str) -> Option<&Member<T>> {
        self.position(name).map(|at| &self.list[at])
    }
}

impl<T> std::ops::Deref for Members<T> {
    type Target = [Member<T>];

    fn deref(&self) -> &[Member<T>] {
        &self.list
    }
}

impl<T: PartialEq> PartialEq for Members<T> {
    fn eq(&self, other: &Self) -> bool {
        self.list == other.list
    }
}

impl<T: Eq> Eq for Members<T> {}

impl<T> From<Vec<Plain<T>>> for Members<T> {
    fn from(plain: Vec<Plain<T>>) -> Self {
        Self::new(plain.into_iter().map(|member| (member.name, member.ty)))
    }
}

impl<T> From<Members<T>> for Vec<Plain<T>> {
    fn from(members: Members<T>) -> Self {
        let plain = |member: Member<T>| Plain {
            name: member.name,
            ty: member.ty,
        };
        members.list.into_iter().map(plain).collect()
    }
}

/// Names alone, as an array of them.
pub(super) mod names {
    use serde::{Deserialize, Deserializer, Serializer};

    use super::Members;

    pub fn serialize<S: Serializer>(names: &Members<()>, to: S) -> Result<S::Ok, S::Error> {
        to.collect_seq(names.iter().map(|name| &*name.name))
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Members<()>, D::Error> {
        let names: Vec<Box<str>> = Vec::deserialize(from)?;
        Ok(Members::new(names.into_iter().map(|name| (name, ()))))
    }
}

/// `order-id` as `orderId`. A word in capitals stays in capitals.
fn camel_case(name: &str) -> String {
    let mut words = name.split('-');
    let mut text = words.next().unwrap_or_default().to_owned();
    for word in words {
        let mut letters = word.chars();
        text.extend(letters.next().map(|first| first.to_ascii_uppercase()));
        text.push_str(letters.as_str());
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lose_their_minus() {
        for (name, json) in [
            ("id", "id"),
            ("order-id", "orderId"),
            ("order-ID-2", "orderID2"),
            ("HTTP-code", "HTTPCode"),
            ("a-b-c", "aBC"),
        ] {
            assert_eq!(camel_case(name), json);
        }
    }

    #[test]
    fn both_names_find_and_names_that_fall_together_stay_apart() {
        let members = Members::new([("order-id", 0), ("XY-Z", 1), ("XYZ", 2)]);
        for (name, at) in [("order-id", 0), ("orderId", 0), ("XY-Z", 1), ("XYZ", 2)] {
            assert_eq!(members.position(name), Some(at), "{name}");
        }
        assert_eq!(members.position("order"), None);
        assert_eq!(&*members[1].json_name, "XY-Z");
    }
}
