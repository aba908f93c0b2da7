"""Python's types and JSON: values both ways, and the JSON Schema of a type.

Fields in snake_case are members in camelCase; `field(metadata={"json": "name"})` names one
otherwise.
"""

import dataclasses
import enum
import types
import typing
from datetime import date, datetime
from decimal import Decimal

_DRAFT = "https://json-schema.org/draft/2020-12/schema"
_MOST_DIGITS = 4300
_NAMES = {
    dict: "an object",
    list: "an array",
    str: "a string",
    bool: "a boolean",
    int: "a number",
    Decimal: "a number",
    type(None): "null",
}


class Misfit(ValueError):
    """A value that a type cannot take."""

    def __init__(self, path, needed, value):
        self.path = path
        found = _NAMES.get(type(value), type(value).__name__)
        super().__init__(f"{needed} is needed, but this is {found}")


def member_name(field):
    """The name in JSON of a dataclass's field."""
    named = field.metadata.get("json")
    if named is not None:
        return named
    first, *rest = field.name.split("_")
    return first + "".join(word.capitalize() for word in rest)


def take(kind, value, path=""):
    """A JSON value as one of type `kind`. Raises `Misfit`."""
    if kind is typing.Any or kind is object or kind is dataclasses.MISSING:
        return value
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if dataclasses.is_dataclass(kind):
        return _take_dataclass(kind, value, path)
    if origin in (typing.Union, types.UnionType):
        return _take_union(arguments, value, path)
    if origin is typing.Annotated:
        return take(arguments[0], value, path)
    if origin is typing.Literal:
        if not any(type(one) is type(value) and one == value for one in arguments):
            raise Misfit(path, "one of " + ", ".join(map(repr, arguments)), value)
        return value
    if kind is list or origin is list:
        if not isinstance(value, list):
            raise Misfit(path, "an array", value)
        item = arguments[0] if arguments else typing.Any
        return [take(item, one, f"{path}[{index}]") for index, one in enumerate(value)]
    if kind is dict or origin is dict:
        if not isinstance(value, dict):
            raise Misfit(path, "an object", value)
        member = arguments[1] if arguments else typing.Any
        return {name: take(member, one, _below(path, name)) for name, one in value.items()}
    if kind is None or kind is type(None):
        if value is not None:
            raise Misfit(path, "null", value)
        return None
    if isinstance(kind, type) and issubclass(kind, enum.Enum):
        try:
            return kind(value)
        except ValueError:
            known = ", ".join(repr(one.value) for one in kind)
            raise Misfit(path, f"one of {known}", value) from None
    return _take_scalar(kind, value, path)


def _take_dataclass(kind, value, path):
    if not isinstance(value, dict):
        raise Misfit(path, "an object", value)
    hints = typing.get_type_hints(kind, include_extras=True)
    given = {}
    for field in dataclasses.fields(kind):
        name = member_name(field)
        below = _below(path, name)
        if name in value:
            given[field.name] = take(hints[field.name], value[name], below)
        elif _takes_null(hints[field.name]) and _has_no_default(field):
            given[field.name] = None
        elif _has_no_default(field):
            error = Misfit(below, "a value", None)
            error.args = ("it is missing",)
            raise error
    return kind(**given)


def _take_union(kinds, value, path):
    if value is None and type(None) in kinds:
        return None
    wanted = [kind for kind in kinds if kind is not type(None)]
    if len(wanted) == 1:
        return take(wanted[0], value, path)
    # A number fits `float` and `Decimal` too, so the exact kind goes first.
    for kind in sorted(wanted, key=lambda kind: kind is not type(value)):
        try:
            return take(kind, value, path)
        except Misfit:
            continue
    raise Misfit(path, " or ".join(map(_describe, wanted)), value)


def _take_scalar(kind, value, path):
    is_number = isinstance(value, (int, Decimal)) and not isinstance(value, bool)
    if kind is str and isinstance(value, str) or kind is bool and isinstance(value, bool):
        return value
    if kind is int and is_number and _is_whole(value):
        return int(value)
    if kind is Decimal and is_number:
        return Decimal(value)
    if kind is float and is_number:
        return float(value)
    if kind in (date, datetime) and isinstance(value, str):
        try:
            return kind.fromisoformat(value)
        except ValueError:
            error = Misfit(path, "", value)
            error.args = (f"{value!r} is no {_describe(kind)}",)
            raise error from None
    raise Misfit(path, _describe(kind), value)


def _is_whole(number):
    # A short text such as 1e999999999 must not become a number that fills the memory.
    if isinstance(number, Decimal) and number.adjusted() > _MOST_DIGITS:
        return False
    return number == int(number)


def _describe(kind):
    known = {
        bool: "a boolean",
        int: "a whole number",
        float: "a number",
        Decimal: "a number",
        str: "a string",
        date: "date as in 2026-01-31",
        datetime: "time as in 2026-01-31T12:00:00+00:00",
    }
    return known.get(kind, getattr(kind, "__name__", str(kind)))


def plain(value):
    """A value as dicts, lists, texts, numbers, booleans and None."""
    if value is None or isinstance(value, (bool, int, float, Decimal, str)):
        return value.value if isinstance(value, enum.Enum) else value
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = dataclasses.fields(value)
        return {member_name(field): plain(getattr(value, field.name)) for field in fields}
    if isinstance(value, typing.Mapping):
        for name in value:
            if not isinstance(name, str):
                raise TypeError(f"the name {name!r} of a member must be a text")
        return {name: plain(member) for name, member in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if isinstance(value, (date, datetime)):
        return value.isoformat()
    if isinstance(value, enum.Enum):
        return plain(value.value)
    raise TypeError(f"a {type(value).__name__} cannot be written as JSON")


def schema(kind):
    """The JSON Schema (draft 2020-12) of a type."""
    return {"$schema": _DRAFT, **_schema(kind, ())}


def _schema(kind, around):
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if dataclasses.is_dataclass(kind):
        return _schema_of_dataclass(kind, around)
    if origin in (typing.Union, types.UnionType):
        return {"anyOf": [_schema(one, around) for one in arguments]}
    if origin is typing.Annotated:
        docs = [one for one in arguments[1:] if isinstance(one, str)]
        return {**_schema(arguments[0], around), **({"description": docs[0]} if docs else {})}
    if origin is typing.Literal:
        return {"enum": [plain(one) for one in arguments]}
    if kind is list or origin is list:
        return {"type": "array", **({"items": _schema(arguments[0], around)} if arguments else {})}
    if kind is dict or origin is dict:
        members = {"additionalProperties": _schema(arguments[1], around)} if arguments else {}
        return {"type": "object", **members}
    if isinstance(kind, type) and issubclass(kind, enum.Enum):
        return {"enum": [plain(one.value) for one in kind]}
    known = {
        bool: {"type": "boolean"},
        int: {"type": "integer"},
        float: {"type": "number", "format": "double"},
        Decimal: {"type": "number"},
        str: {"type": "string"},
        date: {"type": "string", "format": "date"},
        datetime: {"type": "string", "format": "date-time"},
        None: {"type": "null"},
        type(None): {"type": "null"},
    }
    return dict(known.get(kind, {}))


def _schema_of_dataclass(kind, around):
    if kind in around:
        # A type that contains itself: any depth of it is taken.
        return {"type": "object"}
    hints = typing.get_type_hints(kind, include_extras=True)
    members, required = {}, []
    for field in dataclasses.fields(kind):
        hint = hints[field.name]
        members[member_name(field)] = _schema(hint, (*around, kind))
        if _has_no_default(field) and not _takes_null(hint):
            required.append(member_name(field))
    return {"type": "object", "required": required, "properties": members}


def _has_no_default(field):
    missing = dataclasses.MISSING
    return field.default is missing and field.default_factory is missing


def _takes_null(kind):
    return kind is type(None) or type(None) in typing.get_args(kind)


def _below(path, name):
    return f"{path}.{name}" if path else name
