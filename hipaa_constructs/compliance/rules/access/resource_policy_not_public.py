"""No resource policy admits everyone.

Compliant: every Allow names its principals, or ties a wildcard to an account, organization, network or
source; so does a resource without a policy, and the policy of an access point of S3 that a VPC alone reaches
(docs.aws.amazon.com/AmazonS3/latest/userguide/access-points-vpc.html), and that of a domain of OpenSearch in a VPC with
fine-grained access control, which leaves requests to that, as AWS recommends: named ARNs would keep out whoever signs
in by a password (docs.aws.amazon.com/opensearch-service/latest/developerguide/fgac.html#fgac-recommendations).
Non-compliant: an Allow for everyone. Not
applicable: the policy of a bucket of the app, which BucketNotPublic judges. Endpoint policies and the policies of REST
APIs are left out: the first only narrow what callers may do, the second stand behind an authorizer (ApiAuthorized).
Keys have KeyPolicyNotPublic.
"""

from __future__ import annotations

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import Ternary, Unknown, all_of, is_present, is_true, negate
from hipaa_constructs.compliance.facts.exposure import judge_policies
from hipaa_constructs.compliance.facts.policy_fixes import resource_fixes
from hipaa_constructs.compliance.rule import NOT_APPLICABLE, PASSED, Rule, Verdict, worst
from hipaa_constructs.iam.document import Statement, policies_at
from hipaa_constructs.iam.locations import RESOURCE_POLICIES

# Keys have a rule of their own.
_TYPES = tuple(kind for kind in RESOURCE_POLICIES if not kind.startswith("AWS::KMS::"))

_DOMAINS = ("AWS::Elasticsearch::Domain", "AWS::OpenSearchService::Domain")
_REQUESTS = "es:eshttp"


def check(resource: Resource) -> Verdict:
    if resource.type == "AWS::S3::BucketPolicy":
        bucket = resource.template.target(resource.get("Bucket"), "AWS::S3::Bucket")
        if bucket is not None:
            return NOT_APPLICABLE
    if resource.type == "AWS::S3::AccessPoint" and is_present(resource.get("VpcConfiguration")) is Ternary.YES:
        return PASSED
    if resource.type in _DOMAINS and _leaves_requests_to_users(resource):
        return PASSED
    return worst(judge_policies(resource, path, path.rpartition("[].")[2]) for path in RESOURCE_POLICIES[resource.type])


def _leaves_requests_to_users(domain: Resource) -> bool:
    """Whether a domain that only a VPC reaches asks by itself who may do what, and its policy is of requests alone."""
    certain = all_of(
        (
            is_present(domain.get("VPCOptions.SubnetIds")),
            is_true(domain.get("AdvancedSecurityOptions.Enabled")),
            negate(is_true(domain.get("AdvancedSecurityOptions.AnonymousAuthEnabled"))),
        )
    )
    return certain is Ternary.YES and all(
        not isinstance(policy, Unknown) and all(map(_is_of_requests, policy))
        for path in RESOURCE_POLICIES[domain.type]
        for policy in policies_at(domain, path)
    )


def _is_of_requests(statement: Statement) -> bool:
    """Whether a statement denies, or allows no more than requests of HTTP to a domain."""
    asks = (str(action).lower().startswith(_REQUESTS) for action in statement.actions)
    return statement.denies is Ternary.YES or (not statement.not_actions and all(asks))


RULE = Rule(
    name="ResourcePolicyNotPublic",
    severity="error",
    resource_types=_TYPES,
    controls=("164.312(a)(1)",),
    fix="Name the principals, or limit everyone to an account, organization, network or source.",
    fixes=resource_fixes(
        "name ARNs in Principal in place of *, or add a Condition on aws:PrincipalOrgID, "
        "aws:SourceAccount or aws:SourceVpce",
        "actions=<the actions>, principals=[<who>], resources=[<what>]",
        _TYPES,
    ),
    check=check,
)
