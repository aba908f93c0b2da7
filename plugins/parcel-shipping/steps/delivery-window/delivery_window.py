"""When a parcel will arrive."""

from dataclasses import dataclass
from datetime import date, timedelta

from anyam_sdk import BpmnError, Context, step

# Working days on the way, by zone: at least and at most.
_ZONES = {"domestic": (1, 2), "eu": (2, 4), "world": (5, 10)}
_SATURDAY = 5


@dataclass
class Shipment:
    """Where a parcel goes and when it sets out."""

    zone: str
    shipped_on: date


@dataclass
class Window:
    """The first and the last day on which it may arrive."""

    earliest: date
    latest: date


@step(errors={"UNKNOWN_ZONE": "No parcels go to this zone."})
def delivery_window(context: Context, shipment: Shipment) -> Window:
    """The days between which a parcel arrives, Saturdays and Sundays not counted."""
    if shipment.zone not in _ZONES:
        raise BpmnError(
            "UNKNOWN_ZONE", f"no parcels go to zone {shipment.zone}", {"known": list(_ZONES)}
        )
    least, most = _ZONES[shipment.zone]
    return Window(
        earliest=after_working_days(shipment.shipped_on, least),
        latest=after_working_days(shipment.shipped_on, most),
    )


def after_working_days(day: date, count: int) -> date:
    """The day that is `count` working days after `day`."""
    while count > 0:
        day += timedelta(days=1)
        if day.weekday() < _SATURDAY:
            count -= 1
    return day
