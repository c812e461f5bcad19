"""Addresses of people who show no token, cut so that the log holds a neighbourhood and nobody's own."""

import ipaddress


def coarse_address(host: str) -> str:
    """Return the network of an address: /24 of IPv4, /48 of IPv6; `unknown` for what is none."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return "unknown"
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is None:
            return str(ipaddress.ip_network((address.packed, 48), strict=False))
        address = address.ipv4_mapped
    return f"{str(address).rpartition('.')[0]}.0/24"
