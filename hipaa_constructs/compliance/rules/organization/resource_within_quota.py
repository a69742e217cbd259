"""Resources are within the quotas of AWS.

What is beyond a quota is refused only at deployment, often halfway through it. Compliant: what is known of it is within
the quota; what deployment fills in counts nothing, so that no sound resource is refused. Non-compliant: a function's
environment, a template or a definition in a text, or a list exceeds it, or an account gets more of a type in one Region
than it may have; what it has already, no template tells. A warning: it exceeds a quota that AWS raises on request.
Not applicable: a resource without what is limited, or of which nothing can be read.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping

from hipaa_constructs.cloudformation.model import App, Resource
from hipaa_constructs.cloudformation.values import UNKNOWN, as_items, dig
from hipaa_constructs.compliance.facts.quotas import Quota, known_bytes, quotas
from hipaa_constructs.compliance.fix import Fix
from hipaa_constructs.compliance.rule import NOT_APPLICABLE, PASSED, Rule, Verdict, failed, worst

_PROPERTIES = quotas()["properties"]
_IN_ACCOUNT: Mapping[str, Quota] = {kind: Quota.of(entry) for kind, entry in quotas()["in_account_and_region"].items()}
_FUNCTION, _ROLE = "AWS::Lambda::Function", "AWS::IAM::Role"
_PACKS = ("AWS::Config::ConformancePack", "AWS::Config::OrganizationConformancePack")


def check(resource: Resource) -> Verdict:
    return worst(_verdicts(resource))


def _verdicts(resource: Resource) -> Iterator[Verdict]:
    if resource.type in _IN_ACCOUNT:
        yield _counted(resource, _IN_ACCOUNT[resource.type])
    for entry in _PROPERTIES:
        if entry["type"] == resource.type:
            yield _judge(resource, entry["path"], entry["unit"], Quota.of(entry))


def _judge(resource: Resource, path: str, unit: str, quota: Quota) -> Verdict:
    value = dig(resource.properties, path)
    if value is None or value is UNKNOWN:
        # What cannot be read has no size yet, and AWS refuses to deploy what is too large.
        return NOT_APPLICABLE
    return quota.judge(path, len(as_items(value)) if unit == "items" else known_bytes(value), unit)


def _counted(resource: Resource, quota: Quota) -> Verdict:
    """Judge how many of a type one account gets in one Region, all of them at the first."""
    app = resource.template.app
    peers = _written(app)[_place(resource)]
    # What is written is counted first, so that the answer depends on no condition where there are few.
    if len(peers) <= quota.limit:
        return PASSED
    peers = [one for one in peers if app.is_there(one)]
    if len(peers) <= quota.limit or peers[0] is not resource:
        return PASSED
    return failed(
        f"An account gets {len(peers)} of its type in one Region; AWS takes {quota.limit} ({quota.source}).", at=""
    )


_Place = tuple[str, str, str]


def _written(app: App) -> Mapping[_Place, list[Resource]]:
    return app.cached("resource_within_quota", _by_place)


def _by_place(app: App) -> Mapping[_Place, list[Resource]]:
    places: dict[_Place, list[Resource]] = defaultdict(list)
    for kind in _IN_ACCOUNT:
        for resource in app.resources.get(kind, ()):
            places[_place(resource)].append(resource)
    return places


def _place(resource: Resource) -> _Place:
    """Return type, account and Region; where only deployment tells these, the template stands for them."""
    template = resource.template
    if template.account is None or template.region is None:
        return resource.type, "", template.name
    return resource.type, template.account, template.region


RULE = Rule(
    name="ResourceWithinQuota",
    severity="error",
    resource_types=tuple(dict.fromkeys((*(entry["type"] for entry in _PROPERTIES), *_IN_ACCOUNT))),
    controls=("164.308(a)(8)",),
    fix="Keep less in it, or split it.",
    fixes=(
        Fix(
            ("AWS::CloudFormation::StackSet",),
            beside="Keep the template in S3, and name it by TemplateURL instead of TemplateBody: so it may have 1 MB.",
        ),
        Fix(_PACKS, beside="Keep the template in S3, and name it by TemplateS3Uri instead of TemplateBody."),
        Fix(
            (_ROLE,),
            beside="Put statements together in fewer policies, or have the quota of managed policies per role raised.",
            constructs=("LeastPrivilegeRole",),
        ),
        Fix(
            (_FUNCTION,),
            beside="Keep settings in Parameter Store or AppConfig, from where the function reads them, and put layers "
            "together.",
        ),
        Fix(
            ("AWS::StepFunctions::StateMachine",),
            beside="Split the definition into state machines that call each other, or keep it in S3 by "
            "DefinitionS3Location.",
        ),
        Fix(
            ("AWS::CloudTrail::Trail",),
            beside="Record with fewer trails: one of all Regions and accounts takes the place of many.",
            constructs=("AuditTrail",),
        ),
        Fix(
            ("AWS::Logs::ResourcePolicy",),
            beside="Let one policy name several services, or all log groups below a common prefix.",
        ),
    ),
    check=check,
)
