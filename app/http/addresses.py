"""The addresses of clients: what counts as one client."""

from ipaddress import IPv6Address, ip_address, ip_network

from starlette.requests import HTTPConnection

UNKNOWN = "unknown"
"""The address of a client that the server does not know, as behind a Unix socket."""

_SUBSCRIBER = 64
"""Bits of an IPv6 address that a provider gives to one subscriber, who chooses the others at will."""


def address_of(request: HTTPConnection) -> str:
    """Return the address of a request's client; behind a named proxy, the one that the proxy names."""
    return request.client.host if request.client else UNKNOWN


def client_of(request: HTTPConnection) -> str:
    """Return what stands for a request's client in a count: its address, of an IPv6 address its /64."""
    host = address_of(request)
    try:
        address = ip_address(host.partition("%")[0])
    except ValueError:
        return host
    if not isinstance(address, IPv6Address):
        return host
    if address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    return str(ip_network((int(address), _SUBSCRIBER), strict=False))
