"""What ``TlsSearchDomain`` asks of its arguments beyond their types."""

from __future__ import annotations

import re
from collections.abc import Sequence

from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_opensearchservice as opensearch

from hipaa_constructs._arguments import is_token, refuse

# As of 2026-11-28: the newest version that AWS's table of features names, and the first from which on standard support
# covers all, until November 2027. Source: features-by-version.html and what-is.html below
# docs.aws.amazon.com/opensearch-service/latest/developerguide.
_CURRENT = "3.3"
_FIRST = (2, 11)
# docs.aws.amazon.com/opensearch-service/latest/developerguide/managedomains-multiaz.html
_ZONES = (2, 3)
# docs.aws.amazon.com/securityhub/latest/userguide/opensearch-controls.html#opensearch-5
_FEWEST_NODES = 3
# docs.aws.amazon.com/opensearch-service/latest/developerguide/limits.html
_SMALLEST_VOLUME = 10
# docs.aws.amazon.com/opensearch-service/latest/developerguide/supported-instance-types.html
_UNENCRYPTED = ("m3.", "r3.", "t2.")
_OWN_DISKS = ("d2.", "d3.", "i2.", "i3.", "i4g.", "i4i.", "i7i.", "i8g.", "im4gn.", "oi2.", "r6gd.", "r7gd.", "r8gd.")


def current_version() -> opensearch.EngineVersion:
    """Return the version that is made unless another is asked for."""
    return opensearch.EngineVersion.open_search(_CURRENT)


def require_version(version: opensearch.EngineVersion) -> None:
    """Refuse Elasticsearch, and versions of OpenSearch whose standard support has ended."""
    numbers = re.fullmatch(r"OpenSearch_(\d+)\.(\d+)", version.version)
    if numbers is None or (int(numbers[1]), int(numbers[2])) < _FIRST:
        refuse(
            "version",
            version.version,
            allowed=f"allowed is OpenSearch from {_FIRST[0]}.{_FIRST[1]} on, which standard support covers",
            fix=f"Leave it out for OpenSearch {_CURRENT}.",
        )


def subnets_of(vpc: ec2.IVpc, zones: int | None) -> tuple[int, ec2.SubnetSelection]:
    """Return how many zones the domain spans, and one isolated subnet in each; refuse what the VPC has not."""
    if zones is not None and zones not in _ZONES:
        refuse(
            "availability_zone_count",
            zones,
            allowed="a domain survives the loss of a zone in 2 or 3 of them",
            fix="Leave it out for as many as the VPC has.",
        )
    by_zone: dict[str, ec2.ISubnet] = {}
    for subnet in vpc.isolated_subnets:
        by_zone.setdefault(subnet.availability_zone, subnet)
    if vpc.select_subnets().is_pending_lookup:
        return zones or max(_ZONES), ec2.SubnetSelection(subnet_type=ec2.SubnetType.PRIVATE_ISOLATED)
    count = zones or max(min(len(by_zone), max(_ZONES)), min(_ZONES))
    if len(by_zone) < count:
        refuse(
            "vpc",
            f"a VPC with isolated subnets in {len(by_zone)} zones",
            allowed=f"the domain needs an isolated subnet in each of its {count} zones",
            fix="Use PrivateVpc, or add subnets of ec2.SubnetType.PRIVATE_ISOLATED.",
        )
    return count, ec2.SubnetSelection(subnets=list(by_zone.values())[:count])


def nodes_of(data_nodes: int | None, zones: int) -> int:
    """Return how many data nodes to make, as many in each zone; refuse a count that leaves a zone with fewer."""
    fewest = -(-_FEWEST_NODES // zones) * zones
    if data_nodes is None:
        return fewest
    if is_token(data_nodes):
        return data_nodes
    if data_nodes < fewest or data_nodes % zones:
        refuse(
            "data_nodes",
            data_nodes,
            allowed=f"allowed are {fewest} or more, as many in each of the {zones} zones",
            fix=f"Leave it out for {fewest}, or pass a multiple of {zones}.",
        )
    return data_nodes


def require_instance_type(argument: str, name: str) -> None:
    """Refuse what is no type of OpenSearch, what cannot encrypt, and what takes no EBS volume."""
    if is_token(name):
        return
    if not re.fullmatch(r"[a-z0-9]+\.[a-z0-9]+\.search", name):
        refuse(argument, name, allowed="its types end with '.search'", fix="Write one such as 'r6g.large.search'.")
    if name.startswith((*_UNENCRYPTED, *_OWN_DISKS)):
        refuse(
            argument,
            name,
            allowed="it either cannot encrypt what it stores, or keeps it on disks of its own and takes no EBS volume",
            fix="Use a type with EBS alone, such as 'r6g.large.search'.",
        )


def require_volume(size: int) -> None:
    """Refuse a volume that is smaller than any that OpenSearch makes."""
    if not is_token(size) and size < _SMALLEST_VOLUME:
        refuse(
            "volume_size",
            size,
            allowed=f"allowed are {_SMALLEST_VOLUME} GiB or more; how much more, the type of the nodes says",
            fix="Leave it out for 100 GiB.",
        )


def require_window(start: opensearch.WindowStartTime) -> None:
    """Refuse what is no time of the day."""
    for unit, value, most in (("hours", start.hours, 23), ("minutes", start.minutes, 59)):
        if not 0 <= value <= most:
            refuse(
                "off_peak_window_start",
                f"a token of {unit}" if is_token(value) else f"{value:g} {unit}",
                allowed=f"allowed are 0 to {most} {unit} that are written, in UTC",
                fix="Write one such as opensearchservice.WindowStartTime(hours=3, minutes=0).",
            )


def require_indices(indices: Sequence[str]) -> None:
    """Refuse what is no name or pattern of an index, which is where the path of a request begins."""
    for index in indices or ("",):
        # docs.aws.amazon.com/opensearch-service/latest/developerguide/indexing.html#indexing-naming
        if not is_token(index) and not re.fullmatch(r"[a-z0-9*.][a-z0-9*._-]*", index):
            refuse(
                "indices",
                index,
                allowed="allowed are names of indices in lower case, with '*' for any characters, and no path",
                fix="Write them such as ['results-*'], or leave it out for all of them.",
            )
