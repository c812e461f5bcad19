"""The addresses of clients: what counts as one client, who is in a network, and proxies that nobody named."""

from collections.abc import Iterable
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_network

import structlog
from starlette.requests import HTTPConnection
from starlette.types import Scope
from structlog.typing import FilteringBoundLogger

from app.privacy.addresses import LONGEST, UNKNOWN, network_of, parsed_address

log: FilteringBoundLogger = structlog.get_logger("anda")

Network = IPv4Network | IPv6Network

_LISTED = b"x-forwarded-for"
_FORWARDING = frozenset({_LISTED, b"forwarded"})
"""The headers by which a proxy says for whom it asks."""

_SUBSCRIBER = 64
"""Bits of an IPv6 address that a provider gives to one subscriber, who chooses the others at will."""


def address_of(request: HTTPConnection) -> str:
    """Return the address of a request's client; behind a named proxy, the one that the proxy names."""
    return host_of(request.scope)


def host_of(scope: Scope) -> str:
    """Return the address of a request's client, by its scope."""
    client = scope.get("client")
    return client[0][:LONGEST] if client else UNKNOWN


def client_of(request: HTTPConnection) -> str:
    """Return what stands for a request's client in a count: its address, of an IPv6 address its /64."""
    return place_of(address_of(request))


def place_of(host: str) -> str:
    """Return what counts as one client of an address: an IPv4 address itself, of an IPv6 address its /64."""
    if ":" not in host:
        return host
    address = parsed_address(host)
    if isinstance(address, IPv6Address):
        return network_of(address, _SUBSCRIBER)
    return host if address is None else str(address)


def is_in(request: HTTPConnection, networks: Iterable[Network]) -> bool:
    """Whether a request's client is in one of some networks."""
    return lies_in(address_of(request), networks)


def lies_in(host: str, networks: Iterable[Network]) -> bool:
    """Whether an address is in one of some networks."""
    address = parsed_address(host)
    return address is not None and any(address in network for network in networks)


def is_local_name(host: str) -> bool:
    """Whether a client has no address, since it does not come over a network."""
    return parsed_address(host) is None


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
        present = [(name, value) for name, value in scope["headers"] if name in _FORWARDING]
        if not present:
            return False
        forwarded = [value for name, value in present if name == _LISTED]
        if not forwarded:
            return True
        if self._all:
            return False
        hosts = [_host(each) for each in b",".join(forwarded).decode("latin-1").split(",")]
        told = next((host for host in reversed(hosts) if not self._names(host)), hosts[0])
        client = scope.get("client")
        return client is not None and bool(told) and parsed_address(client[0]) != parsed_address(told)

    def known_address(self, scope: Scope) -> str | None:
        """Return the address by which a request's client is in a network; None behind a proxy that is not named."""
        return None if self.is_unnamed(scope) else host_of(scope)

    def warn(self, scope: Scope) -> None:
        """Say in the log, once, what it means that a proxy is not named."""
        if not self._told and self.is_unnamed(scope):
            self._told = True
            log.warning(
                "unnamed proxy",
                address=host_of(scope),
                meaning="Requests come through a proxy that ANDA_TRUSTED_PROXIES does not name. All who come through "
                "it count as one address: they share the limits of objections and of wrong tokens, nobody is in a "
                "network of ANDA_NATIONAL_TRUSTED or of a token, and the service does not see that they use TLS.",
            )

    def _names(self, host: str) -> bool:
        address = parsed_address(host)
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
