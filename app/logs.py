"""Structured logs on standard output: one JSON object a line, without bodies and personal data."""

import logging
import sys
from contextlib import suppress

import orjson
import structlog

_TIMED: list[structlog.typing.Processor] = [
    structlog.processors.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
]


class _ForgivingLogger(structlog.BytesLogger):
    """Drops its lines once nobody reads them: no request fails because the reader of the log has ended."""

    def msg(self, message: bytes) -> None:
        """Write a line."""
        with suppress(OSError):
            super().msg(message)

    info = warning = error = msg


def configure_logs() -> None:
    """Configure the service's log, and give the messages of the server (start, stop, failure) the same form."""
    structlog.configure(
        processors=[*_TIMED, structlog.processors.JSONRenderer(serializer=orjson.dumps)],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=lambda *_: _ForgivingLogger(sys.stdout.buffer),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=_TIMED,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.JSONRenderer(serializer=lambda event, **_: orjson.dumps(event).decode()),
            ],
        )
    )
    for name in ("uvicorn", "uvicorn.error"):
        logger = logging.getLogger(name)
        logger.handlers = [handler] if name == "uvicorn" else []
        logger.propagate = name != "uvicorn"
        logger.setLevel(logging.INFO)
