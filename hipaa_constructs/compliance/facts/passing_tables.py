"""Tables of DynamoDB whose items pass: connections, sessions, locks and what else is of use for a while.

That items expire proves nothing by itself, since records of an audit may too. So it takes the table's own words beside.
"""

from __future__ import annotations

from typing import Final

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.name_words import words_of
from hipaa_constructs.cloudformation.values import Ternary, is_true, spread

TABLES: Final = ("AWS::DynamoDB::GlobalTable", "AWS::DynamoDB::Table")
_PASSING: Final = frozenset(
    {
        "cache",
        "caches",
        "connection",
        "connections",
        "idempotency",
        "idempotent",
        "lease",
        "leases",
        "lock",
        "locks",
        "nonce",
        "nonces",
        "otp",
        "presence",
        "session",
        "sessions",
        "throttle",
        "websocket",
        "websockets",
    }
)
# What a name says of more than that.
_KEPT: Final = frozenset(
    {
        "archive",
        "audit",
        "chat",
        "consent",
        "consents",
        "conversation",
        "conversations",
        "encounter",
        "events",
        "history",
        "log",
        "logs",
        "message",
        "messages",
        "note",
        "notes",
        "patient",
        "patients",
        "record",
        "records",
        "report",
        "reports",
        "result",
        "results",
        "therapy",
        "transcript",
        "transcripts",
        "visit",
        "visits",
    }
)


def passes_by(table: Resource) -> str:
    """Return why what a table holds is of use for a while only, in words; empty where the template does not say so.

    Terraform takes the key LockID for its locks (developer.hashicorp.com/terraform/language/backend/s3); else items
    expire, and the table's name or key is that of what passes.
    """
    if table.type not in TABLES:
        return ""
    keys = [str(one) for one in spread(table.properties, "KeySchema[].AttributeName") if one is not None]
    if keys == ["LockID"]:
        return "its key is LockID, as of Terraform's locks"
    if is_true(table.get("TimeToLiveSpecification.Enabled", False)) is not Ternary.YES:
        return ""
    named = [table.logical_id, str(table.get("TableName", "")), *keys]
    words = {word for name in named for word in words_of(name)}
    found = sorted(words & _PASSING)
    return f"its items expire and are called {found[0]}" if found and not words & _KEPT else ""
