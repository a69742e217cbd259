"""OpenSearch domains and collections say who may see which index, document and field.

Without it, whoever the domain's policy lets in reads all of it, and no audit log says what he read. Compliant:
fine-grained access control, which Security Hub's Opensearch.7 asks for (docs.aws.amazon.com/securityhub/latest/
userguide/opensearch-controls.html); a data access policy of OpenSearch Serverless that names roles, collections and
permissions. Non-compliant: off, which is the default, or nobody asked who he is while it is introduced
(``AnonymousAuthEnabled``); as a warning, since callers also need ``aoss:APIAccessAll`` by their own policies, a data
access policy for a whole account or any role, for all collections, or with ``aoss:*``, which deletes indexes too
(docs.aws.amazon.com/opensearch-service/latest/developerguide/serverless-data-access.html). Unknown: a policy that only
deployment knows. Not applicable: nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import UNKNOWN, Resolved, is_mapping, is_true, negate, spread
from hipaa_constructs.compliance.fix import MASTER_USER, Fix
from hipaa_constructs.compliance.rule import PASSED, Rule, Verdict, failed, judge, listed, unknown, worst
from hipaa_constructs.iam.document import parsed

_OPTIONS = "AdvancedSecurityOptions"
_DATA = "AWS::OpenSearchServerless::AccessPolicy"
# Everybody, a whole account, or any role or user of one.
_ANYBODY = re.compile(r"\*|\d{12}|arn:.+:iam::.*:(root|\*|(role|user)/\*)")
_EVERYTHING = re.compile(r"\*|collection/\*|index/\*(/\*)?")
_ALL = ("*", "aoss:*")


def _data_policy(policy: Resource) -> Verdict:
    grants = parsed(policy.get("Policy"))
    if not isinstance(grants, list):
        return unknown("Policy is known only at deployment.")
    return worst((PASSED, *(verdict for grant in grants for verdict in _granted(grant))))


def _granted(grant: Resolved) -> Iterator[Verdict]:
    if not is_mapping(grant):
        yield unknown("Policy is known only at deployment.")
        return
    principals = list(spread(grant, "Principal[]"))
    permissions = list(spread(grant, "Rules[].Permission[]"))
    resources = list(spread(grant, "Rules[].Resource[]"))
    anybody = [one for one in principals if isinstance(one, str) and _ANYBODY.fullmatch(one)]
    if anybody:
        yield failed(f"Policy names {listed(anybody)} for a principal.", severity="warning", at="Policy")
    if any(one in _ALL for one in permissions if isinstance(one, str)):
        yield failed("Policy grants aoss:*, deleting indexes included.", severity="warning", at="Policy")
    everything = [one for one in resources if isinstance(one, str) and _EVERYTHING.fullmatch(one)]
    if everything:
        yield failed(f"Policy grants it on {listed(dict.fromkeys(everything))}.", severity="warning", at="Policy")
    # A role or collection that deployment fills in was chosen by somebody; a permission says what may be done.
    if any(one is UNKNOWN for one in permissions):
        yield unknown("A permission in Policy is known only at deployment.", at="Policy")


def check(resource: Resource) -> Verdict:
    if resource.type == _DATA:
        return _data_policy(resource)
    return worst(
        (
            judge(
                is_true(resource.get(f"{_OPTIONS}.Enabled", False)),
                f"{_OPTIONS}.Enabled is not true.",
                unknown_message=f"{_OPTIONS} is known only at deployment.",
            ),
            judge(
                negate(is_true(resource.get(f"{_OPTIONS}.AnonymousAuthEnabled", False))),
                f"{_OPTIONS}.AnonymousAuthEnabled is true, so anybody is let in.",
                unknown_message=f"{_OPTIONS}.AnonymousAuthEnabled is known only at deployment.",
            ),
        )
    )


RULE = Rule(
    name="SearchAccessFineGrained",
    severity="error",
    resource_types=("AWS::Elasticsearch::Domain", _DATA, "AWS::OpenSearchService::Domain"),
    controls=("164.308(a)(4)(ii)(B)", "164.312(a)(1)", "164.312(d)"),
    fix="Turn fine-grained access control on, which cannot be turned off again; in a data access policy, name who does "
    "what.",
    fixes=(
        Fix(
            ("AWS::OpenSearchService::Domain",),
            {"AdvancedSecurityOptions": {"Enabled": True, "MasterUserOptions": {"MasterUserARN": MASTER_USER}}},
            cdk=(
                "opensearchservice.Domain(fine_grained_access_control=opensearchservice.AdvancedSecurityOptions("
                "master_user_arn=<the ARN of the role that administers it>))",
            ),
            constructs=("TlsSearchDomain",),
        ),
        Fix(
            ("AWS::Elasticsearch::Domain",),
            {"AdvancedSecurityOptions": {"Enabled": True, "MasterUserOptions": {"MasterUserARN": MASTER_USER}}},
        ),
        Fix(
            (_DATA,),
            beside="In Policy, Principal lists the ARNs of roles, Resource the collections by name, such as "
            "index/notes/*, and Permission what each needs, such as aoss:ReadDocument and aoss:WriteDocument.",
        ),
    ),
    check=check,
    phi_only=True,
)
