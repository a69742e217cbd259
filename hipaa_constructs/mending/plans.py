"""What is done about a finding: the values that its rule's fix sets, or what has to stand beside the resource."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeGuard

from hipaa_constructs.compliance.engine import all_rules
from hipaa_constructs.compliance.fix import CUSTOMER_KEY, Choose, Fix
from hipaa_constructs.compliance.rule import PREFIX, Finding
from hipaa_constructs.compliance.rules.access.services_act_for_account import SERVICES
from hipaa_constructs.mending.additions import (
    add_statement,
    deny_plain_http,
    join,
    log_bucket_of_balancers,
    log_bucket_of_buckets,
    log_group,
    policy,
)
from hipaa_constructs.mending.draft import ACCOUNT, DECIDED, CannotMendError, Draft, is_about, is_function, listed
from hipaa_constructs.mending.keys import key_for

Plan = Callable[[Draft, Finding], None]

# Rules whose fix says more than the values to set. The judgement after it tells whether they were enough.
_ENOUGH_IF_PROVEN = frozenset(
    {
        "AuditBucketRetention",
        "BackupRetained",
        "BucketNotPublic",
        "BucketVersioned",
        "DatabaseEncryptedWithCustomerKey",
        "DatabaseIamAuthenticated",
        "NoPublicAddress",
        "TrailRecordsDataEvents",
        "TrailRecordsEverywhere",
        "VolumeEncrypted",
    }
)
# Rules whose fix is sure for the rule, and would be a guess about something that no template shows.
_GUESSES: Mapping[str, str] = {
    "EndpointNotPublic AWS::EKS::Cluster": "Whether somebody administers it from outside only its owner knows.",
    "FileTransferEncrypted AWS::Transfer::Server": "Which protocols its partners speak only its owner knows.",
    "TargetTlsRequired": "Whether its targets speak TLS only their owner knows.",
    "UserPoolClientFlowsSafe": "Which sign-in its clients were written for only their owner knows.",
    "UserPoolMfaRequired": "How people who have an account already come to a second factor only its owner knows.",
}
_NO_FIX = "What to do is a decision that no value makes: hipaa-constructs explain tells the ways."


def plan_for(finding: Finding) -> Plan:
    """Return what is done about a finding.

    :raises CannotMendError: nothing is sure.
    """
    name = finding.rule_id.removeprefix(PREFIX)
    rule = next((one for one in all_rules() if one.name == name), None)
    if rule is None:
        raise CannotMendError("It is about the check itself or about what no rule can read, not about a value.")
    for key in (name, f"{name} {finding.resource_type}"):
        if key in _GUESSES:
            raise CannotMendError(_GUESSES[key])
        if key in _BESIDE:
            return _BESIDE[key]
    fix = rule.fix_of(finding.resource_type)
    if fix is None or not (fix.properties or fix.attributes):
        raise CannotMendError(_NO_FIX)
    if (fix.beside or fix.template) and name not in _ENOUGH_IF_PROVEN:
        raise CannotMendError(_NO_FIX)
    return lambda draft, found: _set(draft, found, fix)


def _set(draft: Draft, finding: Finding, fix: Fix) -> None:
    raw, properties = draft.resource(finding.resource_logical_id), draft.properties(finding.resource_logical_id)
    chosen: dict[str, Any] = {}
    for path, value in fix.properties.items():
        if _is_there(properties, path.removeprefix("?").split("."), only_there=path.startswith("?")):
            chosen[path] = _choose(draft, finding, value)
    try:
        mended = Fix(properties=chosen, attributes=fix.attributes).apply(raw)
    except ValueError:
        raise CannotMendError(DECIDED) from None
    # Where a list or an optional part is not there, nothing may have been set: an empty Properties is not left.
    _replace(raw, mended, first=list(fix.attributes))


def _replace(raw: dict[str, Any], mended: Mapping[str, Any], first: list[str]) -> None:
    """Make ``raw`` what ``mended`` is; attributes go where people look for them, behind the type."""
    kept = {key: value for key, value in mended.items() if key in raw or key not in first}
    new = {key: mended[key] for key in first if key not in raw}
    raw.clear()
    for key, value in kept.items():
        raw[key] = value
        if key == "Type":
            raw.update(new)
    if not raw.get("Properties", True):
        del raw["Properties"]


def _is_there(holder: Any, path: list[str], *, only_there: bool) -> bool:
    """Whether a fix sets something at a path; what deployment decides there is an error."""
    head, rest = path[0], path[1:]
    name = head.removesuffix("[]")
    if holder is None:
        return not only_there
    if is_function(holder) or not isinstance(holder, dict):
        raise CannotMendError(DECIDED)
    value = holder.get(name)
    if not rest:
        if is_function(value):
            raise CannotMendError(DECIDED)
        return True
    if name == head:
        return _is_there(value, rest, only_there=only_there) if name in holder or not only_there else False
    if is_function(value):
        raise CannotMendError(DECIDED)
    # Each is asked, since one that deployment decides is an error though another may be set.
    there = [_is_there(item, rest, only_there=only_there) for item in listed(value)] if value else []
    return any(there)


def _choose(draft: Draft, finding: Finding, value: Any) -> Any:
    if isinstance(value, Choose):
        if value == CUSTOMER_KEY:
            return dict(key_for(draft, finding.resource_logical_id, finding.resource_type))
        raise CannotMendError(f"Only its owner knows {value}.")
    if isinstance(value, dict):
        return {key: _choose(draft, finding, item) for key, item in value.items()}
    return [_choose(draft, finding, item) for item in value] if isinstance(value, (list, tuple)) else value


def _access_logs(draft: Draft, finding: Finding) -> None:
    properties = draft.properties(finding.resource_logical_id)
    _require_undecided(properties.get("LoggingConfiguration"))
    properties["LoggingConfiguration"] = {
        "DestinationBucketName": dict(log_bucket_of_buckets(draft)),
        "LogFilePrefix": f"{finding.resource_logical_id}/",
    }


def _no_acls(draft: Draft, finding: Finding) -> None:
    properties = draft.properties(finding.resource_logical_id)
    _require_undecided(properties.get("OwnershipControls"), properties.get("AccessControl"))
    if properties.get("AccessControl", "Private") != "Private":
        raise CannotMendError("Who reads or writes it by its ACL, and needs a bucket policy instead, no template says.")
    properties.pop("AccessControl", None)
    properties["OwnershipControls"] = {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}


def _bucket_tls(draft: Draft, finding: Finding) -> None:
    name = finding.resource_logical_id
    draft.resource(name)
    arns = [{"Fn::GetAtt": [name, "Arn"]}, {"Fn::Sub": f"${{{name}.Arn}}/*"}]
    add_statement(draft, name, "AWS::S3::BucketPolicy", "Bucket", deny_plain_http("s3:*", arns), first=[])


def _queue_tls(draft: Draft, finding: Finding) -> None:
    name = finding.resource_logical_id
    draft.resource(name)
    arn = {"Fn::GetAtt": [name, "Arn"]}
    statement = deny_plain_http(["sqs:SendMessage", "sqs:ReceiveMessage"], arn)
    add_statement(draft, name, "AWS::SQS::QueuePolicy", "Queues", statement, first=[])


def _topic_tls(draft: Draft, finding: Finding) -> None:
    name = finding.resource_logical_id
    draft.resource(name)
    # A policy of its own takes the place of SNS's default one, by which alarms of the account publish.
    alarms = {
        "Sid": "AlarmsOfThisAccount",
        "Effect": "Allow",
        "Principal": {"Service": "cloudwatch.amazonaws.com"},
        "Action": "sns:Publish",
        "Resource": {"Ref": name},
        "Condition": {"StringEquals": {"aws:SourceAccount": ACCOUNT}},
    }
    told = any(raw.get("Type") in _ALARMS for _, raw in draft.naming(name))
    statement = deny_plain_http("sns:Publish", {"Ref": name})
    add_statement(draft, name, "AWS::SNS::TopicPolicy", "Topics", statement, first=[alarms] if told else [])


_ALARMS = ("AWS::CloudWatch::Alarm", "AWS::CloudWatch::CompositeAlarm")


def _file_system_tls(draft: Draft, finding: Finding) -> None:
    properties = draft.properties(finding.resource_logical_id)
    deny = {**deny_plain_http("*", "*"), "Principal": {"AWS": "*"}}
    del deny["Resource"]
    if properties.get("FileSystemPolicy") is not None:
        join(properties["FileSystemPolicy"], deny)
        return
    # With a policy, only those may mount whom it lets in; without one, all that reach a mount target may:
    # docs.aws.amazon.com/efs/latest/ug/iam-access-control-nfs-efs.html#default-filesystempolicy.
    clients = {
        "Sid": "ClientsOfMountTargets",
        "Effect": "Allow",
        "Principal": {"AWS": "*"},
        "Action": [f"elasticfilesystem:Client{action}" for action in ("Mount", "RootAccess", "Write")],
        "Condition": {"Bool": {"elasticfilesystem:AccessedViaMountTarget": "true"}},
    }
    properties["FileSystemPolicy"] = policy(clients, deny)


def _file_system_backed_up(draft: Draft, finding: Finding) -> None:
    properties = draft.properties(finding.resource_logical_id)
    _require_undecided(properties.get("BackupPolicy"))
    properties["BackupPolicy"] = {"Status": "ENABLED"}


def _function_logs(draft: Draft, finding: Finding) -> None:
    name = finding.resource_logical_id
    raw, properties = draft.resource(name), draft.properties(name)
    _require_undecided(properties.get("LoggingConfig"))
    if not _may_log_anywhere(draft, raw, properties.get("Role")):
        raise CannotMendError("Whether its role may write to another log group its policies do not show.")
    group = log_group(draft, f"{name}Logs", condition=raw.get("Condition"))
    properties["LoggingConfig"] = {**properties.get("LoggingConfig", {}), "LogGroup": {"Ref": group}}


# AWS's own policies that let a function write to every log group, by the end of their names.
_LOGGING_POLICIES = (
    "AWSLambdaBasicExecutionRole",
    "AWSLambdaDynamoDBExecutionRole",
    "AWSLambdaKinesisExecutionRole",
    "AWSLambdaSQSQueueExecutionRole",
    "AWSLambdaVPCAccessExecutionRole",
    "CloudWatchLogsFullAccess",
)


def _may_log_anywhere(draft: Draft, raw: Mapping[str, Any], role: Any) -> bool:
    if role is None:
        # AWS SAM makes one with AWSLambdaBasicExecutionRole.
        return str(raw.get("Type")).startswith("AWS::Serverless::")
    for name, found in draft.of_type("AWS::IAM::Role"):
        if not is_about(role, name):
            continue
        properties = found["Properties"]
        managed = [str(one) for one in listed(properties.get("ManagedPolicyArns", []))]
        if any(policy in one for one in managed for policy in _LOGGING_POLICIES):
            return True
        documents = [one.get("PolicyDocument") for one in listed(properties.get("Policies", [])) if _is_plain(one)]
        for _, one in draft.of_type("AWS::IAM::Policy", "AWS::IAM::ManagedPolicy"):
            if any(is_about(holder, name) for holder in listed(one["Properties"].get("Roles", []))):
                documents.append(one["Properties"].get("PolicyDocument"))
        return any(_lets_log(document) for document in documents)
    return False


def _lets_log(document: Any) -> bool:
    for statement in listed(document.get("Statement", [])) if _is_plain(document) else ():
        if not _is_plain(statement) or statement.get("Effect") != "Allow" or "Condition" in statement:
            continue
        actions = {str(action).lower() for action in listed(statement.get("Action"))}
        if not {"logs:putlogevents", "logs:put*", "logs:*", "*"} & actions:
            continue
        if not {"logs:createlogstream", "logs:create*", "logs:*", "*"} & actions:
            continue
        if any(_is_every_group(one) for one in listed(statement.get("Resource"))):
            return True
    return False


def _is_every_group(resource: Any) -> bool:
    text = str(resource.get("Fn::Sub", "")) if isinstance(resource, dict) else str(resource)
    parts = text.split(":", 5)
    if text == "*":
        return True
    group = parts[5] if len(parts) == 6 else ""
    return text.startswith("arn:") and "logs" in parts[2:3] and group in ("*", "log-group:*", "log-group:*:*", "*:*")


def _is_plain(value: Any) -> TypeGuard[dict[str, Any]]:
    return isinstance(value, dict) and not is_function(value)


def _balancer_protected(draft: Draft, finding: Finding) -> None:
    _set_attribute(draft, finding.resource_logical_id, "deletion_protection.enabled", "true")


def _balancer_logs(draft: Draft, finding: Finding) -> None:
    name = finding.resource_logical_id
    raw, properties = draft.resource(name), draft.properties(name)
    if is_function(properties.get("Type")):
        raise CannotMendError(DECIDED)
    if properties.get("Type", "application") != "application":
        raise CannotMendError("A network load balancer logs only TLS listeners, into a bucket that it has to itself.")
    bucket, written_first = log_bucket_of_balancers(draft)
    _set_attribute(draft, name, "access_logs.s3.enabled", "true")
    _set_attribute(draft, name, "access_logs.s3.bucket", dict(bucket))
    _after(raw, written_first)


def _classic_balancer_logs(draft: Draft, finding: Finding) -> None:
    name = finding.resource_logical_id
    raw, properties = draft.resource(name), draft.properties(name)
    _require_undecided(properties.get("AccessLoggingPolicy"))
    bucket, written_first = log_bucket_of_balancers(draft)
    properties["AccessLoggingPolicy"] = {"Enabled": True, "S3BucketName": dict(bucket)}
    _after(raw, written_first)


def _after(raw: dict[str, Any], name: str) -> None:
    """Let a resource be made after another: a load balancer writes a test file when its logs are switched on."""
    before = listed(raw.get("DependsOn", []))
    if name not in before:
        depends = [*before, name] if before else name
        mended = {**raw, "DependsOn": depends}
        _replace(raw, mended, first=["DependsOn"])


def _set_attribute(draft: Draft, name: str, key: str, value: Any) -> None:
    properties = draft.properties(name)
    attributes = properties.setdefault("LoadBalancerAttributes", [])
    if not isinstance(attributes, list) or any(map(is_function, attributes)):
        raise CannotMendError(DECIDED)
    for attribute in attributes:
        if attribute.get("Key") == key:
            if is_function(attribute.get("Value")):
                raise CannotMendError(DECIDED)
            attribute["Value"] = value
            return
    attributes.append({"Key": key, "Value": value})


def _flow_log(draft: Draft, finding: Finding) -> None:
    name = finding.resource_logical_id
    condition = draft.resource(name).get("Condition")
    if any(draft.of_type("AWS::EC2::FlowLog")):
        raise CannotMendError("There is a flow log, of which only its owner knows why it records no more.")
    group = log_group(draft, f"{name}FlowLogs", condition=condition)
    also = {"Condition": condition} if condition else {}
    arn = {"Fn::GetAtt": [group, "Arn"]}
    # docs.aws.amazon.com/vpc/latest/userguide/flow-logs-iam-role.html
    source = {"Fn::Sub": "arn:${AWS::Partition}:ec2:${AWS::Region}:${AWS::AccountId}:vpc-flow-log/*"}
    trust = {
        "Effect": "Allow",
        "Principal": {"Service": "vpc-flow-logs.amazonaws.com"},
        "Action": "sts:AssumeRole",
        "Condition": {"StringEquals": {"aws:SourceAccount": ACCOUNT}, "ArnLike": {"aws:SourceArn": source}},
    }
    deliver = {
        "Effect": "Allow",
        "Action": ["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"],
        "Resource": arn,
    }
    role = draft.add(
        f"{name}FlowLogsRole",
        {
            "Type": "AWS::IAM::Role",
            **also,
            "Properties": {
                "AssumeRolePolicyDocument": policy(trust),
                "Policies": [{"PolicyName": "Deliver", "PolicyDocument": policy(deliver)}],
            },
        },
    )
    draft.add(
        f"{name}FlowLog",
        {
            "Type": "AWS::EC2::FlowLog",
            **also,
            "Properties": {
                "ResourceType": "VPC",
                "ResourceId": {"Ref": name},
                "TrafficType": "ALL",
                "LogDestinationType": "cloud-watch-logs",
                "LogDestination": arn,
                "DeliverLogsPermissionArn": {"Fn::GetAtt": [role, "Arn"]},
            },
        },
    )


def _dns_queries(draft: Draft, finding: Finding) -> None:
    name = finding.resource_logical_id
    condition = draft.resource(name).get("Condition")
    also = {"Condition": condition} if condition else {}
    group = log_group(draft, f"{name}QueryLogs", condition=condition)
    config = draft.add(
        f"{name}QueryLogging",
        {
            "Type": "AWS::Route53Resolver::ResolverQueryLoggingConfig",
            **also,
            "Properties": {"DestinationArn": {"Fn::GetAtt": [group, "Arn"]}},
        },
    )
    draft.add(
        f"{name}QueryLoggingAssociation",
        {
            "Type": "AWS::Route53Resolver::ResolverQueryLoggingConfigAssociation",
            **also,
            "Properties": {"ResolverQueryLogConfigId": {"Ref": config}, "ResourceId": {"Ref": name}},
        },
    )


def _for_account(draft: Draft, finding: Finding) -> None:
    document = draft.properties(finding.resource_logical_id).get("AssumeRolePolicyDocument")
    if not _is_plain(document):
        raise CannotMendError(DECIDED)
    for statement in listed(document.get("Statement", [])):
        if not _is_plain(statement) or not _is_plain(statement.get("Principal")):
            continue
        services = listed(statement["Principal"].get("Service", []))
        if not any(service in SERVICES for service in services):
            continue
        if set(statement["Principal"]) != {"Service"} or not all(service in SERVICES for service in services):
            raise CannotMendError("Its statement lets in others too, whom a condition on the source would keep out.")
        conditions = statement.setdefault("Condition", {})
        _require_undecided(conditions, conditions.get("StringEquals") if isinstance(conditions, dict) else None)
        conditions.setdefault("StringEquals", {})["aws:SourceAccount"] = dict(ACCOUNT)


def _require_undecided(*values: Any) -> None:
    if any(map(is_function, values)):
        raise CannotMendError(DECIDED)


_BESIDE: Mapping[str, Plan] = {
    "BucketAccessLogged": _access_logs,
    "BucketAclsDisabled": _no_acls,
    "BucketTlsRequired": _bucket_tls,
    "DeletionProtected AWS::ElasticLoadBalancingV2::LoadBalancer": _balancer_protected,
    "DnsQueriesLogged": _dns_queries,
    "FileSystemTlsRequired": _file_system_tls,
    "FunctionLogsKept": _function_logs,
    "LoadBalancerLogged AWS::ElasticLoadBalancing::LoadBalancer": _classic_balancer_logs,
    "LoadBalancerLogged AWS::ElasticLoadBalancingV2::LoadBalancer": _balancer_logs,
    "QueueTlsRequired AWS::SNS::Topic": _topic_tls,
    "QueueTlsRequired AWS::SQS::Queue": _queue_tls,
    "ServicesActForAccount": _for_account,
    "StoreBackedUp AWS::EFS::FileSystem": _file_system_backed_up,
    "VpcFlowLogged": _flow_log,
}
