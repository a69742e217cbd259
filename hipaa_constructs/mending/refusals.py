"""Who is turned away: whoever comes without TLS, by an ACL, or for another account."""

from __future__ import annotations

import copy
from typing import Any

from hipaa_constructs.compliance.rule import Finding
from hipaa_constructs.compliance.rules.access.services_act_for_account import SERVICES
from hipaa_constructs.mending.additions import add_statement, deny_plain_http, join, policy, unlike
from hipaa_constructs.mending.draft import (
    ACCOUNT,
    DECIDED,
    CannotMendError,
    Draft,
    is_plain,
    listed,
    require_undecided,
)


def no_acls(draft: Draft, finding: Finding) -> None:
    """Switch the ACLs of a bucket off."""
    properties = draft.properties(finding.resource_logical_id)
    require_undecided(properties.get("OwnershipControls"), properties.get("AccessControl"))
    if properties.get("AccessControl", "Private") != "Private":
        raise CannotMendError("Who reads or writes it by its ACL, and needs a bucket policy instead, no template says.")
    properties.pop("AccessControl", None)
    properties["OwnershipControls"] = {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}


def bucket_tls(draft: Draft, finding: Finding) -> None:
    """Deny everyone to come to a bucket without TLS."""
    name = finding.resource_logical_id
    draft.resource(name)
    arns = [{"Fn::GetAtt": [name, "Arn"]}, {"Fn::Sub": f"${{{name}.Arn}}/*"}]
    add_statement(draft, name, "AWS::S3::BucketPolicy", "Bucket", deny_plain_http("s3:*", arns), first=[])


def queue_tls(draft: Draft, finding: Finding) -> None:
    """Deny everyone to use a queue without TLS."""
    name = finding.resource_logical_id
    draft.resource(name)
    arn = {"Fn::GetAtt": [name, "Arn"]}
    statement = deny_plain_http(["sqs:SendMessage", "sqs:ReceiveMessage"], arn)
    add_statement(draft, name, "AWS::SQS::QueuePolicy", "Queues", statement, first=[])


def topic_tls(draft: Draft, finding: Finding) -> None:
    """Deny everyone to publish to a topic without TLS."""
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


def file_system_tls(draft: Draft, finding: Finding) -> None:
    """Deny everyone to mount a file system without TLS."""
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


def for_account(draft: Draft, finding: Finding) -> None:
    """Let services take a role for this account only."""
    document = draft.properties(finding.resource_logical_id).get("AssumeRolePolicyDocument")
    if not is_plain(document):
        raise CannotMendError(DECIDED)
    for statement in listed(document.get("Statement", [])):
        if not is_plain(statement) or not is_plain(statement.get("Principal")):
            continue
        services = listed(statement["Principal"].get("Service", []))
        if not any(service in SERVICES for service in services):
            continue
        statement = _apart(document, statement, services)
        conditions = statement.setdefault("Condition", {})
        require_undecided(conditions, conditions.get("StringEquals") if isinstance(conditions, dict) else None)
        conditions.setdefault("StringEquals", {})["aws:SourceAccount"] = dict(ACCOUNT)


# What Lambda does with network interfaces by a function's role, as AWS denies it to the function's code:
# docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html#configuration-vpc-best-practice.
_OF_LAMBDA = (
    "ec2:AssignPrivateIpAddresses",
    "ec2:CreateNetworkInterface",
    "ec2:DeleteNetworkInterface",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeSubnets",
    "ec2:DetachNetworkInterface",
    "ec2:UnassignPrivateIpAddresses",
)


def network_rights(draft: Draft, finding: Finding) -> None:
    """Deny the code of functions the rights on network interfaces that Lambda needs, in the policy that gives them."""
    properties = draft.properties(finding.resource_logical_id)
    inline = properties.get("Policies", []) if finding.resource_type == "AWS::IAM::Role" else [properties]
    documents = [one.get("PolicyDocument") for one in listed(inline) if is_plain(one)]
    # A function cannot be named in the role that it is made with.
    functions = {"Fn::Sub": "arn:${AWS::Partition}:lambda:${AWS::Region}:${AWS::AccountId}:function:*"}
    deny = {
        "Sid": "DenyCodeNetworkRights",
        "Effect": "Deny",
        "Action": list(_OF_LAMBDA),
        "Resource": "*",
        "Condition": {"ArnLike": {"lambda:SourceFunctionArn": functions}},
    }
    for document in documents:
        actions = [
            str(action).lower()
            for statement in (listed(document.get("Statement")) if is_plain(document) else ())
            for action in (listed(statement.get("Action")) if is_plain(statement) else ())
        ]
        if "ec2:createnetworkinterface" in actions:
            others = [one for one in actions if one.startswith("ec2:") and one not in map(str.lower, _OF_LAMBDA)]
            if others:
                raise CannotMendError("What its code does with EC2 only its owner knows.")
            join(document, deny)
            return
    raise CannotMendError(DECIDED)


def _apart(document: dict[str, Any], statement: dict[str, Any], services: list[Any]) -> dict[str, Any]:
    """Return the statement for the services alone that state a source; others would be kept out by the condition."""
    tied = [service for service in services if service in SERVICES]
    others = [service for service in services if service not in SERVICES]
    principal = {kind: value for kind, value in statement["Principal"].items() if kind != "Service"}
    if others:
        principal["Service"] = others if len(others) > 1 else others[0]
    if not principal:
        return statement
    own = copy.deepcopy(statement)
    own["Principal"] = {"Service": tied if len(tied) > 1 else tied[0]}
    if "Sid" in own:
        own["Sid"] = unlike(f"{own['Sid']}OfThisAccount", document["Statement"])
    statement["Principal"] = {kind: principal[kind] for kind in statement["Principal"] if kind in principal}
    document["Statement"] = [*listed(document["Statement"]), own]
    return own
