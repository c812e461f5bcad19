"""Addresses of people who show no token, cut so that the log holds a neighbourhood and nobody's own."""

from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

LONGEST = 64
"""Characters of an address that are read or kept: more than any has."""

UNKNOWN = "unknown"
"""The address of a client that the server does not know, as behind a Unix socket."""

_NEIGHBOURHOOD = {4: 24, 6: 48}
"""Bits of an address that the log keeps, by the version."""


def parsed_address(host: str) -> IPv4Address | IPv6Address | None:
    """Read an address; an IPv4 address inside an IPv6 one is itself. None for what is no address."""
    return _parsed(host.partition("%")[0][:LONGEST])


# Every calculation asks for its client's, and most come from few clients.
@lru_cache(maxsize=1_024)
def _parsed(host: str) -> IPv4Address | IPv6Address | None:
    try:
        address = ip_address(host)
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return address if mapped is None else mapped


def network_of(address: IPv4Address | IPv6Address, bits: int) -> str:
    """Return the network of so many bits that an address lies in."""
    return str(ip_network(f"{address}/{bits}", strict=False))


# Every line of the log needs it, and most come from few clients.
@lru_cache(maxsize=1_024)
def coarse_address(host: str) -> str:
    """Return the network of an address: /24 of IPv4, /48 of IPv6; `unknown` for what is none."""
    address = parsed_address(host)
    return UNKNOWN if address is None else network_of(address, _NEIGHBOURHOOD[address.version])
