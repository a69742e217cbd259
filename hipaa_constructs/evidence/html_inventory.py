"""The inventory of the HTML report: stores in groups, and what the rules say of each store's key and backup."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hipaa_constructs.compliance.classification import DataClassification
from hipaa_constructs.evidence.inventory import BACKUP_RULE, ENCRYPTION_RULES, KEY_RULES
from hipaa_constructs.evidence.model import CheckOutcome, Evidence, ResourceName, StoreEvidence


@dataclass(frozen=True, slots=True)
class StoreGroup:
    """Stores of one purpose; what is ``folded`` is closed until somebody asks for it."""

    title: str
    stores: Sequence[StoreEvidence]
    folded: bool


def inventory_of(evidence: Evidence) -> Mapping[str, Any]:
    """Return the groups that the page shows, stores of PHI first, and how a store's key and backup are judged."""
    keys = _judged(evidence, (*ENCRYPTION_RULES, *KEY_RULES))
    backups = _judged(evidence, (BACKUP_RULE,))

    def key_tone(store: StoreEvidence) -> str:
        fallback = {"none": "failed", "unknown": "unknown", "customer_key": "passed"}
        return keys.get(store.resource, fallback.get(store.encryption, ""))

    def backup_tone(store: StoreEvidence) -> str:
        return backups.get(store.resource, "passed" if store.backup == "selected" else "")

    def attention(store: StoreEvidence) -> int:
        tones = (key_tone(store), backup_tone(store))
        return 8 * (store.encryption == "none") + 2 * tones.count("failed") + tones.count("unknown")

    held: dict[str, list[StoreEvidence]] = {}
    for store in sorted(evidence.inventory, key=attention, reverse=True):
        group = "free" if store.classification is DataClassification.NO_PHI else store.role
        held.setdefault(group, []).append(store)
    return {
        "store_groups": [StoreGroup(title, held[group], folded) for group, title, folded in _GROUPS if group in held],
        # The outcome whose mark stands with what is said; none where no rule asks for anything else.
        "key_tone": key_tone,
        "backup_tone": backup_tone,
    }


_GROUPS = (
    ("data", "Where PHI is", False),
    ("copy", "Copies and backups", False),
    ("log", "Logs, which count as PHI too", True),
    ("notice", "Notices of AWS\u2019s services, and what could not be delivered", True),
    ("free", "Classified as holding no PHI", True),
)


def _judged(evidence: Evidence, names: Iterable[str]) -> Mapping[ResourceName, CheckOutcome]:
    """Return the worst that some rules answered about each resource, as far as it is no pass."""
    found: dict[ResourceName, CheckOutcome] = {}
    rules = [rule for name in names if (rule := evidence.rules.get(f"HIPAA.Constructs-{name}"))]
    for outcome in ("acknowledged", "unknown", "failed"):
        for rule in rules:
            found.update(dict.fromkeys(rule.resources[outcome], outcome))
    return found
