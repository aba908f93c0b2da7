"""What a step learns about the call it answers."""

from dataclasses import dataclass, field
from datetime import datetime, timezone
from types import MappingProxyType
from typing import Mapping


@dataclass(frozen=True)
class Context:
    """Where in which process a call happens.

    The host makes it. A test makes one with what matters to it: `Context(headers={"limit": "5"})`.
    """

    #: The tenant the process instance belongs to.
    tenant: str = "<default>"
    #: The `id` of the BPMN process.
    process: str = "test"
    #: The deployed version of the process, counted from 1.
    version: int = 1
    #: The key of the process instance.
    instance_key: int = 1
    #: The `id` of the BPMN element that called the step.
    element_id: str = "step"
    #: The key of this activation of that element.
    element_instance_key: int = 2
    #: The key of the job this call works on.
    job_key: int = 3
    #: The same for every attempt at one job and different for every other job. Hand it to the
    #: services you call, so that a repeated attempt has no second effect.
    idempotency_key: str = "3"
    #: Which attempt this is, counted from 1.
    attempt: int = 1
    #: When the host cuts the call off.
    deadline: datetime = datetime(3000, 1, 1, tzinfo=timezone.utc)
    #: The task headers (`zeebe:header`).
    headers: Mapping[str, str] = field(default_factory=dict)


def from_wit(given):
    """The WIT record `step-context` as a step sees it."""
    return Context(
        tenant=given.tenant_id,
        process=given.process_id,
        version=given.process_version,
        instance_key=given.process_instance_key,
        element_id=given.element_id,
        element_instance_key=given.element_instance_key,
        job_key=given.job_key,
        idempotency_key=given.idempotency_key,
        attempt=given.attempt,
        deadline=_time(given.deadline_unix_ms),
        headers=MappingProxyType({header.key: header.value for header in given.headers}),
    )


def _time(unix_ms):
    try:
        return datetime.fromtimestamp(unix_ms / 1000, timezone.utc)
    except (OverflowError, ValueError, OSError):
        # Past the end of the calendar is as good as no deadline.
        return datetime.max.replace(tzinfo=timezone.utc)
