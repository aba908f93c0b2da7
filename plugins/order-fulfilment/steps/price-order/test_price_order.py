"""Run with `python3 -m unittest` in this folder; needs nothing but Python."""

import json
import unittest
from decimal import Decimal

from price_order import InvalidOrder, answer

HEADERS = {"tax-rate": "0.19", "currency": "EUR"}


def refusal(text, headers=HEADERS):
    try:
        return f"accepted: {answer(text, headers)}"
    except InvalidOrder as error:
        return str(error)


def order(**item):
    return json.dumps({"items": [item]})


class PriceOrder(unittest.TestCase):
    def test_sums_items_and_adds_tax(self):
        text = """{"items": [
            {"sku": "chair-oak", "quantity": 2, "unitPrice": 89.90},
            {"sku": "lamp-brass", "quantity": 1, "unitPrice": 24.95}
        ]}"""
        expected = '{"net":204.75,"tax":38.90,"total":243.65,"currency":"EUR"}'
        self.assertEqual(answer(text, HEADERS), expected)

    def test_is_exact_where_binary_floating_point_is_not(self):
        text = '{"items": [{"quantity": 3, "unitPrice": 0.10}]}'
        self.assertIn('"net":0.30,', answer(text, {"tax-rate": "0"}))
        text = '{"items": [{"quantity": 1, "unitPrice": 12345678901234567890.12}]}'
        self.assertIn('"net":12345678901234567890.12,', answer(text, {"tax-rate": "0"}))

    def test_rounds_half_a_cent_up_once(self):
        text = '{"items": [{"quantity": 1, "unitPrice": 0.005}]}'
        self.assertIn('"net":0.01,', answer(text, {"tax-rate": "0"}))
        text = '{"items": [{"quantity": 1, "unitPrice": 0.0025}, {"quantity": 1, "unitPrice": 0.0025}]}'
        self.assertIn('"net":0.01,', answer(text, {"tax-rate": "0"}))

    def test_the_answer_is_json_with_a_total(self):
        text = order(quantity=7, unitPrice=19.99)
        result = json.loads(answer(text, HEADERS), parse_float=Decimal)
        self.assertEqual(result["total"], result["net"] + result["tax"])

    def test_a_currency_is_escaped(self):
        headers = {"tax-rate": "0", "currency": 'a"b'}
        self.assertEqual(json.loads(answer(order(quantity=1, unitPrice=1), headers))["currency"], 'a"b')

    def test_says_which_item_is_wrong(self):
        for quantity in (0, -1, 1.5, True, None, "2"):
            message = "`items[0].quantity` must be a whole number above 0"
            self.assertEqual(refusal(order(quantity=quantity, unitPrice=1)), message)
        for unit_price in (-1, True, None, "x", [], {}, "NaN", "Infinity"):
            message = "`items[0].unitPrice` must be a decimal number of at most 50 digits, 0 or more"
            self.assertEqual(refusal(order(quantity=1, unitPrice=unit_price)), message)
        self.assertEqual(refusal('{"items": [1]}'), "`items[0]` must be an object")

    def test_refuses_what_is_no_order(self):
        for text in ("{", "", "[" * 100_000, '{"items": ' + "9" * 5_000 + "}"):
            self.assertIn("cannot be read as JSON", refusal(text))
        self.assertEqual(refusal("[]"), "the input must be a JSON object")
        for text in ("{}", '{"items": []}', '{"items": {}}'):
            self.assertEqual(refusal(text), "`items` must be a list of at least one item")

    def test_refuses_to_lose_digits(self):
        text = '{"items": [{"quantity": 1, "unitPrice": 1e60}, {"quantity": 1, "unitPrice": 1}]}'
        self.assertIn("too many digits", refusal(text))
        text = '{"items": [{"quantity": 1, "unitPrice": 1e999999}]}'
        self.assertIn("too many digits", refusal(text))
        for unit_price in ("1e999999999", "1." + "1" * 50):
            text = f'{{"items": [{{"quantity": 1, "unitPrice": {unit_price}}}]}}'
            self.assertIn("of at most 50 digits", refusal(text))

    def test_needs_a_usable_tax_rate(self):
        text = order(quantity=1, unitPrice=1)
        self.assertIn("needs a header `tax-rate`", refusal(text, {}))
        self.assertIn("header `tax-rate` must be a decimal", refusal(text, {"tax-rate": "some"}))


if __name__ == "__main__":
    unittest.main()
