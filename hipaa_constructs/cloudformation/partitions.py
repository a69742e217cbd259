"""Partitions: which one a Region is in, and how names differ there."""

from __future__ import annotations

from typing import Final

# docs.aws.amazon.com/general/latest/gr/aws-arns-and-namespaces.html
PARTITIONS: Final = ("aws", "aws-us-gov", "aws-cn")
_BY_PREFIX = {"cn-": "aws-cn", "us-gov-": "aws-us-gov", "us-iso-": "aws-iso", "us-isob-": "aws-iso-b"}
_SUFFIXES = {"aws-cn": "amazonaws.com.cn"}


def partition_of(region: str) -> str:
    """Return the partition that a Region is in."""
    return next((name for prefix, name in _BY_PREFIX.items() if region.startswith(prefix)), "aws")


def url_suffix_of(partition: str) -> str:
    """Return how the host names of a partition's services end, ``AWS::URLSuffix``."""
    return _SUFFIXES.get(partition, "amazonaws.com")
