"""That the gate could not judge an app, which has to fail its synth; imports no aws_cdk."""

from __future__ import annotations

from hipaa_constructs.compliance.rule import MetaRule

RULE = MetaRule(
    "AppJudged",
    "The gate could judge the app",
    "error",
    ("164.308(a)(8)",),
    "Mend the file that the message names; where it names none, report it with what stands above on standard error.",
    "Compliant: the gate judged the app. Non-compliant: it could not, for a file that it cannot read or a "
    "fault of its own, so that nothing is known of the app and its synthesis fails. What was not evaluated "
    "cannot be told to be safe: https://www.ecfr.gov/current/title-45/section-164.308.",
)
