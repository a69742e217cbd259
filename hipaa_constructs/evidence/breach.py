"""What a breach would be assessed and told from: logs, who is told, and the clock. It decides nothing about a breach.

The terms are those of 45 CFR 164.404(b), 164.406(b), 164.408 and 164.410(b).
"""

from __future__ import annotations

from collections.abc import Sequence

from hipaa_constructs.evidence.labels import some
from hipaa_constructs.evidence.model import Evidence

# What assessing an incident asks for, and the rule that shows whether these templates give it.
_LOGS = (
    ("Who called AWS, in every Region", "HIPAA.Constructs-TrailRecordsEverywhere"),
    ("Who read and wrote objects, and worked with tables and functions", "HIPAA.Constructs-TrailRecordsDataEvents"),
    ("That nobody changed these records", "HIPAA.Constructs-TrailValidated"),
    ("Who talked to whom in the network", "HIPAA.Constructs-VpcFlowLogged"),
    ("Logs kept for six years", "HIPAA.Constructs-LogGroupRetention"),
    ("Alarms and findings that reach somebody", "HIPAA.Constructs-AlertTopicSubscribed"),
)
_CLOCK = (
    ("Whoever is affected", "Without unreasonable delay, 60 calendar days after discovery at the latest (164.404(b))."),
    ("The media, for more than 500 residents of a State", "As soon, and 60 days at the latest (164.406(b))."),
    ("The Secretary of HHS, for 500 people or more", "Together with the notice to those affected (164.408(b))."),
    ("The Secretary of HHS, for fewer", "Within 60 days after the end of the calendar year (164.408(c))."),
    ("The covered entity, by a business associate", "60 calendar days after discovery at the latest (164.410(b))."),
)
_ATTESTED = ("breach_procedure", "contacts", "incident_plan")


def breach_of(evidence: Evidence) -> Sequence[tuple[str, Sequence[tuple[str, str]]]]:
    """Return lists of what and how it stands, each under a title."""
    people = [(one.title, _attested(one.status, one.owner)) for one in evidence.attestations if one.id in _ATTESTED]
    return (
        ("What is recorded", [(what, _shown(evidence, rule)) for what, rule in _LOGS]),
        ("Who acts", people),
        ("By when", _CLOCK),
    )


def _shown(evidence: Evidence, rule_id: str) -> str:
    counts = evidence.rules[rule_id].counts
    if not counts.total:
        return "These templates hold nothing of it."
    if counts.passed == counts.total:
        return f"{some(counts.passed, 'check')} passed."
    return f"{counts.passed:,} of {some(counts.total, 'check')} passed; the others are failed, undecided or accepted."


def _attested(status: str, owner: str) -> str:
    return {"current": f"Attested by {owner}.", "overdue": f"Overdue, with {owner}."}.get(status, "Not attested.")
