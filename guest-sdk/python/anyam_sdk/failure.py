"""How a step ends without a result."""


class BpmnError(Exception):
    """An outcome the process expects: thrown at the task as a BPMN error.

    `code` is what an error boundary event is matched by, `message` is a sentence for people, and
    `variables` become variables of the scope that catches the error. Without a catcher it becomes
    an incident.
    """

    def __init__(self, code, message="", variables=None):
        super().__init__(message)
        self.code = code
        self.message = message
        self.variables = {} if variables is None else variables

    def __str__(self):
        return f"BPMN error `{self.code}`: {self.message}"


class Retryable(Exception):
    """A technical fault that another attempt may cure.

    The task's own back-off applies unless `after_ms` says how long to wait. The host bounds it.
    """

    def __init__(self, message, after_ms=None):
        super().__init__(message)
        self.message = message
        self.after_ms = after_ms


class Permanent(Exception):
    """A fault that no further attempt cures: an incident at once.

    `message` says what an operator must mend.
    """

    def __init__(self, message):
        super().__init__(message)
        self.message = message


# The same input fails the same way every time.
_HOPELESS = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    ImportError,
    LookupError,
    NameError,
    NotImplementedError,
    RecursionError,
    TypeError,
    ValueError,
)


def failure_of(error):
    """Whatever a step raised as one of the three."""
    if isinstance(error, (BpmnError, Retryable, Permanent)):
        return error
    text = f"{type(error).__name__}: {error}"
    return Permanent(text) if isinstance(error, _HOPELESS) else Retryable(text)
