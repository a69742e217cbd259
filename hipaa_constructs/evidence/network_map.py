"""The network map: every VPC with its subnets by tier, its ways in and out, and its endpoints."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from hipaa_constructs.evidence.drawing import Drawing
from hipaa_constructs.evidence.network import TIER_WORDS, Network, SubnetGroup

_MOST_SUBNETS = 12
_MOST_TENANTS = 8
_WIDTH = 960
_INSIDE = 24
_SIDE = 216
_COLUMNS = 3


def network_map(network: Network) -> Markup:
    """Draw one VPC."""
    sheet = Drawing(_WIDTH)
    ways = list(network.gateways) or ["No gateway in these templates: only endpoints lead out"]
    top = sheet.chips(_INSIDE, 8, _WIDTH - 2 * _INSIDE, ways, "p-chip") + 12
    behind = len(sheet.parts)
    sheet.text(_INSIDE, top + 28, network.name, "p-title", size=16, room=400)
    logged = "flow logs on" if network.flow_logs else "no flow logs in these templates"
    sheet.text(
        _INSIDE, top + 48, f"VPC {network.cidr} · {network.region} · {logged}", "p-soft", room=_WIDTH - 2 * _INSIDE
    )
    filters = ", ".join(network.firewalls) or "none in these templates"
    sheet.text(_INSIDE, top + 66, f"Filtered by: {filters}", "p-soft", room=_WIDTH - 2 * _INSIDE)
    top += 18
    left = _groups(sheet, network.groups, top + 66)
    right = _endpoints(sheet, network, top + 66)
    bottom = max(left, right, top + 90) + 4
    top -= 18
    sheet.frame(behind, 8, top, _WIDTH - 16, bottom - top, "p-vpc", radius=10)
    groups = "; ".join(
        f"{len(group.subnets)} {group.name} subnets with {TIER_WORDS[group.tier]}" for group in network.groups
    )
    return sheet.svg(f"{network.name}, {network.cidr}: {groups or 'no subnets'}; {len(network.endpoints)} endpoints.")


def _groups(sheet: Drawing, groups: Sequence[SubnetGroup], y: float) -> float:
    room = _WIDTH - _SIDE - 3 * _INSIDE
    if not groups:
        sheet.text(_INSIDE, y + 16, "No subnets in these templates", "p-soft")
        return y + 30
    for group in groups:
        start, behind = y, len(sheet.parts)
        sheet.text(_INSIDE + 14, y + 22, group.name, "p-strong", room=200)
        sheet.text(_INSIDE + 14 + min(200, len(group.name) * 8 + 10), y + 22, TIER_WORDS[group.tier], "p-soft", size=12)
        y += 34
        width = (room - 28 - (_COLUMNS - 1) * 10) / _COLUMNS
        shown = group.subnets[:_MOST_SUBNETS]
        for position, subnet in enumerate(shown):
            x = _INSIDE + 14 + position % _COLUMNS * (width + 10)
            row = y + position // _COLUMNS * 52
            sheet.box(x, row, width, 44, "p-subnet")
            sheet.text(x + 10, row + 18, subnet.cidr, "p-ink", room=width - 20)
            sheet.text(x + 10, row + 35, subnet.zone, "p-soft", room=width - 20, size=12)
        y += (len(shown) + _COLUMNS - 1) // _COLUMNS * 52
        tenants = [*group.tenants[:_MOST_TENANTS]]
        hidden = len(group.tenants) - len(tenants)
        tenants += [f"and {hidden} more"] if hidden else []
        if len(group.subnets) > len(shown):
            tenants.append(f"and {len(group.subnets) - len(shown)} more subnets")
        y = sheet.chips(_INSIDE + 14, y + 2, room - 28, tenants, "p-tenant") + 10 if tenants else y + 4
        sheet.frame(behind, _INSIDE, start, room, y - start, f"p-tier p-{group.tier}", radius=7)
        y += 12
    return y


def _endpoints(sheet: Drawing, network: Network, y: float) -> float:
    x = _WIDTH - _SIDE - _INSIDE
    sheet.text(x, y + 22, "Endpoints", "p-strong")
    y += 42
    if not network.endpoints:
        sheet.text(x, y, "None in these templates", "p-soft")
    kinds = dict.fromkeys(endpoint.kind for endpoint in network.endpoints)
    for kind in kinds:
        sheet.text(x, y, f"{kind}", "p-soft", size=12)
        y += 19
        for endpoint in network.endpoints:
            if endpoint.kind == kind:
                sheet.text(x + 10, y, endpoint.service, "p-ink", room=_SIDE - 10)
                y += 19
        y += 8
    return y - 12
