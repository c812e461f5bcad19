"""How an instant is written."""

import datetime as dt


def instant(at: dt.datetime) -> str:
    """Write an instant in UTC, to the second."""
    return f"{at.astimezone(dt.UTC):%Y-%m-%dT%H:%M:%SZ}"
