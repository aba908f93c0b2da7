"""A step: a function, and what it tells about itself."""

import functools
import inspect
import typing

from . import text, types
from .failure import Permanent, failure_of


class Step:
    """A declared step; calls like the function it was made of."""

    def __init__(self, function, name, version, docs, errors):
        functools.update_wrapper(self, function)
        self.function = function
        self.name = name
        self.version = version
        self.docs = docs if docs is not None else inspect.cleandoc(function.__doc__ or "")
        self.errors = dict(errors or {})
        parameters = list(inspect.signature(function).parameters)
        if len(parameters) != 2:
            raise TypeError(f"the step `{function.__name__}` must take (context, input)")
        hints = typing.get_type_hints(function, include_extras=True)
        self.input = hints.get(parameters[1], dict)
        self.output = hints.get("return")

    def __call__(self, context, input):
        return self.function(context, input)


def step(function=None, *, name=None, version=None, docs=None, errors=None):
    """Declares a step: a function of the `Context` and the input.

    The input's annotation says what the JSON input becomes: a dataclass, or `dict` where there is
    none. `errors` has the codes of the BPMN errors that it raises, and when it does. Name and
    version are those of `step.toml`, and the docs those of the function, unless given here.
    """

    def declare(function):
        return Step(function, name, version, docs, errors)

    return declare if function is None else declare(function)


def invoke(step, context, input):
    """Calls a step as the host does: JSON text in, JSON text out.

    Raises `BpmnError`, `Retryable` or `Permanent`.
    """
    value = _read(step.input, input)
    try:
        output = step(context, value)
    except Exception as error:
        failure = failure_of(error)
        if failure is error:
            raise
        raise failure from error
    return write_object({} if output is None else output, "the step's output")


def _read(kind, input):
    try:
        value = text.read(input)
    except (ValueError, RecursionError) as error:
        raise Permanent(f"the input cannot be read as JSON: {error}") from error
    if not isinstance(value, dict):
        raise Permanent("the input must be a JSON object")
    try:
        return types.take(kind, value)
    except types.Misfit as misfit:
        where = f" at `{misfit.path}`" if misfit.path else ""
        raise Permanent(f"the input does not fit the step{where}: {misfit}") from misfit
    except RecursionError as error:
        raise Permanent("the input is nested too deeply") from error


def write_object(value, what):
    """`value` as the text of a JSON object; `what` names it where it is none."""
    try:
        value = types.plain(value)
        if isinstance(value, dict):
            return text.write(value)
    except (TypeError, ValueError, RecursionError) as error:
        raise Permanent(f"{what} cannot be written as JSON: {error}") from error
    raise Permanent(f"{what} must be an object, but this is a {type(value).__name__}")
