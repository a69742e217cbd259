"""What buckets are for, apart from logs."""

from __future__ import annotations

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import Ternary, is_present


def is_web_site(bucket: Resource) -> bool:
    """Whether a bucket is a web site, which shows its files to every visitor and has them from a build."""
    return is_present(bucket.get("WebsiteConfiguration")) is Ternary.YES
