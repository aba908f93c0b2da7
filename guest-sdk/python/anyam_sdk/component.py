"""The WebAssembly side: a step as the exports of the world `anyam:step/step`.

Only the build's own entry module imports this, inside of a component.
"""

import json
import traceback

from componentize_py_types import Err
from wit_world import exports
from wit_world.exports.manifest import Description, ErrorCode
from wit_world.imports import types as wit

from . import types
from .context import from_wit
from .failure import BpmnError, Permanent, Retryable
from .step import Step, invoke, write_object


def exports_of(module, name, version):
    """The classes that a component exports, from a step's module and its `step.toml`."""
    found = [member for member in vars(module).values() if isinstance(member, Step)]
    if len(found) != 1:
        raise TypeError(
            f"{module.__name__}.py must have one function with the decorator "
            f"`@step`, but it has {len(found)}"
        )
    [step] = found

    class Handler(exports.Handler):
        def handle(self, context, input):
            try:
                return invoke(step, from_wit(context), input)
            except (BpmnError, Retryable, Permanent) as failure:
                if failure.__cause__ is not None:
                    traceback.print_exception(failure.__cause__)
                raise Err(_variant(failure)) from None

    class Manifest(exports.Manifest):
        def describe(self):
            return Description(
                name=step.name or name,
                version=step.version or version,
                docs=step.docs,
                input_schema=json.dumps(types.schema(step.input)),
                output_schema=None if step.output is None else json.dumps(types.schema(step.output)),
                error_codes=[ErrorCode(code, docs) for code, docs in step.errors.items()],
            )

    return Handler, Manifest


def _variant(failure):
    if isinstance(failure, BpmnError):
        what = f"the variables of BPMN error `{failure.code}`"
        try:
            variables = write_object(failure.variables, what)
        except Permanent as error:
            return wit.Failure_Permanent(error.message)
        return wit.Failure_BpmnError(wit.BpmnError(failure.code, failure.message, variables))
    if isinstance(failure, Retryable):
        after = None if failure.after_ms is None else max(0, int(failure.after_ms))
        return wit.Failure_Retryable(wit.Fault(failure.message, after))
    return wit.Failure_Permanent(failure.message)
