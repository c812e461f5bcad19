"""What a client may send on the wire and leave unread, tried on a service in a process of its own."""

import json
import resource
import signal
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from app.http.connections import RESERVED_FILES, allow_open_files
from app.http.protocol import MOST_HEAD_BYTES, MOST_HEADERS
from tests.support.fault_processes import Served
from tests.support.stores import migrated_file
from tests.support.wire import bill_request, connect, is_closed, read_answer, request, sent

pytestmark = pytest.mark.lengthy

CONNECTIONS = 40
SECONDS = 2
"""Every deadline of the service under test."""


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("wire")
    deadlines = {f"{name}_seconds": str(SECONDS) for name in ("head", "body", "answer", "shutdown")}
    with Served(migrated_file(folder), folder, connections=str(CONNECTIONS), access_log="true", **deadlines) as served:
        yield served


@pytest.fixture(scope="module")
def port(service: Served) -> int:
    return service.port


# ---- the head


def test_a_head_that_does_not_end_is_refused_when_64_kb_have_arrived(port: int) -> None:
    for beginning in (b"GET /healthz HTTP/1.1\r\nHost: test\r\nX-Long: ", b"GET /", b"GET /healthz HTTP/1.1\r\nX-"):
        started = time.monotonic()
        with connect(port) as connection:
            connection.sendall(beginning)
            try:
                for _ in range(2_000):
                    connection.sendall(b"a" * 60_000)
            except OSError:
                pass
            else:
                pytest.fail("120 MB of a head were read")
        assert time.monotonic() - started < SECONDS
    answer = sent(port, b"GET /healthz HTTP/1.1\r\nHost: test\r\nX-Long: " + b"a" * MOST_HEAD_BYTES)
    assert (answer.status, answer.problem, answer.closed) == (431, "header-too-large", True)


def test_a_complete_head_has_at_most_64_kb_and_100_headers(port: int) -> None:
    def status(*headers: bytes) -> int:
        return sent(port, request("/healthz", b"", *headers, method="GET")).status

    assert status(b"X-Long: " + b"a" * 60_000) == 200
    assert status(b"X-Long: " + b"a" * MOST_HEAD_BYTES) == 431
    assert status(*[b"X-Short: a"] * (MOST_HEADERS - 1)) == 200
    assert status(*[b"X-Short: a"] * MOST_HEADERS) == 431


def test_what_follows_a_body_is_bounded_like_a_head(port: int) -> None:
    body = bill_request().partition(b"\r\n\r\n")[2]
    head = request("/v1/reimbursements", b"", b"Transfer-Encoding: chunked", b"Content-Type: application/json")
    head = head.replace(b"Content-Type: application/json\r\nContent-Length: 0\r\n", b"")
    chunk = b"%x\r\n%b\r\n" % (len(body), body)
    assert sent(port, head + chunk + b"0\r\n" + b"X-Trailer: a\r\n" * 200 + b"\r\n").status == 200
    for endless in (chunk + b"0\r\nX-Trailer: ", b"5;name="):
        assert sent(port, head + endless + b"a" * 3 * MOST_HEAD_BYTES).status == 431


def test_what_is_no_http_gets_a_problem(port: int) -> None:
    for nonsense in (b"\x16\x03\x01\x02\x00\x01", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"):
        answer = sent(port, nonsense)
        assert (answer.status, answer.problem, answer.closed) == (400, "bad-request", True)
    assert sent(port, b"CONNECT test:80 HTTP/1.1\r\nHost: test:80\r\n\r\n").status == 405


def test_a_request_names_one_host_unless_it_is_of_http_1_0(port: int) -> None:
    for head, status in (
        (b"GET /healthz HTTP/1.1\r\n\r\n", 400),
        (b"GET /healthz HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400),
        (b"GET /healthz HTTP/1.0\r\n\r\n", 200),
        (b"GET /healthz HTTP/1.0\r\nHost: a\r\nHost: a\r\n\r\n", 400),
        (b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n", 200),
    ):
        answer = sent(port, head)
        assert answer.status == status
        assert status == 200 or answer.problem == "bad-request"


def test_a_compressed_body_is_refused_in_words(port: int) -> None:
    answer = sent(port, bill_request(b"Content-Encoding: gzip"))
    assert (answer.status, answer.problem) == (415, "unsupported-encoding")
    assert b"accept-encoding: identity" in answer.head.lower()
    assert sent(port, bill_request(b"Content-Encoding: identity")).status == 200


def test_the_national_interface_looks_at_the_token_before_the_body(port: int) -> None:
    head = request("/fsi/callService", b"", b"Content-Type: application/json", b"Content-Length: 1000000")
    with connect(port) as connection:
        connection.sendall(head.replace(b"Content-Type: application/json\r\nContent-Length: 0\r\n", b"", 1))
        answer = read_answer(connection)
    assert answer is not None
    assert (answer.status, json.loads(answer.body)["infcode"]) == (200, "-1")


def test_neither_a_refusal_on_the_wire_nor_the_servers_log_has_a_token_of_the_address(service: Served) -> None:
    port = service.port
    head = request("/fsi/anda_secret/callService", b"", b"Transfer-Encoding: chunked")
    answer = sent(port, head.replace(b"Content-Length: 0\r\n", b"") + b"no length\r\n")
    assert (answer.status, json.loads(answer.body)["instance"]) == (400, "/fsi/…/callService")
    # A request is logged before the next one is answered.
    for asked in (request("/fsi/anda_secret/callService", b"{}"), request("/healthz", method="GET")):
        assert sent(port, asked).status == 200
    logged = service._log.read_text(encoding="utf-8")
    assert "/fsi/{token}/callService" in logged
    assert "anda_secret" not in logged


# ---- an offer of another protocol


def test_a_request_that_offers_another_protocol_is_answered_as_http_1_1_with_its_body(port: int) -> None:
    plain = sent(port, bill_request())
    assert plain.status == 200
    offers = [
        (b"Connection: Upgrade, HTTP2-Settings", b"Upgrade: h2c", b"HTTP2-Settings: AAMAAABkAAQAoAAAAAIAAAAA"),
        (b"Connection: Upgrade", b"Upgrade: websocket", b"Sec-WebSocket-Key: a", b"Sec-WebSocket-Version: 13"),
        (b"Connection: keep-alive, upgrade", b"Upgrade: TLS/1.3"),
    ]
    for offer in offers:
        offered = bill_request(*offer)
        with connect(port) as connection:
            for _ in range(2):  # the connection stays one of HTTP/1.1
                connection.sendall(offered)
                answer = read_answer(connection)
                assert answer is not None
                assert (answer.status, answer.body) == (200, plain.body)
            for half in (offered[:150], offered[150:-30], offered[-30:]):
                connection.sendall(half)
                time.sleep(0.05)
            answer = read_answer(connection)
            assert answer is not None
            assert answer.body == plain.body
    chunked = bill_request(*offers[0]).partition(b"\r\n\r\n")
    head = chunked[0][: chunked[0].rindex(b"\r\n")] + b"\r\nTransfer-Encoding: chunked\r\n\r\n"
    assert sent(port, head + b"%x\r\n%b\r\n0\r\n\r\n" % (len(chunked[2]), chunked[2])).body == plain.body
    assert sent(port, request("/healthz", b"", *offers[0], method="GET")).status == 200


def test_requests_in_one_piece_are_answered_in_their_order(port: int) -> None:
    with connect(port) as connection:
        connection.sendall(bill_request() + request("/healthz", method="GET") + bill_request())
        answers = [read_answer_exactly(connection) for _ in range(3)]
    assert [b"reimbursed" in each for each in answers] == [True, False, True]


def read_answer_exactly(connection: socket.socket) -> bytes:
    """Read one answer, and no byte of the next."""
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        head += connection.recv(1)
    length = next(
        int(line.split(b":")[1]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length")
    )
    body = b""
    while len(body) < length:
        body += connection.recv(length - len(body))
    return body


# ---- deadlines


def test_whoever_leaves_a_message_unfinished_gets_a_408_and_is_cut_off(port: int) -> None:
    bill = bill_request()
    with ExitStack() as open_connections:
        unfinished = [bill[:20], bill[:-10], request("/v1/reimbursements", b"[" * 200_000)[:100_000]]
        waiting = [open_connections.enter_context(connect(port)) for _ in unfinished]
        silent = open_connections.enter_context(connect(port))
        dripping = open_connections.enter_context(connect(port))
        for connection, beginning in zip(waiting, unfinished, strict=True):
            connection.sendall(beginning)
        started = time.monotonic()
        dripping.settimeout(0.2)
        for byte in bill:
            try:
                dripping.sendall(bytes([byte]))
                assert dripping.recv(100).startswith(b"HTTP/1.1 408 ")
                break
            except TimeoutError:
                continue
        assert is_closed(silent)
        for connection in waiting:
            answer = read_answer(connection)
            assert answer is not None
            assert (answer.status, answer.problem) == (408, "request-timeout")
            assert is_closed(connection)
        assert SECONDS - 1.1 < time.monotonic() - started < SECONDS + 3


def unread_request() -> bytes:
    """Write a request with a large answer."""
    bills = json.dumps([json.loads(bill_request().partition(b"\r\n\r\n")[2])] * 1_000).encode()
    return request("/v1/reimbursements/batch", bills)


def leave_unread(port: int) -> socket.socket:
    """Ask for more than the buffers of the system take, and take none of it."""
    connection = socket.socket()
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
    connection.settimeout(10)
    connection.connect(("127.0.0.1", port))
    connection.sendall(unread_request() * 4)
    return connection


def open_files(service: Served) -> int:
    assert service.pid is not None
    return len(list(Path(f"/proc/{service.pid}/fd").iterdir()))


def test_an_answer_that_nobody_takes_is_given_up(service: Served) -> None:
    with leave_unread(service.port) as unread, connect(service.port) as slow:
        slow.sendall(unread_request() * 4)
        taken = 0
        until = time.monotonic() + SECONDS * 3
        while time.monotonic() < until:  # a megabyte a second: above the least also on a busy machine
            taken += len(slow.recv(100_000))
            time.sleep(0.1)
        assert slow.recv(100_000), "this one is not given up"
        with pytest.raises(ConnectionResetError):
            while unread.recv(100_000):
                pass
    assert taken > 500_000


# ---- the bound


def eventually(holds: Callable[[], bool]) -> bool:
    """Wait a little until something holds."""
    until = time.monotonic() + 5
    while not (held := holds()) and time.monotonic() < until:
        time.sleep(0.05)
    return held


def test_whoever_holds_every_connection_open_holds_up_nobody(service: Served) -> None:
    files = open_files(service)
    with ExitStack() as open_connections:
        held = [open_connections.enter_context(connect(service.port)) for _ in range(CONNECTIONS * 3)]
        for connection in held[::2]:
            connection.sendall(b"GET /healthz HTT")
        for _ in range(10):
            assert sent(service.port, bill_request()).status == 200
        assert open_files(service) <= files + CONNECTIONS
        assert is_closed(held[0]), "the one that has waited longest"


def test_a_connection_too_many_is_refused_where_all_others_are_in_a_request(service: Served) -> None:
    with ExitStack() as open_connections:
        for _ in range(CONNECTIONS):
            open_connections.enter_context(connect(service.port)).sendall(bill_request()[:-10])
        time.sleep(0.3)
        answer = sent(service.port, b"")
        assert (answer.status, answer.problem) == (503, "overloaded")
        assert b"retry-after: 5" in answer.head.lower()
    assert eventually(lambda: sent(service.port, bill_request()).status == 200)


def test_a_process_opens_as_many_files_as_its_connections_need_or_holds_fewer_connections(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for soft, hard, connections, raised_to in (
        (1_024, 4_096, 1_000, 1_200),
        (1_024, 1_100, 900, 1_100),
        (1_024, 1_024, 824, 1_024),
        (5_000, 5_000, 1_000, 5_000),
        (1_024, resource.RLIM_INFINITY, 1_000, 1_200),
        (resource.RLIM_INFINITY, resource.RLIM_INFINITY, 1_000, resource.RLIM_INFINITY),
    ):
        limits = {resource.RLIMIT_NOFILE: (soft, hard)}
        monkeypatch.setattr(resource, "getrlimit", limits.__getitem__)
        monkeypatch.setattr(resource, "setrlimit", limits.__setitem__)
        assert (allow_open_files(1_000), limits[resource.RLIMIT_NOFILE][0]) == (connections, raised_to)
    assert RESERVED_FILES == 200


# ---- the log


def test_a_service_whose_log_nobody_reads_answers_as_before(tmp_path: Path) -> None:
    served = Served(migrated_file(tmp_path), tmp_path, access_log="true")
    with served.launched_into_a_closed_pipe(), connect(served.port) as connection:
        for _ in range(3):
            connection.sendall(bill_request())
            answer = read_answer(connection)
            assert answer is not None
            assert (answer.status, answer.closed) == (200, False)


# ---- the end


def test_sigterm_ends_the_service_whatever_clients_leave_open(tmp_path: Path) -> None:
    served = Served(migrated_file(tmp_path), tmp_path, shutdown_seconds="1")
    with served, leave_unread(served.port), ExitStack() as open_connections:
        for beginning in (bill_request()[:-10], b"GET /heal", b""):
            open_connections.enter_context(connect(served.port)).sendall(beginning)
        kept = open_connections.enter_context(connect(served.port))
        kept.sendall(request("/healthz", method="GET"))
        assert read_answer(kept) is not None
        time.sleep(0.3)
        started = time.monotonic()
        served.terminate()
        assert served.ended() == -signal.SIGTERM
        assert time.monotonic() - started < 5
