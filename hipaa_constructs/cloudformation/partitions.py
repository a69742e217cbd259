"""Partitions: which one a Region is in, and how names differ there."""

from __future__ import annotations

from typing import Final

# docs.aws.amazon.com/general/latest/gr/aws-arns-and-namespaces.html
PARTITIONS: Final = ("aws", "aws-us-gov", "aws-cn")
# Those that are not listed there stand in botocore's partitions.json.
_BY_PREFIX = {
    "cn-": "aws-cn",
    "eu-isoe-": "aws-iso-e",
    "eusc-": "aws-eusc",
    "us-gov-": "aws-us-gov",
    "us-iso-": "aws-iso",
    "us-isob-": "aws-iso-b",
    "us-isof-": "aws-iso-f",
}
_SUFFIXES = {
    "aws-cn": "amazonaws.com.cn",
    "aws-eusc": "amazonaws.eu",
    "aws-iso": "c2s.ic.gov",
    "aws-iso-b": "sc2s.sgov.gov",
    "aws-iso-e": "cloud.adc-e.uk",
    "aws-iso-f": "csp.hci.ic.gov",
}


def partition_of(region: str) -> str:
    """Return the partition that a Region is in; the standard one for a token."""
    return next((name for prefix, name in _BY_PREFIX.items() if region.startswith(prefix)), "aws")


def url_suffix_of(partition: str) -> str:
    """Return how the host names of a partition's services end, ``AWS::URLSuffix``."""
    return _SUFFIXES.get(partition, "amazonaws.com")
