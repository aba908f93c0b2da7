"""The component: what the host calls, in the types of the WIT package `anyam:step`."""

from componentize_py_types import Err
from wit_world import exports
from wit_world.exports.manifest import Description
from wit_world.imports.types import Failure_Permanent

from price_order import InvalidOrder, answer

_INPUT = """{
  "$schema": "https://json-schema.org/draft/2020-12/schema",
  "type": "object",
  "required": ["items"],
  "properties": {
    "items": {
      "type": "array",
      "minItems": 1,
      "items": {
        "type": "object",
        "required": ["quantity", "unitPrice"],
        "properties": {
          "quantity": { "type": "integer", "minimum": 1 },
          "unitPrice": { "type": "number", "minimum": 0 }
        }
      }
    }
  }
}"""

_OUTPUT = """{
  "$schema": "https://json-schema.org/draft/2020-12/schema",
  "type": "object",
  "required": ["net", "tax", "total", "currency"],
  "properties": {
    "net": { "type": "number" },
    "tax": { "type": "number" },
    "total": { "type": "number" },
    "currency": { "type": "string" }
  }
}"""


class Handler(exports.Handler):
    """Answers the host's calls."""

    def handle(self, context, input):
        headers = {header.key: header.value for header in context.headers}
        try:
            return answer(input, headers)
        except InvalidOrder as error:
            # The same order fails the same way at every attempt.
            raise Err(Failure_Permanent(str(error))) from error


class Manifest(exports.Manifest):
    """Describes the step at upload."""

    def describe(self):
        return Description(
            name="price-order",
            version="1.0.0",
            docs="Prices an order: the sum of its items, and the tax at the rate of the task "
            "header `tax-rate`, rounded to cents.",
            input_schema=_INPUT,
            output_schema=_OUTPUT,
            error_codes=[],
        )
