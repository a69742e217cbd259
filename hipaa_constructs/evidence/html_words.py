"""How the HTML report words what the model names, and under which status it shows it."""

from __future__ import annotations

from collections.abc import Mapping

# By the name that templates use. What ends in ``_status`` picks an icon and a colour, of which words stand beside.
WORDS: Mapping[str, Mapping[str | None, str]] = {
    "role_words": {
        "decides": "needed",
        "supports": "supports, never enough",
        "none": "",
    },
    # Under which icon and colour a column's word stands.
    "column_status": {
        "failed": "failed",
        "unknown": "unknown",
        "excepted": "acknowledged",
        "passed": "passed",
        "nothing_to_check": "nothing_to_check",
        "not_asked": "not_attested",
        "attested": "passed",
        "overdue": "failed",
        "not_attested": "not_attested",
        "alternative": "acknowledged",
        "not_reasonable": "acknowledged",
        "not_applicable": "not_applicable",
        "none": "not_applicable",
    },
    "decision_words": {
        "implemented": "Implemented",
        "alternative": "Alternative measure",
        "not_reasonable": "Not reasonable and appropriate",
        "not_applicable": "Not applicable",
    },
    "requirement_words": {
        "required": "Required",
        "addressable": "Addressable",
        None: "Standard",
    },
    "outcome_words": {
        "failed": "Failed",
        "unknown": "Undecided",
        "acknowledged": "Acknowledged",
        "passed": "Passed",
    },
    "status_meanings": {
        "open": "A check on the templates or an answer of the live account is a finding or is undecided, and nobody "
        "accepted that.",
        "not_attested": "Nothing is open, but evidence is missing: people have not attested their part, or a live "
        "account that has to be asked was not.",
        "nothing_to_check": "Checks on templates are needed, and these templates hold nothing that they look at.",
        "excepted": "Nothing is missing, and something was accepted: by whom, why and until when stands with it.",
        "met": "Every column that is needed holds: checks on templates, the live account, and people's attestations.",
        "not_applicable": "The organization said why the entry does not apply to it, and who decided that.",
    },
    "kind_words": {"config_rule": "(AWS Config)", "alarm": "(alarm)"},
    "origin_words": {
        "code": "acknowledged in code",
        "file": "reviewed file",
        "library": "stated by the library",
    },
    "acknowledgement_words": {
        "in_force": "In force",
        "ending": "Ends soon",
        "expired": "Expired",
        "unused": "Accepts nothing",
    },
    "attestation_words": {"current": "Attested", "overdue": "Overdue", "missing": "Not attested"},
    "attestation_status": {"current": "passed", "overdue": "failed", "missing": "not_attested"},
    "step_status": {"done": "passed", "overdue": "failed", "open": "not_attested"},
    "classification_words": {"PHI": "PHI", "PII": "Personal data", "NO_PHI": "No PHI"},
    "encryption_words": {
        "customer_key": "Customer-managed key",
        "aws_key": "Key that AWS manages",
        "none": "None",
        "unknown": "Known only at deployment",
    },
    "backup_words": {
        "selected": "In a backup plan",
        "not_selected": "In no backup plan",
        "unknown": "Known only at deployment",
        "not_applicable": "AWS Backup does not take it",
    },
    "origin_titles": {
        "hipaa-constructs": "Rules of hipaa-constructs, on the final templates",
        "cdk-nag": "Rules of cdk-nag's HIPAA pack, on the construct tree",
    },
}
# As 45 CFR part 164, subpart C titles its sections.
SECTIONS: Mapping[str, str] = {
    "164.308": "Administrative safeguards",
    "164.310": "Physical safeguards",
    "164.312": "Technical safeguards",
    "164.314": "Organizational requirements",
    "164.316": "Policies and procedures and documentation requirements",
}
