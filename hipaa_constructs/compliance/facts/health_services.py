"""Buckets that services for health data write to, each by the role that it is given."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import Reference, Resolved, Ternary, Text, Unknown, is_one_of
from hipaa_constructs.iam.roles import documents_of, trusted_principals

# Whom the role of a job trusts, by what jobs write:
# docs.aws.amazon.com/healthlake/latest/devguide/getting-started.html,
# …/healthimaging/latest/devguide/getting-started-setting-up.html, …/omics/latest/dev/permissions-service.html,
# …/comprehend-medical/latest/dev/security-iam-permissions.html. Amazon Transcribe has one for what people dictate of
# patients and for every other talk, and is none of them.
SERVICES: Final[Mapping[str, str]] = {
    "comprehendmedical.amazonaws.com": "Amazon Comprehend Medical",
    "healthlake.amazonaws.com": "AWS HealthLake",
    "medical-imaging.amazonaws.com": "AWS HealthImaging",
    "omics.amazonaws.com": "AWS HealthOmics",
}
_BUCKET, _PUT = "AWS::S3::Bucket", "s3:PutObject"


def written_by(role: Resource) -> Iterator[tuple[Resource, str]]:
    """Yield each bucket that a role lets a service for health data write to, by its name, and that service.

    What names no bucket, other rules tell.
    """
    service = _service_of(role)
    for policy in documents_of(role, with_boundary=False) if service else ():
        for statement in policy if not isinstance(policy, Unknown) else ():
            puts = statement.allows is Ternary.YES and statement.covers_action(_PUT) is Ternary.YES
            for item in statement.resources if puts and not statement.not_actions else ():
                bucket = _bucket(item, role)
                if bucket is not None:
                    yield bucket, service


def _service_of(role: Resource) -> str:
    """Return for which of the services a role is; empty for none."""
    trusted = trusted_principals(role)
    found = [] if isinstance(trusted, Unknown) else [value for kind, value in trusted if kind == "Service"]
    names = (name for name in SERVICES if any(is_one_of(value, name) is Ternary.YES for value in found))
    return SERVICES.get(next(names, ""), "")


def _bucket(item: Resolved, role: Resource) -> Resource | None:
    """Return the bucket of the app whose objects a policy's resource stands for."""
    first = item.parts[0] if isinstance(item, Text) and item.parts else None
    if isinstance(first, Reference):
        return role.template.target(first, _BUCKET)
    plain = isinstance(item, str) and not isinstance(item, Text)
    return role.template.target(str(item).partition("/")[0] if plain else item, _BUCKET)
