"""What is said of secrets: of a database's password and its copies."""

from __future__ import annotations

from collections.abc import Iterator

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.compliance.beside.parts import Failures, Fixed, Part
from hipaa_constructs.compliance.facts.master_passwords import MASTER_PASSWORDS, copied_from
from hipaa_constructs.compliance.facts.outside_secrets import CHANGED
from hipaa_constructs.compliance.rule import Finding
from hipaa_constructs.compliance.rules.access.secret_rotated import is_copy

_LITERAL, _MANAGED, _ROTATED = "NoLiteralSecrets", "MasterPasswordManaged", "SecretRotated"
_FIXED = "so nothing changes it."


def passwords(found: Failures) -> Iterator[Part]:
    """Yield that nothing changes a database's password, with that the template shows it: one fix ends both."""
    for result, finding in found.of_rule(_MANAGED):
        speaker = found.at(result.resource, _LITERAL)
        if speaker is not None and MASTER_PASSWORDS[result.resource.type][0] in speaker.message:
            said = "Nothing changes it." if finding.message.endswith(_FIXED) else finding.message
            yield Part(speaker, finding, said, _managed(finding))


def _managed(finding: Finding) -> Fixed:
    # A reference to another secret and the service's own would not go together.
    return lambda fix: f"{finding.fix} {CHANGED}" if CHANGED in fix else finding.fix


def copies(found: Failures) -> Iterator[Part]:
    """Yield that nothing rotates a copy of a database's password, with what ends in the copy's removal."""
    for result, finding in found.of_rule(_ROTATED):
        database = copied_from(result.resource) if is_copy(result.resource) else None
        speaker = found.at(database, _MANAGED) if database is not None else None
        if speaker is not None:
            said = f"{finding.resource_logical_id} is a copy of it: {result.verdict.seen[0]}"
            yield Part(speaker, finding, said, _without(result.resource), gone=True)


def _without(secret: Resource) -> Fixed:
    name = secret.logical_id
    return lambda fix: f"{fix} Whoever reads {name} is given the secret that the service makes, and {name} goes."
