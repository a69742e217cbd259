"""How a construct takes what its Region lacks: a part is left out and said so, the whole is refused.

What a Region lacks is in ``compliance/availability.py``. A stack that names no Region lacks nothing.
"""

from __future__ import annotations

from collections.abc import Iterable

import aws_cdk as cdk
from constructs import Construct

from hipaa_constructs._arguments import refuse
from hipaa_constructs._stacks import region_of
from hipaa_constructs.compliance.availability import Kind, is_absent, source_of


def left_out(scope: Construct, name: str, *, kind: Kind = "types", instead: str, region: str | None = None) -> bool:
    """Return whether the Region of ``scope`` lacks ``name``; then synthesis says so, and what to do ``instead``.

    :param region: the Region that is asked about, where it is not that of ``scope``.
    """
    return bool(all_left_out(scope, [name], kind=kind, instead=instead, region=region))


def all_left_out(
    scope: Construct, names: Iterable[str], *, kind: Kind, instead: str, region: str | None = None
) -> frozenset[str]:
    """Return which of ``names`` the Region of ``scope``, or another, lacks; synthesis says so in one note."""
    region = region or region_of(scope)
    absent = [name for name in names if is_absent(name, region, kind=kind)]
    if absent:
        cdk.Annotations.of(scope).add_info_v2(
            "hipaa-constructs:not-in-region",
            f"Left out, since {region} has none: {', '.join(absent)}. {instead} "
            f"Source: {source_of(absent[0], region, kind=kind)}.",
        )
    return frozenset(absent)


def require_region(scope: Construct, name: str, *, kind: Kind = "types", what: str, fix: str) -> None:
    """Refuse a construct whose purpose, called ``what``, the Region of ``scope`` lacks."""
    region = region_of(scope)
    if is_absent(name, region, kind=kind):
        refuse(
            "scope",
            f"a stack in {region}",
            allowed=f"{what} does not exist there ({source_of(name, region, kind=kind)})",
            fix=fix,
        )
