"""What is said of messages and events that fail: of who sends them, and of the function that takes them."""

from __future__ import annotations

from collections.abc import Iterator

from hipaa_constructs.compliance.beside.parts import Failures, Part, with_fix
from hipaa_constructs.compliance.rules.recovery.failed_messages_kept import functions_called

_KEPT = "FailedMessagesKept"


def senders(found: Failures) -> Iterator[Part]:
    """Yield that what a topic or a rule could not hand to functions is dropped, with that what these failed at is."""
    for result, finding in found.of_rule(_KEPT):
        functions = functions_called(result.resource)
        speakers = [found.at(function, _KEPT) if function is not None else None for function in functions]
        if functions and None not in speakers:
            for speaker in speakers:
                if speaker is not None:
                    said = f"So is it with {finding.resource_logical_id}, which calls it: {finding.message}"
                    yield Part(speaker, finding, said, with_fix(finding))
