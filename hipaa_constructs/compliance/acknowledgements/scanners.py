"""What other scanners read on a resource, so that one acknowledgement is honoured by all; imports no aws_cdk."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from hipaa_constructs.compliance.acknowledgements.acknowledgement import bare
from hipaa_constructs.compliance.controls import read

# Set to false in the app's context, it keeps the scanners' blocks out of the templates.
CONTEXT_KEY = "hipaa-constructs:scanner-metadata"


@cache
def scanner_rules() -> Mapping[str, Mapping[str, tuple[str, ...]]]:
    """Return, for each rule that another scanner has too, that scanner's ids of it."""
    return {
        rule: {scanner: tuple(ids) for scanner, ids in entry.items()}
        for rule, entry in read("scanners.json")["rules"].items()
    }


def scanner_metadata(rule_id: str, reason: str) -> Mapping[str, Any]:
    """Return the ``Metadata`` blocks by which cfn-guard, checkov and cfn_nag pass over the same check.

    Empty where none of them has it. Of ids that name one finding of a rule, only wildcard resources have an equal.
    """
    return skipping(scanner_rules().get(bare(rule_id), {}), reason)


def skipping(entry: Mapping[str, Sequence[str]], reason: str) -> Mapping[str, Any]:
    """Return the ``Metadata`` blocks that skip the given checks, by scanner."""
    blocks: dict[str, Any] = {}
    if "checkov" in entry:
        blocks["checkov"] = {"skip": [{"id": identifier, "comment": reason} for identifier in entry["checkov"]]}
    if "cfn_nag" in entry:
        blocks["cfn_nag"] = {"rules_to_suppress": [{"id": name, "reason": reason} for name in entry["cfn_nag"]]}
    if "guard" in entry:
        blocks["guard"] = {"SuppressedRules": list(entry["guard"])}
    return blocks


def merged(present: Any, block: Mapping[str, Any]) -> Mapping[str, Any]:
    """Add a scanner's block to the one that a resource has, an entry for each id once."""
    if not isinstance(present, Mapping):
        return block
    together = dict(present)
    for key, entries in block.items():
        there = together.get(key)
        kept = list(there) if isinstance(there, list) else []
        ids = {_id(entry) for entry in kept}
        together[key] = [*kept, *(entry for entry in entries if _id(entry) not in ids)]
    return together


def _id(entry: Any) -> str:
    return str(entry.get("id")) if isinstance(entry, Mapping) else str(entry)
