"""Run with `PYTHONPATH=../../../../guest-sdk/python python3 -m unittest` in this folder."""

import unittest
from datetime import date

from anyam_sdk import BpmnError, Context, Permanent, invoke
from delivery_window import Shipment, after_working_days, delivery_window


class DeliveryWindow(unittest.TestCase):
    def test_weekends_are_not_counted(self):
        friday = date(2026, 11, 27)
        self.assertEqual(after_working_days(friday, 0), friday)
        self.assertEqual(after_working_days(friday, 1), date(2026, 11, 30))
        self.assertEqual(after_working_days(date(2026, 11, 28), 1), date(2026, 11, 30))
        self.assertEqual(after_working_days(friday, 6), date(2026, 12, 7))

    def test_each_zone_has_its_days(self):
        wednesday = date(2026, 11, 25)
        window = delivery_window(Context(), Shipment("domestic", wednesday))
        self.assertEqual((window.earliest, window.latest), (date(2026, 11, 26), date(2026, 11, 27)))
        window = delivery_window(Context(), Shipment("world", wednesday))
        self.assertEqual((window.earliest, window.latest), (date(2026, 12, 2), date(2026, 12, 9)))

    def test_an_unknown_zone_is_a_bpmn_error(self):
        with self.assertRaises(BpmnError) as raised:
            delivery_window(Context(), Shipment("moon", date(2026, 11, 25)))
        self.assertEqual(raised.exception.code, "UNKNOWN_ZONE")
        self.assertEqual(raised.exception.variables, {"known": ["domestic", "eu", "world"]})

    def test_a_host_gets_json(self):
        text = invoke(delivery_window, Context(), '{"zone": "eu", "shippedOn": "2026-11-25"}')
        self.assertEqual(text, '{"earliest":"2026-11-27","latest":"2026-12-01"}')
        with self.assertRaises(Permanent) as raised:
            invoke(delivery_window, Context(), '{"zone": "eu", "shippedOn": "today"}')
        self.assertIn("at `shippedOn`: 'today' is no date", str(raised.exception))


if __name__ == "__main__":
    unittest.main()
