"""Resources belong to services that AWS still runs.

Compliant: a service whose end is announced for a day after that of the check. Non-compliant: one that has ended, so
that nothing of it can be deployed, and nothing watches what it held; it is said at the first of a template's resources
of the service. Not applicable: the others; a service without an announced end, closed to new customers or not.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.compliance.facts.support_dates import judge_support, support_of
from hipaa_constructs.compliance.fix import Fix
from hipaa_constructs.compliance.rule import NOT_APPLICABLE, Rule, Verdict

_TABLE = "service"
# What AWS names in place of a service: the notice of each one's end, from the page that the table is read from.
_NEXT: Mapping[str, str] = {
    "AWS::AppMesh": "Service Connect of ECS or to VPC Lattice",
    "AWS::Evidently": "feature flags of AppConfig",
    "AWS::Greengrass": "AWS::GreengrassV2",
    "AWS::Inspector": "AWS::InspectorV2",
    "AWS::KinesisAnalytics": "Managed Service for Apache Flink, AWS::KinesisAnalyticsV2,",
    "AWS::MediaStore": "S3",
    "AWS::OpsWorks": "Systems Manager",
    "AWS::OpsWorksCM": "Systems Manager",
    "AWS::QLDB": "Aurora PostgreSQL",
    "AWS::WAF": "AWS::WAFv2",
    "AWS::WAFRegional": "AWS::WAFv2",
}


def check(resource: Resource) -> Verdict:
    if support_of(_TABLE, resource.type) is None or _first_like(resource) is not resource:
        return NOT_APPLICABLE
    return judge_support(resource.type, _TABLE, resource.type, resource.template.app.today, at="Type")


def _first_like(resource: Resource) -> Resource:
    """Return the first of a template's resources of the same service."""
    space = resource.type.rpartition("::")[0]
    alike = (one for one in resource.template.resources.values() if one.type.rpartition("::")[0] == space)
    return next(filter(resource.template.app.is_there, alike))


def _is_of(space: str) -> Callable[[Resource], bool]:
    return lambda resource: resource.type.startswith(f"{space}::")


RULE = Rule(
    name="ServiceSupported",
    severity="error",
    resource_types=("*",),
    controls=("164.308(a)(1)(ii)(B)", "164.308(a)(5)(ii)(B)"),
    fix="Move to the service that AWS names in place of the ended one.",
    fixes=(
        *(Fix(beside=f"Move to {successor} in its place.", when=_is_of(space)) for space, successor in _NEXT.items()),
        Fix(beside="Take what the service's end-of-support page names in its place."),
    ),
    check=check,
)
