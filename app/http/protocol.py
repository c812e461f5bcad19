"""HTTP/1.1 on the wire: uvicorn's protocol on httptools, with bounds on what a client may send and leave unread.

The parser joins the pieces of a header as they arrive, at a cost that grows with the square of their number, and waits
for ever. Here a head that is too long is refused, every wait has a deadline, and an offer of another protocol (h2c) is
passed over: the message is read as HTTP/1.1, with its body.
"""

import asyncio
import socket

import httptools
from uvicorn.protocols.http.flow_control import HIGH_WATER_LIMIT
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from app.http.address_tokens import mask_path
from app.http.connections import LEAST_TAKEN, NEVER, Connections
from app.http.middleware import new_request_id
from app.http.problems import ProblemError, respond

MOST_HEAD_BYTES = 65_536
"""Bytes that may arrive without a complete head, or of a body without any content."""

MOST_HEADERS = 100

_OFFER = frozenset({b"upgrade", b"http2-settings"})
"""The headers, and the names in `Connection`, that offer another protocol."""


_HELD_BY_SYSTEM = 131_072
"""Bytes of an answer that the system takes before they can be sent."""


class _HeadRefusedError(Exception):
    """Ends the parser's work from within a callback; `refusal` has the slug of the problem."""


class HttpProtocol(HttpToolsProtocol):
    """One connection. The application's lifespan puts the `Connections` of the process on its state."""

    supervisor: Connections
    reading_until = NEVER
    writing_until = NEVER
    waiting_since = 0.0
    unsent = 0
    """Bytes of the answer that waited for the client when its deadline began."""
    unread = 0
    """Bytes that have arrived since the parser last made progress."""
    in_head = False
    refusal = "bad-request"
    refused = False

    @property
    def in_request(self) -> bool:
        """Whether a request is being received or answered."""
        return self.cycle is not None and not self.cycle.response_complete

    # ---- the transport's events

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Take in a connection, or refuse it where there are too many."""
        super().connection_made(transport)
        _hold_little(transport)
        self.supervisor = self.app_state["connections"]
        if not self.supervisor.admit(self):
            self.refuse("overloaded", headers={"Retry-After": "5"})
        else:
            self._wait_for_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection."""
        super().connection_lost(exc)
        self.supervisor.leave(self)

    def data_received(self, data: bytes) -> None:
        """Read what has arrived."""
        while not self.refused:
            self.unread += len(data)
            try:
                self.parser.feed_data(data)
            except httptools.HttpParserUpgrade as upgrade:
                (end_of_head,) = upgrade.args
                data = self._head_without_offer() + data[end_of_head:]
                continue
            except httptools.HttpParserError:
                self.refuse(self.refusal)
            if self.unread > MOST_HEAD_BYTES:
                self.refuse("header-too-large")
            return

    def pause_writing(self) -> None:
        """Begin the deadline of an answer that the client does not take as fast as it is made."""
        super().pause_writing()
        self._begin_writing_deadline()

    def resume_writing(self) -> None:
        """End that deadline."""
        super().resume_writing()
        self.writing_until = NEVER

    # ---- the parser's events

    def on_message_begin(self) -> None:
        """Begin a head."""
        super().on_message_begin()
        self.in_head = True
        self._wait_for_head()

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a header; one that follows the body is passed over."""
        if not self.in_head:
            return
        if len(self.headers) >= MOST_HEADERS:
            self._refuse_head("header-too-large")
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """Begin a request, unless its head is read once more without an offer of another protocol."""
        if self.unread > MOST_HEAD_BYTES and self._head_bytes() > MOST_HEAD_BYTES:
            self._refuse_head("header-too-large")
        if self.parser.should_upgrade():
            if self.parser.get_method() == b"CONNECT":
                self._refuse_head("method-not-allowed")
            if self.in_request:
                self._refuse_head("bad-request")
            return
        self.in_head = False
        self.unread = 0
        super().on_headers_complete()
        self.reading_until = self.supervisor.now + self.supervisor.limits.body

    def on_body(self, body: bytes) -> None:
        """Take a part of a body; nobody waits for that of a request that is answered."""
        self.unread = 0
        cycle = self.cycle
        if cycle.response_complete:
            return
        cycle.body += body
        if len(cycle.body) > HIGH_WATER_LIMIT:
            self.flow.pause_reading()
        cycle.message_event.set()

    def on_message_complete(self) -> None:
        """End a request."""
        if self.in_head:
            return  # it is read once more
        self.unread = 0
        cycle = self.cycle
        cycle.more_body = False
        if cycle.response_complete:
            self._wait_for_request()
        else:
            self.reading_until = NEVER
            cycle.message_event.set()

    def on_response_complete(self) -> None:
        """Go on with the next request of the connection, or wait for one."""
        self.server_state.total_requests += 1
        if self.transport.is_closing():
            return
        self.flow.resume_reading()
        if self.pipeline:
            self._start_asgi_task(*self.pipeline.pop())
        elif not self.in_head and not self.cycle.more_body:
            self._wait_for_request()

    # ---- the deadlines

    def check_deadlines(self, now: float) -> None:
        """Close the connection where it is over its time."""
        if self.writing_until <= now:
            self._check_progress()
        elif self.transport.is_closing():
            if self.writing_until == NEVER:
                self._begin_writing_deadline()
        elif self.reading_until <= now:
            if self.flow.read_paused:
                self.reading_until = now + self.supervisor.limits.body
            elif self.in_head or self.in_request:
                self.refuse("request-timeout")
            else:
                self.transport.close()

    def drop(self) -> None:
        """Close the connection at once."""
        self.transport.abort()

    def refuse(self, slug: str, *, headers: dict[str, str] | None = None) -> None:
        """Send a problem, unless an answer to this or an earlier request is under way, and close."""
        self.refused = True
        cycle = self.cycle
        request_id = new_request_id()
        problem = respond(ProblemError(slug, headers=headers), self._path(), request_id)
        if not self.in_request or not (cycle.response_started or self.in_head or self.pipeline):
            ending = (b"x-request-id", request_id.encode()), (b"connection", b"close")
            head = [
                b"%b: %b\r\n" % line for line in (*self.server_state.default_headers, *problem.raw_headers, *ending)
            ]
            self.transport.write(b"".join((STATUS_LINE[problem.status_code], *head, b"\r\n", problem.body)))
        self.supervisor.count_refusal(problem.status_code)
        if self.in_request:
            cycle.disconnected = True
            cycle.message_event.set()
        self.transport.close()

    def _wait_for_head(self) -> None:
        self.waiting_since = self.supervisor.now
        self.reading_until = self.waiting_since + self.supervisor.limits.head

    def _wait_for_request(self) -> None:
        self.waiting_since = self.supervisor.now
        self.reading_until = self.waiting_since + self.timeout_keep_alive

    def _begin_writing_deadline(self) -> None:
        self.unsent = self.transport.get_write_buffer_size()
        self.writing_until = self.supervisor.now + self.supervisor.limits.answer

    def _check_progress(self) -> None:
        if self.transport.get_write_buffer_size() > self.unsent - LEAST_TAKEN:
            self.transport.abort()
        else:
            self._begin_writing_deadline()

    # ---- the head

    def _path(self) -> str:
        """Return the path of the request that is being received, without a token; before its head is complete, `/`."""
        return "/" if self.in_head or self.cycle is None else mask_path(self.cycle.scope["path"])

    def _head_bytes(self) -> int:
        return len(self.url) + sum(len(name) + len(value) + 4 for name, value in self.headers)

    def _refuse_head(self, slug: str) -> None:
        self.refusal = slug
        raise _HeadRefusedError

    def _head_without_offer(self) -> bytes:
        """Write the head that has been read once more, without its offer, for a parser that has read nothing yet."""
        lines = [b"%b %b HTTP/%b" % (self.parser.get_method(), self.url, self.parser.get_http_version().encode())]
        for name, value in self.headers:
            if name == b"connection":
                kept = [each for each in value.split(b",") if each.strip().lower() not in _OFFER]
                lines.append(b"connection:" + b",".join(kept))
            elif name not in _OFFER:
                lines.append(name + b":" + value)
        self.parser = httptools.HttpRequestParser(self)
        self.parser.set_dangerous_leniencies(lenient_data_after_close=True)
        self.unread = 0
        return b"\r\n".join((*lines, b"", b""))


def _hold_little(transport: asyncio.Transport) -> None:
    """Let the system take little more than it can send: otherwise it takes megabytes, and none shows what is read."""
    connection = transport.get_extra_info("socket")
    if connection is not None and connection.family != socket.AF_UNIX and hasattr(socket, "TCP_NOTSENT_LOWAT"):
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT, _HELD_BY_SYSTEM)
