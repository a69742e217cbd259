"""What a hook answers CloudFormation: whether it goes on, and an annotation for each finding; imports no aws_cdk.

The form is that of docs.aws.amazon.com/cloudformation-cli/latest/hooks-userguide/
lambda-hooks-create-lambda-function.html; the lengths are those of docs.aws.amazon.com/AWSCloudFormation/latest/
APIReference/API_Annotation.html.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from hipaa_constructs.compliance.acknowledgements.acknowledgement import Acknowledgement, place_of
from hipaa_constructs.compliance.assess import Assessment
from hipaa_constructs.compliance.rule import Finding, listed

# CloudFormation shows 4,096 characters of the message, Cloud Control and the hook's result 1,024.
_MESSAGE = 1_024
_TEXT = 16_384
# No limit is documented, and nobody reads more; the message still counts all.
_MOST: Final = 100
_REGULATION = "https://www.ecfr.gov/current/title-45/section-"
_RUNBOOK = "To go on without it: 'When the hook stands in the way' in docs/runbook.md of hipaa_constructs."

Answer = Mapping[str, Any]


def passed(token: str, message: str, annotations: Sequence[Mapping[str, str]] = ()) -> Answer:
    """Let the operation go on."""
    return {
        "hookStatus": "SUCCESS",
        "message": _cut(message, _MESSAGE),
        "clientRequestToken": token,
        "annotations": list(annotations),
    }


def broken(token: str, problem: str) -> Answer:
    """Say that the hook itself failed, so that nobody looks for a fault in the template."""
    return {
        "hookStatus": "FAILED",
        "errorCode": "InternalFailure",
        "message": _cut(
            f"The hook itself failed, which says nothing about the template: {problem.rstrip('.')}. {_RUNBOOK}",
            _MESSAGE,
        ),
        "clientRequestToken": token,
    }


def judged(token: str, assessment: Assessment) -> Answer:
    """Refuse what an error stands open in; warnings, and what only deployment can tell, are annotations alone."""
    # The gravest first, since not all may be shown.
    standing = sorted(assessment.open, key=_weight)
    errors = [finding for finding in standing if _weight(finding) == 0]
    annotations = [*map(_annotation, standing), *(_accepted(*one) for one in assessment.governed.acknowledged)][:_MOST]
    if not errors:
        return passed(token, _counted(assessment, standing), annotations)
    named = listed(f"{finding.rule_id} ({place_of(finding)})" for finding in errors)
    return {
        **passed(token, f"{_counted(assessment, standing)} {named}.", annotations),
        "hookStatus": "FAILED",
        "errorCode": "NonCompliant",
    }


def unreadable(token: str, problem: str) -> Answer:
    """Refuse a template that nobody can judge."""
    return {
        **passed(token, f"The template cannot be read: {problem}"),
        "hookStatus": "FAILED",
        "errorCode": "NonCompliant",
    }


def _counted(assessment: Assessment, standing: Sequence[Finding]) -> str:
    numbers = [sum(_weight(finding) == weight for finding in standing) for weight in range(3)]
    words = (("error", "errors"), ("warning", "warnings"), ("that only deployment can tell",) * 2)
    said = [f"{number} {word[number > 1]}" for number, word in zip(numbers, words, strict=True) if number]
    accepted = len(assessment.governed.acknowledged)
    said += [f"{accepted} acknowledged"] if accepted else []
    return f"HIPAA rules: {', '.join(said) or 'nothing was found'}."


def _weight(finding: Finding) -> int:
    return 2 if finding.outcome == "unknown" else 0 if finding.severity == "error" else 1


def _annotation(finding: Finding) -> Mapping[str, str]:
    return {
        "annotationName": finding.rule_id,
        # What only deployment can tell did not fail.
        "status": "SKIPPED" if finding.outcome == "unknown" else "FAILED",
        "statusMessage": _cut(f"{place_of(finding).strip('/') or 'Template'}: {finding.message}", _TEXT),
        "remediationMessage": _cut(finding.fix, _TEXT),
        "remediationLink": _link(finding),
        "severityLevel": ("HIGH", "MEDIUM", "LOW")[_weight(finding)],
    }


def _accepted(finding: Finding, one: Acknowledgement) -> Mapping[str, str]:
    until = f" until {one.expires}" if one.expires else ""
    return {
        "annotationName": finding.rule_id,
        "status": "SKIPPED",
        "statusMessage": _cut(f"{place_of(finding)}: accepted by {one.approved_by}{until}. {one.reason}", _TEXT),
        "remediationMessage": "Nothing to do, as long as the acknowledgement holds.",
        "remediationLink": _link(finding),
        "severityLevel": "INFORMATIONAL",
    }


def _link(finding: Finding) -> str:
    """Return the page of the regulation that the rule is about; a rule's own text is in the message."""
    return f"{_REGULATION}{finding.controls[0].partition('(')[0]}"


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"
