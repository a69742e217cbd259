"""How a message names its runbook: by the path, below docs, of the page that says what to do."""

from __future__ import annotations


def runbook_path(runbook: str) -> str:
    """Return how the runbook of that file name is called, such as ``runbooks/root-account-use``."""
    return f"runbooks/{runbook}"


def with_runbook(description: str, runbook: str) -> str:
    """Let a description, of an alarm or a rule, end with its runbook."""
    return f"{description}. Runbook: {runbook_path(runbook)}"
