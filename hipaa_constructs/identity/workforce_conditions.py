"""From where and when people may come."""

from __future__ import annotations

import datetime
import ipaddress
from collections.abc import Sequence
from typing import Any

from hipaa_constructs._arguments import is_token, refuse


def admission(networks: Sequence[str], valid_until: datetime.date | None) -> dict[str, dict[str, Any]]:
    """Return the conditions under which a role may be taken."""
    conditions: dict[str, dict[str, Any]] = {}
    if networks:
        conditions["IpAddress"] = {"aws:SourceIp": list(networks)}
    if valid_until is not None:
        conditions["DateLessThan"] = {"aws:CurrentTime": _end(valid_until)}
    return conditions


def outside(networks: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Return the conditions of a request from elsewhere, such as with credentials that were carried off.

    What AWS services do on someone's behalf comes from their own addresses.
    """
    if not networks:
        return {}
    return {"NotIpAddress": {"aws:SourceIp": list(networks)}, "Bool": {"aws:ViaAWSService": "false"}}


def require_conditions(networks: Sequence[str], valid_until: datetime.date | None) -> None:
    """Refuse what is no network, the whole internet, and private ranges, which AWS never sees as a source."""
    for network in networks:
        if is_token(network):
            continue
        try:
            parsed = ipaddress.ip_network(network)
        except ValueError:
            refuse("source_networks", network, allowed="it takes CIDR blocks", fix="Write each like '203.0.113.0/24'.")
        if parsed.prefixlen < 8:
            refuse("source_networks", network, allowed="it must not be half the internet", fix="Name your own range.")
        if any(parsed.subnet_of(private) for private in _PRIVATE if private.version == parsed.version):
            refuse(
                "source_networks",
                network,
                allowed="AWS sees the public address that people come from",
                fix="Name the range of the organization's gateways.",
            )
    if valid_until is not None and isinstance(valid_until, datetime.datetime):
        refuse("valid_until", str(valid_until), allowed="it takes a day", fix="Pass a datetime.date.")


_PRIVATE: tuple[Any, ...] = tuple(
    ipaddress.ip_network(block) for block in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7")
)


def _end(day: datetime.date) -> str:
    return f"{day + datetime.timedelta(days=1):%Y-%m-%d}T00:00:00Z"
