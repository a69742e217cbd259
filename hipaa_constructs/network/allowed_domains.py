"""Domains that a firewall lets networks reach; imports no aws_cdk."""

from __future__ import annotations

import re

MOST = 300
_DOMAIN = re.compile(r"\.?(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]*[a-z0-9]")
_LONGEST = 255
# Under these, anybody gets a name: whoever is let out to all of them is let out to a bucket of a stranger.
_OF_ANYBODY = re.compile(r"\.(?:(?:.*\.)?s3[a-z0-9.-]*\.)?(?:amazonaws\.com(?:\.cn)?|cloudfront\.net)")


def unfit_domain(domain: str) -> tuple[str, str] | None:
    """Return why a list of domains does not take this, and what to write; None if it does."""
    if not _DOMAIN.fullmatch(domain) or len(domain) > _LONGEST:
        return (
            "it takes domain names in lower case, with a dot in front for all names below one",
            "Write 'api.example.com' for one name, '.example.com' for it and all below; no scheme, path or *.",
        )
    if _OF_ANYBODY.fullmatch(domain):
        return (
            "anybody can have a name below it, and take data there",
            "Name each service, such as 'sts.us-east-1.amazonaws.com', or reach AWS over endpoints.",
        )
    return None
