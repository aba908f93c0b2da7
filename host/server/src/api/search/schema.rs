//! The documentation of searches, made from the fields of each resource.

// utoipa's macros write full paths.
#![allow(unused_qualifications)]

use std::borrow::Cow;
use std::marker::PhantomData;

use serde::Serialize;
use utoipa::openapi::schema::{
    ArrayBuilder, KnownFormat, Object, ObjectBuilder, OneOfBuilder, Schema, SchemaFormat,
    SchemaType, Type,
};
use utoipa::openapi::{Ref, RefOr};
use utoipa::{PartialSchema, ToSchema};

use super::Searchable;
use super::field::Kind;
use super::page::{PageInfo, PageRequest};
use super::query::Order;

/// The schema of a search's body.
pub struct SearchQuery<S>(PhantomData<S>);

/// One page of what a search found.
#[derive(Serialize, ToSchema)]
#[schema(as = SearchResult)]
pub struct SearchResult<T: ToSchema> {
    /// The items of this page.
    items: Vec<T>,
    /// Where it stands in all matches.
    page: PageInfo,
}

fn typed(kind: Type) -> ObjectBuilder {
    ObjectBuilder::new().schema_type(SchemaType::Type(kind))
}

fn value(kind: Kind) -> Object {
    match kind {
        Kind::Text | Kind::AnyText | Kind::AllTexts => typed(Type::String),
        Kind::Key => typed(Type::String).pattern(Some("^[0-9]+$")),
        Kind::Number => typed(Type::Integer),
        Kind::Bool => typed(Type::Boolean),
        Kind::Time => {
            typed(Type::String).format(Some(SchemaFormat::KnownFormat(KnownFormat::DateTime)))
        }
        Kind::OneOf(texts) => typed(Type::String).enum_values(Some(texts.iter().copied())),
    }
    .build()
}

fn list(kind: Kind) -> Schema {
    Schema::Array(ArrayBuilder::new().items(value(kind)).build())
}

/// The filter of a field: a value or an object of operators.
fn filter(kind: Kind) -> Schema {
    if kind == Kind::AllTexts {
        return list(kind);
    }
    let mut operators = typed(Type::Object)
        .property("$eq", value(kind))
        .property("$neq", value(kind))
        .property("$in", list(kind))
        .property("$notIn", list(kind))
        .property("$exists", value(Kind::Bool));
    if matches!(kind, Kind::Number | Kind::Time | Kind::Text | Kind::Key) {
        for operator in ["$gt", "$gte", "$lt", "$lte"] {
            operators = operators.property(operator, value(kind));
        }
    }
    if matches!(kind, Kind::Text | Kind::AnyText | Kind::OneOf(_)) {
        operators = operators.property("$like", value(Kind::Text));
    }
    let either = OneOfBuilder::new()
        .item(Schema::Object(value(kind)))
        .item(operators.build());
    Schema::OneOf(either.build())
}

fn variables() -> Schema {
    let item = typed(Type::Object)
        .property("name", value(Kind::Text))
        .property("value", filter(Kind::Text))
        .required("name")
        .required("value");
    Schema::Array(ArrayBuilder::new().items(item.build()).build())
}

impl<S: Searchable> PartialSchema for SearchQuery<S> {
    fn schema() -> RefOr<Schema> {
        let mut filters = typed(Type::Object);
        for field in S::FIELDS {
            filters = filters.property(field.name, filter(field.kind));
        }
        for flag in S::FLAGS {
            filters = filters.property(*flag, value(Kind::Bool));
        }
        for field in S::VARIABLES {
            filters = filters.property(field.name, variables());
        }
        let filters = filters.build();
        let alternatives = ArrayBuilder::new().items(filters.clone());
        let filters = ObjectBuilder::from(filters)
            .property("tenantId", value(Kind::Text))
            .property("$or", Schema::Array(alternatives.build()));
        let names: Vec<_> = S::FIELDS
            .iter()
            .filter(|field| field.sorts)
            .map(|field| field.name)
            .collect();
        let sort = typed(Type::Object)
            .property(
                "field",
                typed(Type::String).enum_values(Some(names)).build(),
            )
            .property("order", Ref::from_schema_name(Order::name()))
            .required("field");
        let body = typed(Type::Object)
            .property("filter", filters.build())
            .property(
                "sort",
                Schema::Array(ArrayBuilder::new().items(sort.build()).build()),
            )
            .property("page", Ref::from_schema_name(PageRequest::name()));
        RefOr::T(Schema::Object(body.build()))
    }
}

impl<S: Searchable> ToSchema for SearchQuery<S> {
    fn name() -> Cow<'static, str> {
        format!("{}SearchQuery", S::NAME).into()
    }

    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        schemas.push((Order::name().into(), Order::schema()));
        schemas.push((PageRequest::name().into(), PageRequest::schema()));
    }
}
