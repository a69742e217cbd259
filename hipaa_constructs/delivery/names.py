"""What a workflow has to know of its roles, by name."""

from __future__ import annotations

GITHUB_URL = "https://token.actions.githubusercontent.com"


def synth_role(prefix: str) -> str:
    """Return the role of the job that synthesizes."""
    return f"{prefix}-synth"


def reading_role(prefix: str, wave: str) -> str:
    """Return the role of the job that reads a wave's accounts."""
    return f"{prefix}-read-{wave}"


def deploying_role(prefix: str, wave: str) -> str:
    """Return the role of the job that deploys a wave."""
    return f"{prefix}-deploy-{wave}"
