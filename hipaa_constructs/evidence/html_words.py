"""How the HTML report words what the model names, and under which status it shows it."""

from __future__ import annotations

from collections.abc import Mapping

# By the name that templates use. What ends in ``_status`` picks an icon and a colour, of which words stand beside.
WORDS: Mapping[str, Mapping[str | None, str]] = {
    "aws_words": {
        "technical": "Yes",
        "partial": "In part",
        "inherited": "Met by AWS's data centers",
        "none": "No: for people",
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
        "failed": "At least one check of its rules failed, and nobody accepted that.",
        "unknown": "Nothing failed, but a rule did not run or could not decide before deployment.",
        "acknowledged": "Nothing is open: every check passed or was accepted by someone, with a reason.",
        "passed": "Every check of its rules passed. People's part, stated with each entry, remains theirs.",
        "not_inspected": "Rules exist, and these templates hold nothing that they inspect.",
        "no_rule": "No rule can show that the entry is met: people meet it, or AWS does.",
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
    "attestation_words": {"current": "Current", "overdue": "Overdue", "missing": "Missing"},
    "attestation_status": {"current": "passed", "overdue": "failed", "missing": "unknown"},
    "classification_words": {"PHI": "PHI", "PII": "Personal data", "NO_PHI": "No PHI"},
    "encryption_words": {
        "customer_key": "Customer-managed key",
        "aws_key": "Key that AWS manages",
        "none": "None",
        "unknown": "Known only at deployment",
    },
    "encryption_status": {
        "customer_key": "passed",
        "aws_key": "acknowledged",
        "none": "failed",
        "unknown": "unknown",
    },
    "backup_words": {
        "selected": "Selected",
        "not_selected": "Not selected",
        "unknown": "Known only at deployment",
        "not_applicable": "Not taken by plans",
    },
    "backup_status": {
        "selected": "passed",
        "not_selected": "failed",
        "unknown": "unknown",
        "not_applicable": "no_rule",
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
