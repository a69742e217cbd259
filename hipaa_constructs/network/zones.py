"""Availability Zones without a context lookup, in any stack."""

from __future__ import annotations

from collections.abc import Sequence

import aws_cdk as cdk

from hipaa_constructs._arguments import is_token, refuse, require_range, require_written
from hipaa_constructs._stacks import region_of

_FEWEST, _MOST = 2, 3

# Regions where an account may see only two zones:
# docs.aws.amazon.com/global-infrastructure/latest/regions/aws-availability-zones.html
_TWO_ZONES = frozenset({"us-west-1"})


def choose_zones(stack: cdk.Stack, max_azs: int | None, availability_zones: Sequence[str] | None) -> tuple[str, ...]:
    """Return the zones to use: those named, or the first of the Region at deployment.

    ``Stack.availability_zones`` would ask the account, and so need credentials, wherever the stack names its
    account; and it knows of two zones only where it does not.
    """
    require_written("max_azs", max_azs, fix="Leave it out for three.")
    if availability_zones is not None:
        return _named(stack, max_azs, availability_zones)
    require_range("max_azs", max_azs, _FEWEST, _MOST, unit="zones", fix="Leave it out for three.")
    count = _MOST if max_azs is None else max_azs
    if count > _FEWEST and region_of(stack) in _TWO_ZONES:
        refuse(
            "max_azs",
            count,
            allowed=f"missing zones: accounts may have only two in {region_of(stack)}",
            fix="Pass max_azs=2, or name three in availability_zones if your account has them.",
        )
    zones = cdk.Fn.get_azs()
    return tuple(cdk.Fn.select(index, zones) for index in range(count))


def choose_literal_zones(stack: cdk.Stack, availability_zones: Sequence[str]) -> tuple[str, ...]:
    """Return zones that are told apart by name at synth, or refuse tokens and what ``choose_zones`` does."""
    if any(is_token(zone) for zone in availability_zones):
        refuse(
            "availability_zones",
            "an unresolved token",
            allowed="it takes literal names, by which what is in each zone is found",
            fix="Write them out, such as ['us-east-1a', 'us-east-1b'].",
        )
    return choose_zones(stack, None, availability_zones)


def by_region(stack: cdk.Stack, zones: Sequence[str]) -> list[str]:
    """Return literal zones as names that begin with the Region of the deployment, as far as the stack names it.

    Written out, each subnet gets a warning of CloudFormation's own validation (W3010).
    """
    region = region_of(stack)
    return [zone if is_token(region) else f"{cdk.Aws.REGION}{zone.removeprefix(region)}" for zone in zones]


def _named(stack: cdk.Stack, max_azs: int | None, names: Sequence[str]) -> tuple[str, ...]:
    if not _FEWEST <= len(names) <= _MOST:
        refuse(
            "availability_zones",
            list(names),
            allowed="missing zones: it takes two or three" if len(names) < _FEWEST else "it takes two or three",
            fix="Name each zone once, such as ['us-east-1a', 'us-east-1b', 'us-east-1c'].",
        )
    if len(set(names)) < len(names):
        refuse("availability_zones", list(names), allowed="each zone counts once", fix="Name different zones.")
    if max_azs is not None and max_azs != len(names):
        refuse(
            "max_azs",
            max_azs,
            allowed=f"availability_zones names {len(names)}",
            fix="Pass one of the two.",
        )
    if not is_token(region_of(stack)):
        for name in names:
            if not is_token(name) and not name.startswith(region_of(stack)):
                refuse(
                    "availability_zones",
                    name,
                    allowed=f"the stack is in {region_of(stack)}",
                    fix=f"Name zones of {region_of(stack)}, such as '{region_of(stack)}a'.",
                )
    return tuple(names)
