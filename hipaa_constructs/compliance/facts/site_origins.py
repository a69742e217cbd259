"""Origins of distributions that are a bucket's website endpoint, from which S3 sends without TLS.

docs.aws.amazon.com/AmazonS3/latest/userguide/WebsiteEndpoints.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Set as AbstractSet
from typing import Final

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import UNKNOWN, Reference, Resolved, as_mapping, dig
from hipaa_constructs.cloudformation.written import places

# s3-website-us-east-1.amazonaws.com, s3-website.eu-central-1.amazonaws.com, and what Fn::GetAtt of a bucket gives.
_SITE: Final = re.compile(r"\bs3-website[.-]|WebsiteURL\}$")


def is_site(origin: Resolved, sites: AbstractSet[str]) -> bool:
    """Whether a custom origin is a website endpoint of S3.

    :param sites: what ``site_ids`` says of the distribution.
    """
    domain, name = dig(origin, "DomainName"), dig(origin, "Id", "without id")
    return name in sites if domain is UNKNOWN and isinstance(name, str) else is_site_domain(domain)


def is_site_domain(domain: Resolved) -> bool:
    """Whether a domain is a website endpoint of S3."""
    return isinstance(domain, (str, Reference)) and _SITE.search(str(domain)) is not None


def site_ids(distribution: Resource) -> AbstractSet[str]:
    """Return the ids of origins whose domain is taken out of a bucket's address as a site, as by ``Fn::Split``."""
    origins = places(distribution.template, distribution.raw.get("Properties"), "DistributionConfig.Origins[]")
    found = (as_mapping(origin) for _, origin in origins)
    return {str(one.get("Id")) for one in found if "WebsiteURL" in json.dumps(one.get("DomainName"), default=str)}
