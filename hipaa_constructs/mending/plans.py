"""What is done about a finding: the values that its rule's fix sets, or what has to stand beside the resource."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from hipaa_constructs.cloudformation.sam import own_name
from hipaa_constructs.compliance.engine import all_rules
from hipaa_constructs.compliance.fix import CUSTOMER_KEY, Choose, Fix, with_items
from hipaa_constructs.compliance.rule import PREFIX, Finding, Rule
from hipaa_constructs.mending import (
    apis,
    balancers,
    databases,
    distributions,
    failures,
    firewalls,
    grants,
    groups,
    images,
    networks,
    pools,
    ranges,
    records,
    refusals,
    roles,
    runtimes,
    sources,
    stores,
    warehouses,
    workflows,
)
from hipaa_constructs.mending.draft import DECIDED, GIVEN, CannotMendError, Draft, is_function, listed, replace
from hipaa_constructs.mending.keys import key_for
from hipaa_constructs.mending.parameters import narrow, secrets_hidden

Plan = Callable[[Draft, Finding], None]

# Rules whose fix says more than the values to set. The judgement after it tells whether they were enough.
_ENOUGH_IF_PROVEN = frozenset(
    {
        "AuditBucketRetention",
        "BackupRetained",
        "BucketEncryptedWithCustomerKey",
        "BucketNotPublic",
        "BucketVersioned",
        "DatabaseEncrypted",
        "DatabaseEncryptedWithCustomerKey",
        "DatabaseIamAuthenticated",
        "DistributionLogged",
        "NoPublicAddress",
        "StoreEncrypted",
        "StoreEncryptedWithCustomerKey",
        "TrailRecordsDataEvents",
        "TrailRecordsEverywhere",
        "UserPoolSignUpClosed",
        "VolumeEncrypted",
        "WorkloadInPrivateSubnet",
    }
)
# Rules whose fix is sure for the rule, and would be a guess about something that no template shows.
_GUESSES: Mapping[str, str] = {
    "ApiDefaultAddressClosed": "Whether clients still call API Gateway's own address only its owner knows.",
    "ContainerFilesReadOnly": "Where its programs write, beside volumes, only their owner knows.",
    "EndpointNotPublic AWS::EKS::Cluster": "Whether somebody administers it from outside only its owner knows.",
    "FileTransferEncrypted AWS::Transfer::Server": "Which protocols its partners speak only its owner knows.",
    "TargetTlsRequired": "Whether its targets speak TLS only their owner knows.",
    "UserPoolClientFlowsSafe": "Which sign-in its clients were written for only their owner knows.",
    "UserPoolMfaRequired": "How people who have an account already come to a second factor only its owner knows.",
    "UserPoolThreatsBlocked": "Whether to pay for the plan Plus, by the user, only its owner decides.",
    "WarehouseTrafficInVpc": "Whether its subnets lead to S3, from which it loads, only its owner knows.",
}
_BESIDE: Mapping[str, Plan] = {
    "ApiAccessLogged": apis.requests_logged,
    "ApiAccessLogged AWS::ApiGatewayV2::Stage": records.api_logs,
    "ApiExecutionLogged": apis.execution_logged,
    "ApiLoggingKept": stores.api_logging_kept,
    "BucketAccessLogged": records.access_logs,
    "BucketAclsDisabled": refusals.no_acls,
    "BucketOriginSigned": distributions.origins_signed,
    "BucketTlsRequired": refusals.bucket_tls,
    "DataGrantsNameResources": grants.resources_named,
    "DatabaseActivityLogged": databases.parameters_set,
    "DatabaseActivityLogged AWS::Redshift::Cluster": warehouses.statements_recorded,
    "DatabaseActivityLogged AWS::RedshiftServerless::Workgroup": warehouses.statements_recorded,
    "DatabaseLogsExported AWS::RDS::DBCluster": databases.logs_exported,
    "DatabaseLogsExported AWS::RDS::DBInstance": databases.logs_exported,
    "DatabaseTlsMinimum": databases.parameters_set,
    "DatabaseTlsRequired": databases.parameters_set,
    "DefaultSecurityGroupClosed": groups.default_group_closed,
    "DeletionProtected AWS::ElasticLoadBalancingV2::LoadBalancer": stores.balancer_protected,
    "DnsQueriesLogged": records.dns_queries,
    "EdgeWafAttached AWS::ApiGateway::Deployment": firewalls.stage_behind_firewall,
    "EdgeWafAttached AWS::ApiGateway::Stage": firewalls.stage_behind_firewall,
    "FailedMessagesKept AWS::Events::Rule": failures.of_rule,
    "FailedMessagesKept AWS::Lambda::EventSourceMapping": failures.of_mapping,
    "FailedMessagesKept AWS::Lambda::Function": failures.of_function,
    "FailedMessagesKept AWS::SNS::Subscription": failures.of_subscription,
    "FailedMessagesKept AWS::SQS::Queue": failures.of_queue,
    "FileSystemTlsRequired": refusals.file_system_tls,
    "FunctionInVpc": networks.function_in_vpc,
    "FunctionLogsKept": records.function_logs,
    "FunctionNetworkRightsClosed AWS::IAM::Policy": refusals.network_rights,
    "FunctionNetworkRightsClosed AWS::IAM::Role": refusals.network_rights,
    "ImageTagsImmutable": stores.tags_fixed,
    "ImagesPinned AWS::Batch::JobDefinition": images.pinned,
    "ImagesPinned AWS::ECS::TaskDefinition": images.pinned,
    "InvalidHeadersDropped": balancers.headers_dropped,
    "LoadBalancerLogged AWS::ElasticLoadBalancing::LoadBalancer": records.classic_balancer_logs,
    "LoadBalancerLogged AWS::ElasticLoadBalancingV2::LoadBalancer": records.balancer_logs,
    "LoadBalancerTlsRequired": balancers.listener_tls,
    "LoadBalancerWafAttached": firewalls.balancer_behind_firewall,
    "MultiAz AWS::DocDB::DBCluster": databases.second_instance,
    "MultiAz AWS::Neptune::DBCluster": databases.second_instance,
    "MultiAz AWS::RDS::DBCluster": databases.second_instance,
    "NoLiteralSecrets": secrets_hidden,
    "QueueTlsRequired AWS::SNS::Topic": refusals.topic_tls,
    "QueueTlsRequired AWS::SQS::Queue": refusals.queue_tls,
    "ResourceUseMonitored AWS::RDS::DBCluster": databases.monitored,
    "ResourceUseMonitored AWS::RDS::DBInstance": databases.monitored,
    "RoleTrustsOneService": roles.one_service,
    "RuntimeSupported": runtimes.runtime_current,
    "SecurityGroupNotOpen AWS::EC2::SecurityGroup": ranges.ingress_narrowed,
    "SecurityGroupNotOpen AWS::EC2::SecurityGroupIngress": ranges.ingress_narrowed,
    "ServiceLogged AWS::StepFunctions::StateMachine": workflows.logged,
    "ServiceAccessScoped AWS::S3::BucketPolicy": sources.of_account,
    "ServiceAccessScoped AWS::SNS::TopicPolicy": sources.of_account,
    "ServiceAccessScoped AWS::SQS::QueuePolicy": sources.of_account,
    "ServicesActForAccount": refusals.for_account,
    "StoreBackedUp": stores.backed_up,
    "StoreBackedUp AWS::EFS::FileSystem": stores.file_system_backed_up,
    "StoreEncryptedWithCustomerKey AWS::CodeBuild::Project": stores.build_under_key,
    "StoreEncryptedWithCustomerKey AWS::StepFunctions::StateMachine": workflows.under_key,
    "UserPoolPasswordsStrong": pools.passwords_strong,
    "VpcFlowLogged": records.flow_log,
}
_ONE_SUBNET = "the id of a private subnet"


# Rules of which a finding speaks for other resources too; their plans mend one.
_SAID_ONCE = frozenset(
    {
        "DatabaseIamAuthenticated",
        "DnsQueriesLogged",
        "FunctionLogsKept",
        "NoPublicAddress",
        "ResourceUseMonitored",
        "RuntimeSupported",
        "ServicesActForAccount",
        "StoreBackedUp",
        "StoreEncrypted",
        "StoreEncryptedWithCustomerKey",
    }
)


def plan_for(finding: Finding) -> Plan:
    """Return what is done about a finding, and about the other resources for which it speaks.

    :raises CannotMendError: nothing is sure.
    """
    if finding.rule_id.removeprefix(PREFIX) not in _SAID_ONCE:
        return _plan_for(finding)
    return partial(_each, _plan_for(finding))


def _each(plan: Plan, draft: Draft, finding: Finding) -> None:
    plan(draft, finding)
    for name in draft.alike:
        kind = str(draft.resource(name).get("Type"))
        other = dataclasses.replace(finding, resource_logical_id=name, resource_type=kind)
        (plan if kind == finding.resource_type else _plan_for(other))(draft, other)


def _plan_for(finding: Finding) -> Plan:
    """Return what is done about the resource of a finding.

    :raises CannotMendError: nothing is sure.
    """
    name, kind = finding.rule_id.removeprefix(PREFIX), finding.resource_type
    rule = next((one for one in all_rules() if one.name == name), None)
    if rule is None:
        raise CannotMendError("It is about the check itself or about what no rule can read, not about a value.")
    for key in (f"{name} {kind}", name):
        if key in _GUESSES:
            raise CannotMendError(_GUESSES[key])
        if key in _BESIDE:
            return _BESIDE[key]
    if _is_told_otherwise(rule, finding):
        raise CannotMendError(f"How is its owner's decision. {finding.fix}")
    fix = rule.fix_of(kind)
    is_more = fix is not None and bool(fix.beside or fix.template) and name not in _ENOUGH_IF_PROVEN
    if fix is None or is_more or not (fix.properties or fix.attributes):
        raise CannotMendError(f"How is its owner's decision. {finding.fix if _is_tailored(fix, finding) else rule.fix}")
    if name == "RetainedOnDelete" and kind == "AWS::S3::Bucket":
        return partial(stores.bucket_kept, fix)
    if name == "AuditBucketLocked":
        return partial(stores.trail_bucket_locked, partial(_set, fix))
    if name == "DeletionProtected" and kind == "AWS::DynamoDB::Table":
        return partial(stores.table_protected, partial(_set, fix))
    return partial(_set, fix)


def _is_told_otherwise(rule: Rule, finding: Finding) -> bool:
    """Whether the finding's own fix sets nothing, where that of others of its type does."""
    own = (one for one in rule.fixes if one.when is not None and finding.resource_type in one.resource_types)
    return any(
        not (one.properties or one.attributes) and finding.fix in (one.in_cloudformation(), one.in_cdk()) for one in own
    )


def _is_tailored(fix: Fix | None, finding: Finding) -> bool:
    """Whether what the finding says is to be done is said of its resource alone."""
    general = (fix.in_cloudformation(), fix.in_cdk()) if fix is not None and fix.tailor is not None else (finding.fix,)
    return finding.fix not in general


def _set(fix: Fix, draft: Draft, finding: Finding) -> None:
    raw, properties = draft.resource(finding.resource_logical_id), draft.properties(finding.resource_logical_id)
    chosen: dict[str, Any] = {}
    for cloudformations, value in fix.properties.items():
        path = _as_written(raw, cloudformations)
        parts = path.removeprefix("?").split(".")
        if "[]" not in path and narrow(draft, _at(properties, parts), parts[-1], value):
            continue
        if fix.keeps:
            value = with_items(_at(properties, parts), value)
        if _is_there(properties, parts, only_there=path.startswith("?")):
            chosen[path] = _choose(draft, finding, value)
    attributes = stores.not_kept(raw, fix.attributes)
    try:
        mended = Fix(properties=chosen, attributes=attributes).apply(raw)
    except ValueError:
        raise CannotMendError(DECIDED) from None
    replace(raw, mended, first=list(attributes))


def _as_written(raw: Mapping[str, Any], path: str) -> str:
    """Return a path by the names that the resource's own type has for it."""
    asked = "?" if path.startswith("?") else ""
    head, *rest = path.removeprefix("?").split(".")
    return asked + ".".join([own_name(str(raw.get("Type")), head), *rest])


def _is_there(holder: Any, path: Sequence[str], *, only_there: bool) -> bool:
    """Whether a fix sets something at a path; what deployment decides there is an error."""
    head, rest = path[0], path[1:]
    name = head.removesuffix("[]")
    if holder is None:
        return not only_there
    if is_function(holder) or not isinstance(holder, dict) or is_function(holder.get(name)):
        raise CannotMendError(DECIDED)
    if not rest:
        return True
    if name == head:
        return _is_there(holder.get(name), rest, only_there=only_there) if name in holder else not only_there
    # Each is asked, since one that deployment decides is an error though another may be set.
    there = [_is_there(item, rest, only_there=only_there) for item in listed(holder.get(name) or [])]
    return any(there)


def _at(holder: Any, path: Sequence[str]) -> Any:
    for name in path:
        holder = holder.get(name) if isinstance(holder, dict) else None
    return holder


def _choose(draft: Draft, finding: Finding, value: Any) -> Any:
    if isinstance(value, Choose):
        return _chosen(draft, finding, value)
    if isinstance(value, dict):
        return {key: _choose(draft, finding, item) for key, item in value.items()}
    return [_choose(draft, finding, item) for item in value] if isinstance(value, (list, tuple)) else value


def _chosen(draft: Draft, finding: Finding, value: Choose) -> Any:
    if value == CUSTOMER_KEY:
        return dict(key_for(draft, finding.resource_logical_id, finding.resource_type))
    if value == _ONE_SUBNET:
        subnets = draft.given("private-subnets")
        # A parameter holds the whole list.
        return {"Fn::Select": [0, subnets]} if is_function(subnets) else listed(subnets)[0]
    name = next((name for name, what in GIVEN.items() if what == value), None)
    if name is None:
        raise CannotMendError(f"Only its owner knows {value}.")
    return draft.given(name)
