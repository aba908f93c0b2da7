"""The process step `{{name}}`."""

from dataclasses import dataclass

from anyam_sdk import BpmnError, Context, step


@dataclass
class Input:
    """What the task hands to the step."""

    name: str


@dataclass
class Output:
    """What the step gives."""

    greeting: str


@step(errors={"NO_NAME": "There is nobody to greet."})
def {{snake_name}}(context: Context, input: Input) -> Output:
    """Greets someone."""
    if not input.name:
        raise BpmnError("NO_NAME", "there is nobody to greet")
    return Output(greeting=f"Hello, {input.name}!")
