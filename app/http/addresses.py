"""The addresses of clients: what counts as one client, who is in a network, and proxies that nobody named."""

from collections.abc import Iterable
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

import structlog
from starlette.requests import HTTPConnection
from starlette.types import Scope
from structlog.typing import FilteringBoundLogger

log: FilteringBoundLogger = structlog.get_logger("anda")

Network = IPv4Network | IPv6Network

UNKNOWN = "unknown"
"""The address of a client that the server does not know, as behind a Unix socket."""

_LONGEST = 64
"""Characters of an address that are kept: more than any has."""

_SUBSCRIBER = 64
"""Bits of an IPv6 address that a provider gives to one subscriber, who chooses the others at will."""


def address_of(request: HTTPConnection) -> str:
    """Return the address of a request's client; behind a named proxy, the one that the proxy names."""
    return request.client.host[:_LONGEST] if request.client else UNKNOWN


def client_of(request: HTTPConnection) -> str:
    """Return what stands for a request's client in a count: its address, of an IPv6 address its /64."""
    return place_of(address_of(request))


def place_of(host: str) -> str:
    """Return what counts as one client of an address: an IPv4 address itself, of an IPv6 address its /64."""
    if ":" not in host:
        return host
    address = _parse(host)
    if isinstance(address, IPv6Address):
        return str(ip_network((int(address), _SUBSCRIBER), strict=False))
    return host if address is None else str(address)


def is_in(request: HTTPConnection, networks: Iterable[Network]) -> bool:
    """Whether a request's client is in one of some networks."""
    address = _parse(address_of(request))
    return address is not None and any(address in network for network in networks)


def is_local_name(host: str) -> bool:
    """Whether a client has no address, since it does not come over a network."""
    return _parse(host) is None


class Proxies:
    """The proxies that a deployment names, whose word about the client the server takes."""

    def __init__(self, named: str) -> None:
        self._all = named.strip() == "*"
        self._named = [network for each in named.split(",") if (network := _network(each.strip())) is not None]
        self._told = False

    def is_unnamed(self, scope: Scope) -> bool:
        """Whether a request came through a proxy that is not named, so that its address is the proxy's.

        A named proxy has put its client's address in the place of its own.
        """
        forwarded = [value for name, value in scope["headers"] if name == b"x-forwarded-for"]
        if not forwarded:
            return any(name == b"forwarded" for name, _ in scope["headers"])
        if self._all:
            return False
        hosts = [_host(each) for each in b",".join(forwarded).decode("latin-1").split(",")]
        told = next((host for host in reversed(hosts) if not self._names(host)), hosts[0])
        client = scope.get("client")
        return client is not None and bool(told) and _parse(client[0]) != _parse(told)

    def warn(self, scope: Scope) -> None:
        """Say in the log, once, what it means that a proxy is not named."""
        if not self._told and self.is_unnamed(scope):
            self._told = True
            log.warning(
                "unnamed proxy",
                address=scope["client"][0] if scope.get("client") else UNKNOWN,
                meaning="Requests come through a proxy that ANDA_TRUSTED_PROXIES does not name. All who come through "
                "it count as one address: they share the limits of objections and of wrong tokens, nobody is in a "
                "network of ANDA_NATIONAL_TRUSTED, and the service does not see that they use TLS.",
            )

    def _names(self, host: str) -> bool:
        address = _parse(host)
        return address is not None and any(address in network for network in self._named)


def _host(forwarded: str) -> str:
    """Return the host of an entry of `X-Forwarded-For`, which may have a port."""
    entry = forwarded.strip()
    if entry.startswith("["):
        return entry[1:].partition("]")[0]
    return entry.partition(":")[0] if entry.count(":") == 1 else entry


def _network(text: str) -> Network | None:
    try:
        return ip_network(text)
    except ValueError:
        return None


def _parse(host: str) -> IPv4Address | IPv6Address | None:
    """Read an address; an IPv4 address inside an IPv6 one is itself. None for what is no address."""
    try:
        address = ip_address(host.partition("%")[0])
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return address if mapped is None else mapped
