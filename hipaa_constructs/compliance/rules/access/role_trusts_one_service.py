"""A role is taken by one service.

A warning. What several services may take has the rights that any of them needs, and whoever may hand it to one of them
comes by the rights of the others: least privilege gives each a role of its own
(docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html#grant-least-privilege). Compliant: one service, or names
of one and the same, such as ``s3.amazonaws.com`` and ``batchoperations.s3.amazonaws.com``; pairs that AWS documents.
Non-compliant: several. Not applicable: roles of people, accounts and identity providers.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import UNKNOWN, Unknown
from hipaa_constructs.compliance.fix import Fix
from hipaa_constructs.compliance.rule import NOT_APPLICABLE, PASSED, Rule, Verdict, failed, listed, unknown
from hipaa_constructs.iam.locations import TRUST_POLICY
from hipaa_constructs.iam.roles import trusted_principals

_SUFFIX = re.compile(r"\.(amazon(aws)?\.com(\.cn)?|\$\{aws::urlsuffix\})$")
_REGION = re.compile(r"\.(\$\{aws::region\}|[a-z]{2}(-[a-z]+)+-\d)$")
# One service by two names, or two of which AWS has one role taken: Lambda@Edge
# (docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/lambda-edge-permissions.html), scaling of EMR
# (docs.aws.amazon.com/emr/latest/ManagementGuide/emr-automatic-scaling.html), OpenSearch's old name, and queries of
# Redshift by the clock (docs.aws.amazon.com/redshift/latest/mgmt/query-editor-schedule-query.html).
_SAME: Mapping[str, str] = {
    "application-autoscaling": "elasticmapreduce",
    "edgelambda": "lambda",
    "opensearchservice": "es",
    "redshift-serverless": "redshift",
}
TOGETHER = ({"events", "redshift"},)


def service_of(principal: str) -> str:
    """Return the service behind a principal, of which a part may stand before: ``scheduler.redshift``."""
    name = _REGION.sub("", _SUFFIX.sub("", principal.lower())).rpartition(".")[2]
    return _SAME.get(name, name)


def check(resource: Resource) -> Verdict:
    trusted = trusted_principals(resource)
    if isinstance(trusted, Unknown):
        return NOT_APPLICABLE
    named = [value for kind, value in trusted if kind == "Service"]
    if not named:
        return NOT_APPLICABLE
    services = sorted({service_of(value): value for value in named if isinstance(value, str)})
    if len(services) > 1 and set(services) not in TOGETHER:
        several = sorted({str(value) for value in named if value is not UNKNOWN})
        return failed(f"{TRUST_POLICY} lets {listed(several)} take the role.")
    if any(value is UNKNOWN for value in named):
        return unknown(f"Which services {TRUST_POLICY} names is known only at deployment.")
    return PASSED


RULE = Rule(
    name="RoleTrustsOneService",
    severity="warning",
    resource_types=("AWS::IAM::Role",),
    controls=("164.308(a)(4)(ii)(B)", "164.312(a)(1)"),
    fix="Give each service a role of its own, with the rights that it needs.",
    fixes=(
        Fix(
            template="AssumeRolePolicyDocument names one service in Principal; the others take roles of their own.",
            cdk=("iam.Role(assumed_by=iam.ServicePrincipal(<the service>))",),
            constructs=("LeastPrivilegeRole",),
        ),
    ),
    check=check,
)
