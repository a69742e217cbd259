"""What acknowledgements and the baseline are held to: the rules, without how they are judged."""

from __future__ import annotations

from hipaa_constructs.compliance.rule import MetaRule
from hipaa_constructs.compliance.said import RENEWAL_DAYS

# To accept a finding is a decision about a risk. The documents that 164.316 speaks of are policies and procedures.
_ACCEPTED_RISK = ("164.308(a)(1)(ii)(B)",)
# What an acknowledgement or the baseline leaves is a risk that somebody answers for.
_DECISION = (
    "To accept a finding is a part of managing risks, which is a decision by somebody, for a reason, for a time: "
    "https://www.ecfr.gov/current/title-45/section-164.308."
)

APPROVED = MetaRule(
    "AcknowledgementApproved",
    "Acknowledgements name who approved them",
    "error",
    _ACCEPTED_RISK,
    "Acknowledge with hipaa_constructs.acknowledge and approved_by= the person or role that answers for it.",
    "Compliant: approved_by names somebody. Non-compliant: it is empty, in code or in the file. " + _DECISION,
)
IN_FORCE = MetaRule(
    "AcknowledgementInForce",
    "Acknowledgements are in force",
    "error",
    _ACCEPTED_RISK,
    "Mend the finding, or have the acknowledgement reviewed and give it a new end date.",
    "Compliant: it has an end date, and that is not past. Non-compliant: it has none, or ended: what it "
    "accepted stands open again. " + _DECISION,
)
KNOWN = MetaRule(
    "AcknowledgementKnown",
    "Acknowledgements name a rule that exists",
    "error",
    _ACCEPTED_RISK,
    "Correct the rule id; `hipaa-constructs rules` lists them.",
    "Compliant: a rule of this package or of a pack that ran has the id. Non-compliant: none has, so that it "
    "accepts nothing. " + _DECISION,
)
NARROW = MetaRule(
    "AcknowledgementNarrow",
    "Acknowledgements stand on a construct, not on a stack or more",
    "error",
    _ACCEPTED_RISK,
    "Acknowledge on the construct that the finding names.",
    "Compliant: it stands on the construct of the finding, or on a part of a stack. Non-compliant: it covers "
    "a stack, a stage or the app, so that it also accepts what comes later. Not asked of rules about a "
    "template as a whole. " + _DECISION,
)
REASONED = MetaRule(
    "AcknowledgementReasoned",
    "Acknowledgements give the fact that makes them acceptable",
    "error",
    _ACCEPTED_RISK,
    "State the fact in a sentence: what is there instead, or why the rule does not hold here.",
    "Compliant: the reason states a fact in words. Non-compliant: it is empty, a word or two, or a phrase "
    "that would fit anything. " + _DECISION,
)
RENEWED = MetaRule(
    "AcknowledgementRenewed",
    f"Acknowledgements are renewed {RENEWAL_DAYS} days before they end",
    "warning",
    _ACCEPTED_RISK,
    "Review it now, before the finding comes back.",
    "Compliant: more days are left than the rule names. Non-compliant: it ends sooner; it is in force until "
    "then. " + _DECISION,
)
SHORT = MetaRule(
    "AcknowledgementShort",
    "Acknowledgements end within a year",
    "warning",
    _ACCEPTED_RISK,
    "Give it an end date within a year, and look at it again then.",
    "Compliant: it ends within 366 days. Non-compliant: later, so that nobody looks at the risk for more than "
    "a year. " + _DECISION,
)
USED = MetaRule(
    "AcknowledgementUsed",
    "Acknowledgements match a finding",
    "warning",
    _ACCEPTED_RISK,
    "Remove it, or correct its rule id or path.",
    "Compliant: it accepts a finding. Non-compliant: it accepts none, or only a part of one, for what it was "
    "written for is mended, or its id or path is another. Of a pack that did not run, nothing is said. " + _DECISION,
)
RULES = (APPROVED, IN_FORCE, KNOWN, NARROW, REASONED, RENEWED, SHORT, USED)

MENDED_IN_TIME = MetaRule(
    "BaselineInForce",
    "Known findings are mended by the day that the baseline gives",
    "error",
    _ACCEPTED_RISK,
    "Mend the findings; or have the risk looked at again, and take them up anew with `hipaa-constructs baseline "
    "--update --accept-new`, an owner and a day.",
    "Compliant: the day that the baseline gives a finding is to come. Non-compliant: it is past, and the "
    "finding is still there. " + _DECISION,
)
SHRUNK = MetaRule(
    "BaselineUsed",
    "Entries of the baseline match a finding",
    "warning",
    _ACCEPTED_RISK,
    "Run `hipaa-constructs baseline --update`, so that what is mended cannot come back unseen.",
    "Compliant: what an entry names is still found. Non-compliant: it is not, so that the entry would hide it "
    "if it came back. " + _DECISION,
)
BASELINE_RULES = (MENDED_IN_TIME, SHRUNK)
