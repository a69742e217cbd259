"""What a template has to have beside a resource: policies against plain HTTP, buckets and groups for logs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from hipaa_constructs.cloudformation.naming import is_about
from hipaa_constructs.mending.draft import ACCOUNT, DECIDED, CannotMendError, Draft, is_function, listed, replace
from hipaa_constructs.mending.keys import key_for

# Six years and a day for leap years: 45 CFR 164.316(b)(2)(i).
KEPT_DAYS = 2192
KEPT: Mapping[str, Any] = {"DeletionPolicy": "Retain", "UpdateReplacePolicy": "Retain"}
_STAY = ("Retain", "RetainExceptOnCreate")
_LOG_BUCKET = "AccessLogs"
_S3_LOGS = "logging.s3.amazonaws.com"
# Source: docs.aws.amazon.com/elasticloadbalancing/latest/application/enable-access-logging.html.
_BALANCER_LOGS = "logdelivery.elasticloadbalancing.amazonaws.com"
_BLOCKED = ("BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets")


def deny_plain_http(actions: str | list[str], resources: Any, *, sid: str = "DenyPlainHttp") -> dict[str, Any]:
    """Return the statement that denies everyone to come without TLS."""
    return {
        "Sid": sid,
        "Effect": "Deny",
        "Principal": "*",
        "Action": actions,
        "Resource": resources,
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }


def policy(*statements: Mapping[str, Any]) -> dict[str, Any]:
    """Return a policy document."""
    return {"Version": "2012-10-17", "Statement": list(statements)}


def add_statement(
    draft: Draft, logical_id: str, kind: str, about: str, statement: Mapping[str, Any], *, first: list[Any]
) -> None:
    """Add a statement to the policy of a resource, or give it a policy of its own with that and ``first``.

    :param kind: the type of the policy.
    :param about: the policy's property that names the resource.
    """
    many = about.endswith("s")
    found = draft.policies_of(logical_id) if kind == "AWS::S3::BucketPolicy" else draft.of_type(kind)
    for other, raw in found:
        # A bucket has one policy, so that a second does not deploy, by whichever name it calls the bucket.
        if not many or any(is_about(one, logical_id) for one in listed(raw["Properties"].get(about))):
            document = draft.properties(other).get("PolicyDocument")
            join(document, statement)
            return
    named = {"Ref": logical_id}
    condition = draft.resource(logical_id).get("Condition")
    draft.add(
        f"{logical_id}Policy",
        {
            "Type": kind,
            **({"Condition": condition} if condition else {}),
            **(KEPT if kind == "AWS::S3::BucketPolicy" else {}),
            "Properties": {about: [named] if many else named, "PolicyDocument": policy(*first, statement)},
        },
    )
    if kind == "AWS::S3::BucketPolicy":
        _keep_policies(draft)


def _keep_policies(draft: Draft) -> None:
    """Let the policies of buckets that stay stay too, since BucketPolicyRetained asks it of all once one does."""
    for _, raw in draft.of_type("AWS::S3::BucketPolicy"):
        if raw.get("DeletionPolicy") in _STAY and raw.get("UpdateReplacePolicy") in _STAY:
            continue
        bucket = raw["Properties"].get("Bucket")
        stays = any(
            is_about(bucket, name) and draft.resource(name).get("DeletionPolicy") in _STAY
            for name, _ in draft.ids("AWS::S3::Bucket")
        )
        if stays:
            kept = {key: value for key, value in KEPT.items() if raw.get(key) not in _STAY}
            replace(raw, {**raw, **kept}, first=list(kept))


def join(document: Any, statement: Mapping[str, Any]) -> None:
    """Add a statement to a policy document.

    :raises CannotMendError: only deployment knows the document.
    """
    if not isinstance(document, dict) or is_function(document) or is_function(document.get("Statement")):
        raise CannotMendError(DECIDED)
    written = document.get("Statement")
    document["Statement"] = [
        *(listed(written) if written is not None else []),
        {**statement, "Sid": unlike(statement["Sid"], written)},
    ]


def unlike(sid: str, others: Any) -> str:
    """Return a Sid like this one that no statement of a policy has."""
    taken = {one.get("Sid") for one in listed(others) if isinstance(one, dict)}
    free, number = sid, 1
    while free in taken:
        number += 1
        free = f"{sid}{number}"
    return free


def log_bucket(draft: Draft, service: str, condition: Any) -> tuple[Mapping[str, Any], str]:
    """Return a reference to the template's bucket for access logs, which ``service`` may write to, and its policy's id.

    It is made on the condition of what logs there, if that is one for all; a bucket that nothing logs to is a finding.
    It is under S3's own key, the only one that log delivery supports
    (docs.aws.amazon.com/AmazonS3/latest/userguide/enable-server-access-logging.html).
    """
    for name, raw in draft.of_type("AWS::S3::BucketPolicy"):
        statements = raw["Properties"].get("PolicyDocument", {}).get("Statement")
        sids = [one.get("Sid") for one in statements if isinstance(one, dict)] if isinstance(statements, list) else []
        if {"DenyDeletion", "DenyOtherWriters"} <= set(sids) and "Ref" in raw["Properties"]["Bucket"]:
            bucket, policy_id = raw["Properties"]["Bucket"]["Ref"], name
            for made in (raw, draft.resource(bucket)):
                if made.get("Condition", condition) != condition:
                    del made["Condition"]
            break
    else:
        also = {"Condition": condition} if condition else {}
        bucket = draft.add(_LOG_BUCKET, {**_log_bucket(), **also})
        files = {"Fn::Sub": f"${{{bucket}.Arn}}/*"}
        statements = [
            deny_plain_http("s3:*", [{"Fn::GetAtt": [bucket, "Arn"]}, files]),
            {
                "Sid": "DenyDeletion",
                "Effect": "Deny",
                "Principal": "*",
                "Action": ["s3:DeleteObject", "s3:DeleteObjectVersion"],
                "Resource": files,
            },
            # An overwritten log would live on only as a noncurrent version; so nobody else may write.
            {
                "Sid": "DenyOtherWriters",
                "Effect": "Deny",
                "Principal": "*",
                "Action": "s3:PutObject",
                "Resource": files,
                "Condition": {"ForAllValues:StringNotEquals": {"aws:PrincipalServiceNamesList": []}},
            },
        ]
        made = {
            "Type": "AWS::S3::BucketPolicy",
            **also,
            **KEPT,
            "Properties": {"Bucket": {"Ref": bucket}, "PolicyDocument": policy(*statements)},
        }
        policy_id = draft.add(f"{bucket}Policy", made)
        _keep_policies(draft)
        statements = draft.resources[policy_id]["Properties"]["PolicyDocument"]["Statement"]
    _admit(statements, bucket, service)
    return {"Ref": bucket}, policy_id


def _admit(statements: list[Any], bucket: str, service: str) -> None:
    writers = next(one for one in statements if one.get("Sid") == "DenyOtherWriters")
    named = writers["Condition"]["ForAllValues:StringNotEquals"]["aws:PrincipalServiceNamesList"]
    if service in named:
        return
    named.append(service)
    tied: Mapping[str, Any] = {"StringEquals": {"aws:SourceAccount": ACCOUNT}}
    where = f"${{{bucket}.Arn}}/*"
    if service == _BALANCER_LOGS:
        balancers = "arn:${AWS::Partition}:elasticloadbalancing:${AWS::Region}:${AWS::AccountId}:loadbalancer/*"
        tied = {"ArnLike": {"aws:SourceArn": {"Fn::Sub": balancers}}}
        where = f"${{{bucket}.Arn}}/AWSLogs/${{AWS::AccountId}}/*"
    statements.append(
        {
            "Sid": "S3Logs" if service == _S3_LOGS else "LoadBalancerLogs",
            "Effect": "Allow",
            "Principal": {"Service": service},
            "Action": "s3:PutObject",
            "Resource": {"Fn::Sub": where},
            "Condition": tied,
        }
    )


def _log_bucket() -> dict[str, Any]:
    return {
        "Type": "AWS::S3::Bucket",
        **KEPT,
        "Properties": {
            "BucketEncryption": {
                "ServerSideEncryptionConfiguration": [{"ServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}]
            },
            "LifecycleConfiguration": {
                "Rules": [
                    {
                        "Id": "KeepLogs",
                        "Status": "Enabled",
                        "ExpirationInDays": KEPT_DAYS,
                        "NoncurrentVersionExpiration": {"NoncurrentDays": 7},
                        "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 7},
                    }
                ]
            },
            "OwnershipControls": {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]},
            "PublicAccessBlockConfiguration": dict.fromkeys(_BLOCKED, True),
            "VersioningConfiguration": {"Status": "Enabled"},
        },
    }


def log_bucket_of_buckets(draft: Draft, condition: Any) -> Mapping[str, Any]:
    """Return a reference to the bucket that other buckets of the template log to."""
    return log_bucket(draft, _S3_LOGS, condition)[0]


def log_bucket_of_balancers(draft: Draft, condition: Any) -> tuple[Mapping[str, Any], str]:
    """Return a reference to the bucket that load balancers log to, and what has to be there before they may."""
    return log_bucket(draft, _BALANCER_LOGS, condition)


def log_group(draft: Draft, name: str, *, condition: Any = None) -> str:
    """Add a log group with key and retention that stays, and return its logical id."""
    made = draft.add(
        name,
        {
            "Type": "AWS::Logs::LogGroup",
            **({"Condition": condition} if condition else {}),
            **KEPT,
            "Properties": {"KmsKeyId": None, "RetentionInDays": KEPT_DAYS},
        },
    )
    draft.properties(made)["KmsKeyId"] = dict(key_for(draft, made, "AWS::Logs::LogGroup"))
    return made


def allow(draft: Draft, role: str, name: str, actions: Sequence[str], resource: Mapping[str, Any] | str) -> None:
    """Let a role of the template do something to a resource, by the policy of a name that it has for that."""
    resource = resource if isinstance(resource, str) else dict(resource)
    policies = draft.properties(role).setdefault("Policies", [])
    if not isinstance(policies, list):
        raise CannotMendError(DECIDED)
    for one in policies:
        if isinstance(one, dict) and one.get("PolicyName") == name:
            statement = one["PolicyDocument"]["Statement"][0]
            if resource not in listed(statement["Resource"]):
                statement["Resource"] = [*listed(statement["Resource"]), resource]
            return
    statement = {"Effect": "Allow", "Action": list(actions), "Resource": resource}
    policies.append({"PolicyName": name, "PolicyDocument": policy(statement)})
