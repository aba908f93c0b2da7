"""JSON texts whose numbers keep every digit."""

import json
from decimal import Decimal

_ESCAPE = json.encoder.encode_basestring_ascii


def read(text):
    """A JSON text: whole numbers become `int`, all others `Decimal`."""
    return json.loads(text, parse_float=Decimal, parse_constant=_refuse)


def _refuse(constant):
    raise ValueError(f"{constant} is no JSON")


def write(value):
    """`value` as a JSON text; its members are of the types that `plain` gives."""
    if value is None:
        return "null"
    if value is True:
        return "true"
    if value is False:
        return "false"
    if isinstance(value, str):
        return _ESCAPE(value)
    if isinstance(value, int):
        return int.__repr__(value)
    if isinstance(value, (float, Decimal)):
        return _number(value)
    if isinstance(value, dict):
        members = (f"{_ESCAPE(key)}:{write(member)}" for key, member in value.items())
        return "{" + ",".join(members) + "}"
    return "[" + ",".join(map(write, value)) + "]"


def _number(value):
    number = Decimal(repr(value)) if isinstance(value, float) else value
    if not number.is_finite():
        raise ValueError(f"JSON has no number {value}")
    return str(number)
