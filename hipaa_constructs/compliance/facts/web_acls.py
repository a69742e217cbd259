"""What web ACLs keep out of every record of a request."""

from __future__ import annotations

from collections.abc import Iterator

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import UNKNOWN, Unknown, as_items, as_text, dig, spread

# Headers that let whoever reads them act as the sender.
SECRET_HEADERS = ("authorization", "cookie")
# Where forms and links carry identifiers, and people's own search terms.
QUERY_STRING = "?"


def protected_fields(web_acl: Resource) -> Iterator[str | Unknown]:
    """Yield the headers, and ``QUERY_STRING``, that a web ACL hides wherever requests are kept.

    ``UNKNOWN`` stands for what cannot be told. Single headers and cookies that are not named are such: WAF's service
    model (botocore 1.44.5, ``FieldToProtect``) wants names and says that nothing means all, where CloudFormation's
    pages say that none means all:
    docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-wafv2-webacl-fieldtoprotect.html.
    """
    for field in spread(web_acl.properties, "DataProtectionConfig.DataProtections[].Field"):
        kind, keys = as_text(dig(field, "FieldType")), as_items(dig(field, "FieldKeys"))
        if isinstance(kind, Unknown) or (kind in ("SINGLE_HEADER", "SINGLE_COOKIE") and not keys):
            yield UNKNOWN
        elif kind == "SINGLE_HEADER":
            yield from (key.lower() if isinstance(key, str) else UNKNOWN for key in keys)
        elif kind == "SINGLE_COOKIE":
            # The other cookies stay in clear.
            yield from (UNKNOWN for key in keys if key is UNKNOWN)
        elif kind == "QUERY_STRING":
            yield QUERY_STRING
