"""The sentences that open the HTML report's sections."""

from __future__ import annotations

from collections.abc import Mapping

from hipaa_constructs.compliance.classification import DataClassification
from hipaa_constructs.evidence.labels import some
from hipaa_constructs.evidence.model import Evidence


def intros_of(evidence: Evidence) -> Mapping[str, str]:
    """Return each section's introduction, by the name that its template uses."""
    return {
        "acknowledgement_intro": _acknowledgement_intro(evidence),
        "inventory_intro": _inventory_intro(evidence),
        "runtime_intro": _runtime_intro(evidence),
        "rules_intro": _rules_intro(evidence),
    }


def _acknowledgement_intro(evidence: Evidence) -> str:
    library = sum(1 for entry in evidence.acknowledgements if entry.acknowledgement.origin == "library")
    people = len(evidence.acknowledgements) - library
    if not library:
        return ""
    given = some(people, "was", "were") if people else "none was"
    return f"{given[0].upper()}{given[1:]} given by people; {some(library, 'is', 'are')} limitations of the library."


def _inventory_intro(evidence: Evidence) -> str:
    stores = evidence.inventory
    own = sum(1 for store in stores if store.encryption == "customer_key")
    data = [store for store in stores if store.role == "data" and store.classification is not DataClassification.NO_PHI]
    kept = sum(1 for store in data if store.backup == "selected")
    return (
        f"Of {some(len(stores), 'store')}, {own:,} use a customer-managed key. Of {len(data):,} that are no copies, "
        f"logs or notices, backup plans of these templates take {kept:,}."
    )


def _runtime_intro(evidence: Evidence) -> str:
    proven = sum(1 for rule in evidence.config_rules if rule.proven_by)
    every = len(evidence.config_rules)
    watched = sum(1 for rule in evidence.config_rules if rule.deployed)
    return (
        f"Of the {every} rules of AWS Config's HIPAA conformance pack, rules at synth make the same check for "
        f"{proven}, and only run time can tell {every - proven}. These templates set up {watched} of them."
    )


def _rules_intro(evidence: Evidence) -> str:
    found = sum(1 for rule in evidence.rules.values() if rule.counts.total)
    rules = some(len(evidence.rules), "rule")
    return f"{rules}, of which {found:,} found something to inspect. A check is one rule on one resource."
