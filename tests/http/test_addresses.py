"""Which addresses are one client, and which are in a network."""

from starlette.requests import Request

from app.http.addresses import client_of
from app.http.problems import ProblemError
from app.http.rate_limit import RateLimit
from tests.support.grid import grid


def request_from(address: str | None) -> Request:
    return Request({"type": "http", "headers": [], "client": None if address is None else (address, 1)})


@grid(
    ("address", "client"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("2001:db8:0:7::1", "2001:db8:0:7::/64"),
        ("2001:0DB8:0:7:ffff:1:2:3", "2001:db8:0:7::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("testclient", "testclient"),
        (None, "unknown"),
    ],
)
def test_an_ipv6_subscriber_is_one_client(address: str | None, client: str) -> None:
    assert client_of(request_from(address)) == client


def test_whoever_has_a_whole_64_has_one_limit() -> None:
    limit = RateLimit(3)
    refused = 0
    for number in range(6):
        try:
            limit.count(request_from(f"2001:db8:0:7::{number}"))
        except ProblemError as problem:
            refused += problem.slug == "too-many-requests"
    assert refused == 3
    assert limit.is_reached(request_from("2001:db8:0:7:8::"))
    limit.count(request_from("2001:db8:0:8::1"))
