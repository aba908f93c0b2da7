"""The price of an order, exact to the cent. Plain Python: it knows nothing of WebAssembly."""

import json
from decimal import (
    ROUND_HALF_UP,
    Context,
    Decimal,
    DecimalException,
    DivisionByZero,
    Inexact,
    InvalidOperation,
    Overflow,
)

# Computing refuses to lose a digit; only the rounding to cents may.
_EXACT = Context(prec=50, traps=[Inexact, InvalidOperation, Overflow, DivisionByZero])
_ROUNDING = Context(
    prec=50, rounding=ROUND_HALF_UP, traps=[InvalidOperation, Overflow, DivisionByZero]
)
_CENT = Decimal("0.01")


class InvalidOrder(Exception):
    """The order cannot be priced; the text says what to mend."""


def answer(text, headers):
    """The step itself: the input as JSON text and the task headers, to the output as JSON text."""
    try:
        order = json.loads(text, parse_float=Decimal)
    except (ValueError, RecursionError) as error:
        raise InvalidOrder(f"the input cannot be read as JSON: {error}") from error
    if not isinstance(order, dict):
        raise InvalidOrder("the input must be a JSON object")
    if "tax-rate" not in headers:
        raise InvalidOrder("the task needs a header `tax-rate`, such as 0.19")
    net, tax = price(order.get("items"), headers["tax-rate"])
    currency = json.dumps(headers.get("currency", "EUR"))
    # `json.dumps` has no exact decimals; every amount here has two fixed decimal places.
    return f'{{"net":{net:f},"tax":{tax:f},"total":{net + tax:f},"currency":{currency}}}'


def price(items, tax_rate):
    """Net and tax of `items`, each a mapping with `quantity` and `unitPrice`.

    Net and tax are rounded once, on the whole order, half a cent upwards.
    """
    if not isinstance(items, list) or not items:
        raise InvalidOrder("`items` must be a list of at least one item")
    rate = _decimal(tax_rate, "the task header `tax-rate`")
    try:
        net = Decimal(0)
        for index, item in enumerate(items):
            net = _EXACT.add(net, _line(item, f"items[{index}]"))
        tax = _EXACT.multiply(net, rate)
        return net.quantize(_CENT, context=_ROUNDING), tax.quantize(_CENT, context=_ROUNDING)
    except DecimalException as error:
        raise InvalidOrder("the amounts have too many digits to compute with") from error


def _line(item, where):
    if not isinstance(item, dict):
        raise InvalidOrder(f"`{where}` must be an object")
    quantity = item.get("quantity")
    if isinstance(quantity, bool) or not isinstance(quantity, int) or quantity < 1:
        raise InvalidOrder(f"`{where}.quantity` must be a whole number above 0")
    return _EXACT.multiply(quantity, _decimal(item.get("unitPrice"), f"`{where}.unitPrice`"))


def _decimal(value, where):
    try:
        # A JSON number arrives as int or Decimal, a task header as str.
        number = None if isinstance(value, bool) else _EXACT.create_decimal(value)
    except (DecimalException, TypeError, ValueError):
        number = None
    if number is None or not number.is_finite() or number < 0:
        raise InvalidOrder(f"{where} must be a decimal number of at most 50 digits, 0 or more")
    return number
