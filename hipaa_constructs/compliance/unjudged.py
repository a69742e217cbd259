"""That the gate could not judge an app, which has to fail its synth; imports no aws_cdk."""

from __future__ import annotations

from hipaa_constructs.compliance.rule import MetaRule

RULE = MetaRule(
    "AppJudged",
    "The gate could judge the app",
    "error",
    ("164.308(a)(8)",),
    "Mend the file that the message names; where it names none, report it with what stands above on standard error.",
)
