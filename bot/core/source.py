"""Where a request comes from, as far as one source can be told from another by its address."""

from __future__ import annotations

from ipaddress import IPv6Address, ip_address, ip_network

#: One household or office gets a /64 of IPv6: counting single addresses would count nothing.
_IPV6_HOST_BITS = 64
#: Nobody on the internet writes from these: behind one of them stands a proxy that tells nothing of who is behind it.
#: Source: RFC 1918, RFC 6598, RFC 4193, RFC 3927, RFC 1122.
_INSIDE = tuple(
    ip_network(each)
    for each in (
        "127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16", "100.64.0.0/10",
        "::1/128", "fc00::/7", "fe80::/10",
    )
)  # fmt: skip


def name_source(address: str) -> str:
    """Name the source: an IPv4 address, the /64 of an IPv6 one, or whatever the server calls it."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    if not isinstance(parsed, IPv6Address):
        return str(parsed)
    if parsed.ipv4_mapped is not None:
        return str(parsed.ipv4_mapped)
    return str(IPv6Address(int(parsed) >> _IPV6_HOST_BITS << _IPV6_HOST_BITS))


def find_source(address: str) -> str:
    """
    Name a source that others can be told from. Empty: it is an address from inside.

    Then everybody may come from it, as behind a proxy that nobody named in FRONTDOOR_TRUSTED_PROXIES: a limit for
    one source would be one for all.
    """
    try:
        parsed = ip_address(address)
    except ValueError:
        return ""
    plain = parsed.ipv4_mapped or parsed if isinstance(parsed, IPv6Address) else parsed
    return "" if any(plain in network for network in _INSIDE) else name_source(address)
