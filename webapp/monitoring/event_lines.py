"""Events as JSON lines in the process log: ids and numbers, no names."""

import logging

import structlog

_events = structlog.wrap_logger(
    logging.getLogger("mammonode.events"),
    processors=[
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
        structlog.processors.JSONRenderer(sort_keys=True, ensure_ascii=True),
    ],
)


def write(event: str, **facts: object) -> None:
    """Write one line; the caller names ids only."""
    _events.info(event, **facts)
