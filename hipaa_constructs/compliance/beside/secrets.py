"""What is said of secrets: of a database's password and its copies, and of one text that stands in several places."""

from __future__ import annotations

from collections.abc import Iterator

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.compliance.beside.parts import Failures, Fixed, Part, with_fix
from hipaa_constructs.compliance.facts.master_passwords import MASTER_PASSWORDS, copied_from
from hipaa_constructs.compliance.facts.outside_secrets import CHANGED
from hipaa_constructs.compliance.rule import Finding
from hipaa_constructs.compliance.rules.access.no_literal_secrets import readable
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


def texts(found: Failures) -> Iterator[Part]:
    """Yield that a template shows a secret at one place, with that it shows the same at another.

    A database speaks before what else has its password.
    """
    told = [(result.resource, finding, readable(result.resource)) for result, finding in found.of_rule(_LITERAL)]
    told.sort(key=lambda one: (one[1].severity != "error", one[0].type not in MASTER_PASSWORDS))
    for number, (resource, finding, shown) in enumerate(told):
        first = next(
            (one for other, one, more in told[:number] if other.template is resource.template and shown <= more), None
        )
        if shown and first is not None:
            goes = resource.type == "AWS::SecretsManager::Secret" and is_copy(resource)
            said = f"So does {resource.logical_id}: {finding.message}"
            yield Part(first, finding, said, None if goes else with_fix(finding))
