"""Findings as SARIF 2.1.0, which code hosts show on the lines of the app, or else of the templates."""

from __future__ import annotations

from hipaa_constructs.compliance import sarif
from hipaa_constructs.evidence.model import Evidence


def as_sarif(evidence: Evidence) -> str:
    """Return the open findings alone: GitHub shows what is suppressed as an open alert.

    See github.com/github/codeql-action/issues/1230.
    """
    return sarif.as_sarif(evidence.findings, evidence.app)


def as_sarif_with_exceptions(evidence: Evidence) -> str:
    """Return the open findings, and as suppressed what somebody accepted."""
    accepted = [(finding, one.acknowledgement) for one in evidence.acknowledgements for finding in one.findings]
    return sarif.as_sarif(evidence.findings, evidence.app, accepted=accepted)
