"""Addresses of this computer."""

import ipaddress


def is_loopback(host: str) -> bool:
    """Whether `host` is certainly this machine (RFC 6761 for names, RFC 1122 and 4291 for addresses)."""
    name = host.lower()
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False
