"""Run with `python3 -m unittest discover tests` in the folder above, with that folder on PYTHONPATH."""

import json
import unittest
from dataclasses import dataclass, field
from datetime import date, datetime, timezone
from decimal import Decimal
from enum import Enum
from typing import Annotated, Any, Literal, Optional, Union

from anyam_sdk import BpmnError, Context, Permanent, Retryable, Step, invoke, step
from anyam_sdk.types import schema


class Kind(Enum):
    NEW = "new"
    USED = "used"


@dataclass
class Line:
    unit_price: Decimal
    quantity: int = 1


@dataclass
class Order:
    lines: list[Line]
    kind: Kind
    due: date
    note: Optional[str]
    size: Literal["S", "M"] = "S"
    weight: Union[int, str, None] = None
    more: dict[str, Any] = field(default_factory=dict)
    express: bool = field(default=False, metadata={"json": "is-express"})


ORDER = {"lines": [{"unitPrice": 1}], "kind": "new", "due": "2026-11-25"}


def echo(kind):
    """A step that gives its input back, of type `kind`."""

    def run(context, input):
        return input

    run.__annotations__["input"] = kind
    return step(run)


def refusal(run, text="{}"):
    try:
        return f"accepted: {invoke(step(run), Context(), text)}"
    except Permanent as error:
        return str(error)


class Numbers(unittest.TestCase):
    def test_every_digit_is_kept(self):
        text = '{"a":12345678901234567890,"b":0.10,"c":[1.50,-7],"d":1E-400}'
        self.assertEqual(invoke(echo(dict), Context(), text), text)

    def test_a_float_is_written_as_it_reads(self):
        self.assertEqual(invoke(step(lambda context, input: {"x": 0.1}), Context(), "{}"), '{"x":0.1}')

    def test_what_is_no_json_number_is_refused(self):
        for value in (float("nan"), float("inf"), Decimal("NaN")):
            self.assertIn("JSON has no number", refusal(lambda context, input: {"x": value}))
        for text in ('{"a":NaN}', '{"a":Infinity}', "{", "", "[" * 100_000):
            self.assertIn("cannot be read as JSON", refusal(lambda context, input: {}, text))

    def test_a_number_that_would_fill_the_memory_is_no_integer(self):
        with self.assertRaises(Permanent) as raised:
            invoke(echo(Line), Context(), '{"unitPrice":1,"quantity":1e999999999}')
        self.assertIn("at `quantity`: a whole number is needed", str(raised.exception))


class Inputs(unittest.TestCase):
    def test_an_input_becomes_its_type(self):
        seen = []

        @step
        def take(context: Context, order: Order):
            seen.append(order)

        given = {**ORDER, "weight": "light", "is-express": True, "unknown": 1}
        given["lines"] = [{"unitPrice": 1, "quantity": 2}]
        self.assertEqual(invoke(take, Context(), json.dumps(given)), "{}")
        expected = Order(
            lines=[Line(Decimal(1), 2)],
            kind=Kind.NEW,
            due=date(2026, 11, 25),
            note=None,
            weight="light",
            express=True,
        )
        self.assertEqual(seen, [expected])

    def test_an_output_is_written_by_the_names_of_json(self):
        order = Order([Line(Decimal("0.10"))], Kind.USED, date(2026, 1, 2), None)
        text = invoke(step(lambda context, input: order), Context(), "{}")
        self.assertEqual(
            text,
            '{"lines":[{"unitPrice":0.10,"quantity":1}],"kind":"used","due":"2026-01-02",'
            '"note":null,"size":"S","weight":null,"more":{},"is-express":false}',
        )
        times = {"at": datetime(2026, 1, 2, tzinfo=timezone.utc), "pair": (1, "ä\u2028")}
        text = invoke(step(lambda context, input: times), Context(), "{}")
        self.assertEqual(json.loads(text), {"at": "2026-01-02T00:00:00+00:00", "pair": [1, "ä\u2028"]})

    def test_what_does_not_fit_is_named(self):
        wrong = [
            ({"lines": 1}, "at `lines`: an array is needed, but this is a number"),
            ({"lines": [{}]}, "at `lines[0].unitPrice`: it is missing"),
            ({"lines": [{"unitPrice": "1"}]}, "at `lines[0].unitPrice`: a number is needed, but this is a string"),
            ({"lines": [{"unitPrice": True}]}, "at `lines[0].unitPrice`: a number is needed, but this is a boolean"),
            ({"lines": [{"unitPrice": 1, "quantity": 1.5}]}, "at `lines[0].quantity`: a whole number is needed"),
            ({"kind": "old"}, "at `kind`: one of 'new', 'used' is needed"),
            ({"due": "tomorrow"}, "at `due`: 'tomorrow' is no date as in 2026-01-31"),
            ({"note": 1}, "at `note`: a string is needed, but this is a number"),
            ({"size": "XL"}, "at `size`: one of 'S', 'M' is needed"),
            ({"weight": []}, "at `weight`: a whole number or a string is needed, but this is an array"),
            ({"more": []}, "at `more`: an object is needed, but this is an array"),
            ({"is-express": 1}, "at `is-express`: a boolean is needed, but this is a number"),
        ]
        for change, message in wrong:
            with self.assertRaises(Permanent) as raised:
                invoke(echo(Order), Context(), json.dumps({**ORDER, **change}))
            self.assertIn(f"the input does not fit the step {message}", str(raised.exception))
        with self.assertRaises(Permanent) as raised:
            invoke(echo(Order), Context(), "[]")
        self.assertEqual(str(raised.exception), "the input must be a JSON object")

    def test_a_schema_says_what_a_type_takes(self):
        given = schema(Order)
        self.assertEqual(given["$schema"], "https://json-schema.org/draft/2020-12/schema")
        self.assertEqual(given["required"], ["lines", "kind", "due"])
        members = given["properties"]
        line = {
            "type": "object",
            "required": ["unitPrice"],
            "properties": {"unitPrice": {"type": "number"}, "quantity": {"type": "integer"}},
        }
        self.assertEqual(members["lines"], {"type": "array", "items": line})
        self.assertEqual(members["kind"], {"enum": ["new", "used"]})
        self.assertEqual(members["due"], {"type": "string", "format": "date"})
        self.assertEqual(members["note"], {"anyOf": [{"type": "string"}, {"type": "null"}]})
        self.assertEqual(members["more"], {"type": "object", "additionalProperties": {}})
        self.assertIn("is-express", members)
        described = schema(Annotated[int, "How many."])
        self.assertEqual((described["type"], described["description"]), ("integer", "How many."))


class Failures(unittest.TestCase):
    def test_the_three_kinds_go_through(self):
        for raised in (BpmnError("A", "why", {"x": 1}), Retryable("busy", 1500), Permanent("mend it")):

            def run(context, input, raised=raised):
                raise raised

            run.__signature__ = __import__("inspect").signature(lambda context, input: None)
            with self.assertRaises(type(raised)) as caught:
                invoke(step(run), Context(), "{}")
            self.assertIs(caught.exception, raised)

    def test_other_errors_are_sorted_by_whether_another_attempt_can_help(self):
        def network(context, input):
            raise ConnectionRefusedError("refused")

        with self.assertRaises(Retryable) as raised:
            invoke(step(network), Context(), "{}")
        self.assertEqual(str(raised.exception), "ConnectionRefusedError: refused")
        self.assertIsInstance(raised.exception.__cause__, ConnectionRefusedError)
        self.assertIn("ZeroDivisionError", refusal(lambda context, input: 1 / 0))
        self.assertIn("KeyError: 'x'", refusal(lambda context, input: input["x"]))

    def test_an_output_that_cannot_be_written_is_permanent(self):
        self.assertEqual(
            refusal(lambda context, input: [1]), "the step's output must be an object, but this is a list"
        )
        self.assertIn("a set cannot be written as JSON", refusal(lambda context, input: {"x": {1}}))
        self.assertIn("must be a text", refusal(lambda context, input: {1: 2}))
        circle = {}
        circle["self"] = circle
        self.assertIn("cannot be written as JSON", refusal(lambda context, input: circle))


class Declarations(unittest.TestCase):
    def test_a_step_calls_like_its_function(self):
        @step(name="other", version="2.0.0", errors={"A": "why"})
        def count(context: Context, input: dict) -> dict:
            """Counts."""
            return {"n": len(input), "tenant": context.tenant}

        self.assertIsInstance(count, Step)
        self.assertEqual(count(Context(tenant="acme"), {"a": 1}), {"n": 1, "tenant": "acme"})
        self.assertEqual((count.name, count.version, count.docs), ("other", "2.0.0", "Counts."))
        self.assertEqual((count.errors, count.input, count.output), ({"A": "why"}, dict, dict))

    def test_a_step_takes_context_and_input(self):
        with self.assertRaises(TypeError) as raised:
            step(lambda input: {})
        self.assertIn("must take (context, input)", str(raised.exception))


if __name__ == "__main__":
    unittest.main()
