"""Short names, as people say them."""

from __future__ import annotations

import datetime
import re

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.compliance.acknowledgements.acknowledgement import Acknowledgement
from hipaa_constructs.compliance.said import RENEWAL_DAYS
from hipaa_constructs.evidence.model import AttestationEvidence, Made, PreflightResult

# What CDK calls the resource that a construct is about.
_PLAIN = ("Resource", "Default")
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z0-9]+|[0-9]+")


def label_of(resource: Resource, *, below: str = "") -> str:
    """Return a construct path without what every path ends in, and without the stack ``below``."""
    return shorten_path(resource.construct_path, below=below) or resource.logical_id


def shorten_path(path: str, *, below: str = "") -> str:
    """Drop the stack in front and ``Resource`` at the end of a construct path."""
    parts = path.removeprefix(f"{below}/" if below else "").split("/")
    while len(parts) > 1 and parts[-1] in _PLAIN:
        parts.pop()
    return "/".join(parts)


def kind_of(resource_type: str) -> str:
    """Return a type as people say it: ``S3 bucket``, and ``Log group`` for ``AWS::Logs::LogGroup``."""
    service, _, noun = resource_type.removeprefix("AWS::").partition("::")
    words = [word if word.isupper() else word.lower() for word in _WORD.findall(noun)]
    if not words:
        return resource_type
    phrase = " ".join(words)
    return phrase[0].upper() + phrase[1:] if service.lower().startswith(words[0].lower()) else f"{service} {phrase}"


# Controls, what no text holds, and what changes how others are shown, such as the direction of writing, unseen.
_UNSEEN = re.compile(
    r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\xad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f"
    r"\ud800-\udfff\ufeff\ufff9-\ufffb\ufffe\uffff\U000e0000-\U000e007f]"
)


def visible(text: str) -> str:
    """Show what a reader would not see, or no document holds, by its escape: a backslash, u and the number."""
    return _UNSEEN.sub(lambda found: found[0].encode("unicode_escape", "surrogatepass").decode("ascii"), text)


def some(number: int, noun: str, plural: str = "") -> str:
    """Return a number with its noun: ``1 rule``, ``2 rules``."""
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"


def review_day(one: Acknowledgement) -> datetime.date | None:
    """Return the day by which an acknowledgement has to be looked at again; None where it has no end."""
    return one.expires - datetime.timedelta(days=RENEWAL_DAYS) if one.expires else None


def attested_of(one: AttestationEvidence) -> str:
    """Say in a sentence how something stands that people attest."""
    account = f", account {one.account}" if one.account else ""
    says = {
        "current": f"attested by {one.owner} on {one.date}",
        "overdue": f"overdue since {one.due}",
        "missing": "not attested",
    }[one.status]
    return f"{one.title}{account}: {says}."


def answered_of(one: PreflightResult, accounts: str) -> str:
    """Say in a sentence what live accounts answered, and when the first of them did."""
    return f"{one.says} (account {accounts}, {one.checked_at[:10]})."


def moment_of(made: Made) -> str:
    """Return when a report was made, as ``YYYY-MM-DDTHH:MM:SSZ``."""
    return f"{made.at:%Y-%m-%dT%H:%M:%SZ}"
