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

    ``UNKNOWN`` stands for what cannot be told.
    """
    for field in spread(web_acl.properties, "DataProtectionConfig.DataProtections[].Field"):
        kind, keys = as_text(dig(field, "FieldType")), as_items(dig(field, "FieldKeys"))
        if isinstance(kind, Unknown):
            yield UNKNOWN
        elif kind == "SINGLE_HEADER":
            # Without keys, all headers are meant.
            yield from (key.lower() if isinstance(key, str) else UNKNOWN for key in keys or SECRET_HEADERS)
        elif kind == "SINGLE_COOKIE":
            # With keys, the other cookies stay in clear.
            yield from ["cookie"] if not keys else [UNKNOWN for key in keys if key is UNKNOWN]
        elif kind == "QUERY_STRING":
            yield QUERY_STRING
