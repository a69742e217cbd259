"""What acknowledgements are held to: the rules, without how they are judged."""

from __future__ import annotations

from hipaa_constructs.compliance.rule import MetaRule

RENEWAL_DAYS = 30

APPROVED = MetaRule(
    "AcknowledgementApproved",
    "Acknowledgements name who approved them",
    "error",
    (
        "164.308(a)(2)",
        "164.316(b)(1)",
    ),
    "Acknowledge with hipaa_constructs.acknowledge and approved_by= the person or role that answers for it.",
)
IN_FORCE = MetaRule(
    "AcknowledgementInForce",
    "Acknowledgements are in force",
    "error",
    (
        "164.308(a)(8)",
        "164.316(b)(2)(iii)",
    ),
    "Mend the finding, or have the acknowledgement reviewed and give it a new end date.",
)
KNOWN = MetaRule(
    "AcknowledgementKnown",
    "Acknowledgements name a rule that exists",
    "error",
    ("164.316(b)(1)",),
    "Correct the rule id; `hipaa-constructs rules` lists them.",
)
NARROW = MetaRule(
    "AcknowledgementNarrow",
    "Acknowledgements stand on a construct, not on a stack or more",
    "error",
    ("164.308(a)(1)(ii)(B)",),
    "Acknowledge on the construct that the finding names.",
)
REASONED = MetaRule(
    "AcknowledgementReasoned",
    "Acknowledgements give the fact that makes them acceptable",
    "error",
    ("164.316(b)(1)",),
    "State the fact in a sentence: what is there instead, or why the rule does not hold here.",
)
RENEWED = MetaRule(
    "AcknowledgementRenewed",
    f"Acknowledgements are renewed {RENEWAL_DAYS} days before they end",
    "warning",
    (
        "164.308(a)(8)",
        "164.316(b)(2)(iii)",
    ),
    "Review it now, before the finding comes back.",
)
USED = MetaRule(
    "AcknowledgementUsed",
    "Acknowledgements match a finding",
    "warning",
    ("164.316(b)(2)(iii)",),
    "Remove it, or correct its rule id or path.",
)
RULES = (APPROVED, IN_FORCE, KNOWN, NARROW, REASONED, RENEWED, USED)
