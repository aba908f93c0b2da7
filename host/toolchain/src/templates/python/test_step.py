"""Run with `PYTHONPATH={{sdk}} python3 -m unittest`."""

import unittest

from anyam_sdk import BpmnError, Context, invoke
from step import {{snake_name}}


class Test{{PascalName}}(unittest.TestCase):
    def test_greets(self):
        output = invoke({{snake_name}}, Context(), '{"name": "Ada"}')
        self.assertEqual(output, '{"greeting":"Hello, Ada!"}')

    def test_nobody_is_refused(self):
        with self.assertRaises(BpmnError) as raised:
            invoke({{snake_name}}, Context(), '{"name": ""}')
        self.assertEqual(raised.exception.code, "NO_NAME")


if __name__ == "__main__":
    unittest.main()
