"""Judges of alarms of cdk-nag's that no rule here looks at: whether the alarm is false of a resource.

A judge answers ``YES`` only where the template shows it, for whatever parameters and conditions come to.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import (
    UNKNOWN,
    Ternary,
    all_of,
    as_text,
    dig,
    is_one_of,
    is_present,
    is_true,
    negate,
    spread,
)
from hipaa_constructs.compliance.facts.buckets import is_read_at_website
from hipaa_constructs.compliance.facts.builds import leaves_nothing
from hipaa_constructs.compliance.facts.containers import containers, is_root
from hipaa_constructs.compliance.facts.dead_letters import keeps_others
from hipaa_constructs.compliance.facts.emr import emr_setting, emr_value
from hipaa_constructs.compliance.facts.encryption import customer_key
from hipaa_constructs.compliance.facts.functions import FUNCTION, is_at_edge
from hipaa_constructs.compliance.facts.log_buckets import ACCESS, FLOW, logs_in, takes_no_key
from hipaa_constructs.compliance.facts.machine_images import needs_tokens_by_image
from hipaa_constructs.compliance.facts.mentions import users_of
from hipaa_constructs.compliance.facts.operations import serves_operation_alone
from hipaa_constructs.compliance.rule import Verdict, judge

_STAGE_CACHE = "CacheClusterEnabled"
# Sources that sign in by what is written in the project; the others by IAM or through a pipeline
# (docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-codebuild-project-source.html).
_SIGNS_IN = ("GITHUB", "GITHUB_ENTERPRISE", "BITBUCKET", "GITLAB", "GITLAB_SELF_MANAGED")
_CONNECTED = ("CODECONNECTIONS", "SECRETS_MANAGER")
_CREDENTIALS = re.compile(r"//[^/]*@")
# Who waits for the answer of a function that it invokes
# (docs.aws.amazon.com/lambda/latest/dg/lambda-services.html, "Synchronous").
_WAITING = (
    "apigateway.amazonaws.com",
    "elasticloadbalancing.amazonaws.com",
    "cognito-idp.amazonaws.com",
    "lex.amazonaws.com",
    "lexv2.amazonaws.com",
    "vpc-lattice.amazonaws.com",
    "appsync.amazonaws.com",
)
# What makes others invoke a function, or tells how often one that nobody waits for is tried.
_INVOKERS: Mapping[str, str] = {
    "AWS::Events::Rule": "Targets[].Arn",
    "AWS::Lambda::EventInvokeConfig": "FunctionName",
    "AWS::S3::Bucket": "NotificationConfiguration.LambdaConfigurations[].Function",
    "AWS::SNS::Subscription": "Endpoint",
    "AWS::Scheduler::Schedule": "Target.Arn",
}
_REQUESTS: Mapping[str, str] = {
    "AWS::Lambda::EventSourceMapping": "FunctionName",
    "AWS::Lambda::Url": "TargetFunctionArn",
}
_PERMISSION = "AWS::Lambda::Permission"


def _caches_nothing(stage: Resource) -> Ternary:
    return negate(is_true(stage.get(_STAGE_CACHE, False)))


def _source_without_credentials(project: Resource) -> Ternary:
    kind = as_text(project.get("Source.Type"))
    location = as_text(project.get("Source.Location"))
    if isinstance(location, str) and _CREDENTIALS.search(location):
        return Ternary.NO
    if kind is UNKNOWN or location is UNKNOWN:
        return Ternary.UNKNOWN
    return Ternary.YES if kind not in _SIGNS_IN else is_one_of(project.get("Source.Auth.Type", ""), *_CONNECTED)


def _not_invoked_asynchronously(function: Resource) -> Ternary:
    """Whether the app lets only those invoke a function that wait for its answer, and somebody at all.

    What calls the function by an identity's own permissions cannot be seen: a function that nothing invokes is not one.
    """
    app = function.template.app
    versions = (
        app.referring(function, kind, "FunctionName") for kind in ("AWS::Lambda::Alias", "AWS::Lambda::Version")
    )
    targets = [function, *(one for group in versions for one in group)]
    if _makes_custom_resources(function) or any(
        app.referring(target, kind, path) for target in targets for kind, path in _INVOKERS.items()
    ):
        return Ternary.NO
    permissions = [one for target in targets for one in app.referring(target, _PERMISSION, "FunctionName")]
    requests = [
        one for target in targets for kind, path in _REQUESTS.items() for one in app.referring(target, kind, path)
    ]
    if not permissions and not requests:
        # CloudFront waits for what a function at the edge makes of a request, and asks by no permission.
        return Ternary.of(is_at_edge(function))
    return all_of(is_one_of(one.get("Principal"), *_WAITING) for one in permissions)


def _makes_custom_resources(function: Resource) -> bool:
    """Whether CloudFormation invokes the function for a resource, without waiting for its answer."""
    return any(
        resource.template.target(resource.get("ServiceToken"), FUNCTION) is function
        for resource in function.template.app.of_type("*")
        if resource.type.startswith("Custom::") or resource.type == "AWS::CloudFormation::CustomResource"
    )


def _needs_no_certificate(listener: Resource) -> Ternary:
    return negate(is_one_of(listener.get("Protocol"), "HTTPS", "TLS"))


def _encrypted_under_two_layers(bucket: Resource) -> Ternary:
    rules = "BucketEncryption.ServerSideEncryptionConfiguration[].ServerSideEncryptionByDefault"
    found = list(spread(bucket.properties, f"{rules}.SSEAlgorithm"))
    return all_of(is_one_of(one, "aws:kms:dsse") for one in found) if found else Ternary.NO


def _encrypts_local_disks(cluster: Resource) -> Ternary:
    configuration = cluster.template.target(cluster.get("SecurityConfiguration"), "AWS::EMR::SecurityConfiguration")
    if configuration is None:
        return Ternary.NO
    local = "AtRestEncryptionConfiguration.LocalDiskEncryptionConfiguration.EncryptionKeyProviderType"
    return all_of((emr_setting(configuration, "EnableAtRestEncryption"), is_present(emr_value(configuration, local))))


def _host_mode_without_root(task: Resource) -> Ternary:
    """Whether each container runs as a user that is named and not root.

    A privileged container is no way to protect the host, although AWS Config's rule and cdk-nag's take it for one.
    """
    users = [dig(container, "User") for _, container in containers(task)]
    return all_of(all_of((is_present(user), negate(is_root(user)))) for user in users) if users else Ternary.UNKNOWN


def _under_a_customer_key(stream: Resource) -> Ternary:
    return customer_key(stream.get("StreamEncryption.KeyId"))


def _password_kept_by_the_service(cluster: Resource) -> Ternary:
    return is_true(cluster.get("ManageMasterUserPassword", False))


def _keeps_dead_letters(queue: Resource) -> Ternary:
    return Ternary.of(keeps_others(queue))


Judge = Callable[[Resource], Ternary]
# Each by the name that nag_twins.json gives it.
JUDGES: Mapping[str, Judge] = {
    "caches_nothing": _caches_nothing,
    "encrypts_local_disks": _encrypts_local_disks,
    "encrypted_under_two_layers": _encrypted_under_two_layers,
    "hears_of_operation_alone": lambda target: Ternary.of(
        serves_operation_alone(target) and users_of(target) is not None
    ),
    # The record of who did what, of trails and of AWS Config, is kept for years, and no other one is left of it.
    "holds_access_logs_alone": lambda bucket: Ternary.of(bool(logs_in(bucket)) and logs_in(bucket) <= {ACCESS, FLOW}),
    "host_mode_without_root": _host_mode_without_root,
    "image_needs_tokens": lambda machine: Ternary.of(needs_tokens_by_image(machine)),
    "keeps_dead_letters": _keeps_dead_letters,
    "leaves_nothing": leaves_nothing,
    "needs_no_certificate": _needs_no_certificate,
    "not_invoked_asynchronously": _not_invoked_asynchronously,
    "password_kept_by_the_service": _password_kept_by_the_service,
    "read_at_website": lambda bucket: Ternary.of(is_read_at_website(bucket)),
    "runs_at_edge": lambda function: Ternary.of(is_at_edge(function)),
    "source_without_credentials": _source_without_credentials,
    "takes_no_key": lambda bucket: Ternary.of(takes_no_key(bucket)),
    "under_a_customer_key": _under_a_customer_key,
}


def is_false_alarm(name: str) -> Callable[[Resource], Verdict]:
    """Return a judge as a check: it passes where the alarm is false."""
    return lambda resource: judge(JUDGES[name](resource), "The alarm may be true.")
