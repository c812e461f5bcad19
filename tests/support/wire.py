"""Raw bytes to a service in a process of its own."""

import json
import socket
from contextlib import suppress
from typing import Any, NamedTuple

BILL: dict[str, Any] = {
    "service_date": "2018-05-20",
    "patient": {"registration": "registered"},
    "visit": {"kind": "inpatient", "facility_level": "city"},
    "bill": {"total": "1200.00", "in_scope": "1000.00"},
}

PATIENCE = 30.0
"""Seconds that a test waits for the service before it fails."""


class WireAnswer(NamedTuple):
    """An answer as it arrived, and whether the connection ended after it."""

    status: int
    head: bytes
    body: bytes
    closed: bool

    @property
    def problem(self) -> str:
        """The slug of the problem."""
        return str(json.loads(self.body)["type"]).removeprefix("/problems/")


def connect(port: int) -> socket.socket:
    """Open a connection."""
    return socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)


def request(path: str, body: bytes = b"", *headers: bytes, method: str = "POST", host: bytes = b"test") -> bytes:
    """Write a request."""
    lines = [f"{method} {path} HTTP/1.1".encode(), b"Host: " + host, *headers]
    if body or method == "POST":
        lines += [b"Content-Type: application/json", b"Content-Length: %d" % len(body)]
    return b"\r\n".join([*lines, b"", body])


def bill_request(*headers: bytes) -> bytes:
    """Write the request for a bill."""
    return request("/v1/reimbursements", json.dumps(BILL).encode(), *headers)


def read_answer(connection: socket.socket) -> WireAnswer | None:
    """Read one answer with a declared length; None where the connection ends without one."""
    received = b""
    while b"\r\n\r\n" not in received:
        try:
            more = connection.recv(65_536)
        except ConnectionResetError:
            return None
        if not more:
            return None
        received += more
    head, _, body = received.partition(b"\r\n\r\n")
    length = next(
        int(line.split(b":")[1]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length")
    )
    while len(body) < length:
        body += connection.recv(65_536)
    return WireAnswer(int(head.split()[1]), head, body, b"connection: close" in head.lower())


def sent(port: int, content: bytes) -> WireAnswer:
    """Send bytes on a connection of their own, and return the answer."""
    with connect(port) as connection:
        with suppress(OSError):  # it may be refused before it is all sent
            connection.sendall(content)
        answer = read_answer(connection)
    assert answer is not None, "the connection was closed without an answer"
    return answer


def is_closed(connection: socket.socket) -> bool:
    """Wait until the service ends a connection; False where it does not in time."""
    try:
        while connection.recv(65_536):
            pass
    except TimeoutError:
        return False
    except ConnectionResetError:
        pass
    return True
