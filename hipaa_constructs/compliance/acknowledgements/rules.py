"""What acknowledgements and the baseline are held to: the rules, without how they are judged."""

from __future__ import annotations

from hipaa_constructs.compliance.rule import MetaRule
from hipaa_constructs.compliance.said import RENEWAL_DAYS

# To accept a finding is a decision about a risk. The documents that 164.316 speaks of are policies and procedures.
_ACCEPTED_RISK = ("164.308(a)(1)(ii)(B)",)

APPROVED = MetaRule(
    "AcknowledgementApproved",
    "Acknowledgements name who approved them",
    "error",
    _ACCEPTED_RISK,
    "Acknowledge with hipaa_constructs.acknowledge and approved_by= the person or role that answers for it.",
)
IN_FORCE = MetaRule(
    "AcknowledgementInForce",
    "Acknowledgements are in force",
    "error",
    _ACCEPTED_RISK,
    "Mend the finding, or have the acknowledgement reviewed and give it a new end date.",
)
KNOWN = MetaRule(
    "AcknowledgementKnown",
    "Acknowledgements name a rule that exists",
    "error",
    _ACCEPTED_RISK,
    "Correct the rule id; `hipaa-constructs rules` lists them.",
)
NARROW = MetaRule(
    "AcknowledgementNarrow",
    "Acknowledgements stand on a construct, not on a stack or more",
    "error",
    _ACCEPTED_RISK,
    "Acknowledge on the construct that the finding names.",
)
REASONED = MetaRule(
    "AcknowledgementReasoned",
    "Acknowledgements give the fact that makes them acceptable",
    "error",
    _ACCEPTED_RISK,
    "State the fact in a sentence: what is there instead, or why the rule does not hold here.",
)
RENEWED = MetaRule(
    "AcknowledgementRenewed",
    f"Acknowledgements are renewed {RENEWAL_DAYS} days before they end",
    "warning",
    _ACCEPTED_RISK,
    "Review it now, before the finding comes back.",
)
SHORT = MetaRule(
    "AcknowledgementShort",
    "Acknowledgements end within a year",
    "warning",
    _ACCEPTED_RISK,
    "Give it an end date within a year, and look at it again then.",
)
USED = MetaRule(
    "AcknowledgementUsed",
    "Acknowledgements match a finding",
    "warning",
    _ACCEPTED_RISK,
    "Remove it, or correct its rule id or path.",
)
RULES = (APPROVED, IN_FORCE, KNOWN, NARROW, REASONED, RENEWED, SHORT, USED)

MENDED_IN_TIME = MetaRule(
    "BaselineInForce",
    "Known findings are mended by the day that the baseline gives",
    "error",
    _ACCEPTED_RISK,
    "Mend the findings; or have the risk looked at again, and take them up anew with `hipaa-constructs baseline "
    "--update --accept-new`, an owner and a day.",
)
SHRUNK = MetaRule(
    "BaselineUsed",
    "Entries of the baseline match a finding",
    "warning",
    _ACCEPTED_RISK,
    "Run `hipaa-constructs baseline --update`, so that what is mended cannot come back unseen.",
)
BASELINE_RULES = (MENDED_IN_TIME, SHRUNK)
