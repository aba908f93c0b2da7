"""Write Anyam process steps in Python.

A step is one business activity that a BPMN service task names. It is one function with the
`step` decorator:

    from dataclasses import dataclass
    from anyam_sdk import BpmnError, Context, step

    @dataclass
    class Application:
        amount: int
        overdue: bool

    @dataclass
    class Decision:
        approved: bool

    @step(errors={"NO_LIMIT": "The customer has never been rated."})
    def credit_check(context: Context, application: Application) -> Decision:
        \"\"\"Decides whether the customer may buy on credit.\"\"\"
        if "credit-limit" not in context.headers:
            raise BpmnError("NO_LIMIT", "this customer has no limit")
        limit = int(context.headers["credit-limit"])
        return Decision(approved=not application.overdue and application.amount <= limit)

In a test the step is an ordinary function; `invoke` calls it as the host does, from JSON to JSON.
"""

from .context import Context
from .failure import BpmnError, Permanent, Retryable
from .step import Step, invoke, step

__all__ = ["BpmnError", "Context", "Permanent", "Retryable", "Step", "invoke", "step"]
