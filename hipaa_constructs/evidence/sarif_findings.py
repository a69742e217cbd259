"""Open findings as SARIF 2.1.0, which code hosts show on the lines of the app, or else of the templates."""

from __future__ import annotations

from hipaa_constructs.compliance import sarif
from hipaa_constructs.evidence.model import Evidence


def as_sarif(evidence: Evidence) -> str:
    """Return the open findings; what is acknowledged is no alert."""
    return sarif.as_sarif(evidence.findings, evidence.app)
