"""Buckets of files that deployments alone put there, such as a front end, a description of an API or an app's code."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.naming import names
from hipaa_constructs.cloudformation.values import (
    Ternary,
    Unknown,
    as_mapping,
    dig,
    is_one_of,
    is_present,
    same,
    spread,
)
from hipaa_constructs.compliance.facts.cdk_functions import is_cdk_helper
from hipaa_constructs.compliance.facts.functions import FUNCTION, is_custom, serves_deployment_only
from hipaa_constructs.compliance.facts.mentions import users_in_template, users_of
from hipaa_constructs.compliance.facts.uploads import puts_into, takes_uploads
from hipaa_constructs.iam.document import policies_at, policy_at
from hipaa_constructs.iam.locations import HOLDERS, IDENTITY_POLICIES
from hipaa_constructs.iam.roles import documents_of, roles_of, trusted_principals

_ROLE, _POLICY, _DISTRIBUTION = "AWS::IAM::Role", "AWS::S3::BucketPolicy", "AWS::CloudFront::Distribution"
_BUILD, _PIPELINE = "AWS::CodeBuild::Project", "AWS::CodePipeline::Pipeline"
_EMPTIER: Final = "Custom::S3AutoDeleteObjects"
_DEPLOYMENT: Final = "Custom::CDKBucketDeployment"
# What is deployed from a bucket, and under which property it names that for nothing else.
_CODE: Final[Mapping[str, str]] = {
    "AWS::ApiGateway::RestApi": "BodyS3Location",
    "AWS::ElasticBeanstalk::ApplicationVersion": "SourceBundle",
    FUNCTION: "Code",
    "AWS::Glue::Job": "Command",
    "AWS::Lambda::LayerVersion": "Content",
    "AWS::StepFunctions::StateMachine": "DefinitionS3Location",
}
# Who deploys: services that do, and what signs in for jobs of workflows elsewhere.
_DEPLOYING: Final = ("cloudformation.amazonaws.com", "codebuild.amazonaws.com", "codepipeline.amazonaws.com")
_WORKFLOWS: Final = re.compile(
    r"token\.actions\.githubusercontent\.com|oidc\.circleci\.com|gitlab\.com|api\.bitbucket\.org", re.IGNORECASE
)
# What deploys a stack, and how people call a bucket of what one is deployed from: code and nested templates, which
# docs.aws.amazon.com/cli/latest/reference/cloudformation/package.html puts there.
_STACKS: Final = ("cloudformation:CreateChangeSet", "cloudformation:CreateStack", "cloudformation:UpdateStack")
_PACKAGES: Final = re.compile(r"artifact|cloudformation|deploy|package|template", re.IGNORECASE)
_NO_ROLES: Final = ("GroupName", "Groups", "UserName", "Users")
# How people call a bucket of what is built, and how they call one of more.
_BUILT: Final = re.compile(
    r"api[-_]?(docs|specs?)|artifacts?|front[-_]?end|open[-_]?api|static[-_]?(assets|files|site|web)|swagger|"
    r"web[-_]?(app|site|ui)",
    re.IGNORECASE,
)
_MORE: Final = re.compile(
    r"audit|backup|data|document|health|image|log|media|medical|patient|record|report|result|upload|user", re.IGNORECASE
)


def is_filled_by_deployments(bucket: Resource) -> bool:
    """Whether deployments alone put files into a bucket, as far as the app shows, and it shows what those are for.

    A deployment is one of CDK's, an action of a pipeline, a build, a workflow elsewhere or a custom resource. The files
    are for visitors of a distribution or a web site, or are code that something is deployed from, also by a build that
    deploys stacks from a bucket which is called so and which nobody but deployments uses. Whoever else may put
    objects there by the bucket's name, is told of what comes or may learn the bucket's name, makes it a store.
    """
    alone = len(bucket.template.app.templates) == 1
    users = users_in_template(bucket) if alone else users_of(bucket)
    if not users or _takes_more(bucket) or any(_is_unknown(user, bucket) for user in users):
        return False
    roles = _putting(bucket)
    if not all(_deploys(role) for role in roles):
        return False
    by = [user for user in users if _fills(user, bucket)]
    shown = is_present(bucket.get("WebsiteConfiguration")) is Ternary.YES or any(_takes(user, bucket) for user in users)
    shown = shown or any(user.type not in (_BUILD, _DEPLOYMENT) for user in by)
    return bool(by or roles) and (shown or _is_of_packages(bucket, users, roles))


def _is_of_packages(bucket: Resource, users: Sequence[Resource], roles: Sequence[Resource]) -> bool:
    """Whether a bucket is called one of what stacks are deployed from, and all that use it are who deploys some."""
    named = [str(one) for one in (bucket.get("BucketName"), bucket.logical_id) if isinstance(one, str)]
    if not any(map(_PACKAGES.search, named)) or any(map(_MORE.search, named)):
        return False
    return bool(roles) and all(map(_deploys_stacks, roles)) and all(map(_is_of_deployments, users))


def _deploys_stacks(role: Resource) -> bool:
    policies = (one for one in documents_of(role, with_boundary=False) if not isinstance(one, Unknown))
    allowed = [statement for policy in policies for statement in policy if statement.allows is Ternary.YES]
    return any(one.covers_action(action) is Ternary.YES for one in allowed for action in _STACKS)


def _is_of_deployments(user: Resource) -> bool:
    """Whether what names a bucket is of who deploys alone, and lets nobody else read there."""
    if user.type == _ROLE:
        return _deploys(user)
    if user.type in IDENTITY_POLICIES:
        return _is_of_deploying_roles(user)
    return user.type in (_BUILD, _PIPELINE, _EMPTIER, _POLICY) or _copies(user)


def is_called_built(bucket: Resource) -> str:
    """Return the name by which a bucket is called one of built files, where the app shows nothing else; or nothing.

    A name is no proof.
    """
    named = [str(one) for one in (bucket.get("BucketName"), bucket.logical_id) if isinstance(one, str)]
    name = next((one for one in named if _BUILT.search(one)), "")
    if not name or any(map(_MORE.search, named)):
        return ""
    return "" if _takes_more(bucket) or takes_uploads(bucket, of_machines=True) else name


def _takes_more(bucket: Resource) -> bool:
    """Whether pages put objects into a bucket, somebody is told of them, or another bucket has them."""
    methods = spread(bucket.properties, "CorsConfiguration.CorsRules[].AllowedMethods[]")
    return (
        any(is_one_of(method, "POST", "PUT") is not Ternary.NO for method in methods)
        or is_present(bucket.get("NotificationConfiguration")) is not Ternary.NO
        or is_present(bucket.get("ReplicationConfiguration")) is not Ternary.NO
    )


def _is_unknown(user: Resource, bucket: Resource) -> bool:
    """Whether something that names a bucket may put into it what no deployment does."""
    if user.type in IDENTITY_POLICIES:
        return _lets_others_put(user, bucket)
    if user.type == _POLICY:
        said = policy_at(user, "PolicyDocument")
        return isinstance(said, Unknown) or any(puts_into(one, bucket) for one in said)
    known = (_BUILD, _PIPELINE, _EMPTIER)
    return not (user.type in known or _fills(user, bucket) or _takes(user, bucket) or _copies(user))


def _lets_others_put(policy: Resource, bucket: Resource) -> bool:
    found = policies_at(policy, IDENTITY_POLICIES[policy.type])
    if not any(isinstance(one, Unknown) or any(puts_into(part, bucket) for part in one) for one in found):
        return False
    return not _is_of_deploying_roles(policy)


def _is_of_deploying_roles(policy: Resource) -> bool:
    roles, paths = roles_of(policy), HOLDERS.get(policy.type, ())
    others = any(is_present(policy.get(path)) is not Ternary.NO for path in paths if path in _NO_ROLES)
    return bool(roles) and not others and all(not isinstance(one, Unknown) and _deploys(one) for one in roles)


def _putting(bucket: Resource) -> Sequence[Resource]:
    """Return the roles that may put objects into a bucket by its name."""
    return [
        role
        for role in bucket.template.app.of_type(_ROLE)
        if any(
            not isinstance(policy, Unknown) and any(puts_into(one, bucket) for one in policy)
            for policy in documents_of(role, with_boundary=False)
        )
    ]


def _deploys(role: Resource) -> bool:
    """Whether none but deployments take a role."""
    trusted = trusted_principals(role)
    if isinstance(trusted, Unknown) or not trusted:
        return False
    functions = role.template.app.referring(role, FUNCTION, "Role")
    return all(
        (kind == "Service" and is_one_of(one, *_DEPLOYING) is Ternary.YES)
        or (kind == "Federated" and _WORKFLOWS.search(str(one)) is not None)
        or (
            kind == "Service"
            and is_one_of(one, "lambda.amazonaws.com") is Ternary.YES
            and bool(functions)
            and all(map(_copies, functions))
        )
        for kind, one in trusted
    )


def _copies(user: Resource) -> bool:
    """Whether it is there for deployments alone: a custom resource, or the function behind one."""
    return is_custom(user) or (user.type == FUNCTION and (serves_deployment_only(user) or is_cdk_helper(user)))


def _fills(user: Resource, bucket: Resource) -> bool:
    """Whether a deployment puts files into a bucket."""
    if user.type == _PIPELINE:
        return any(user.template.target(name, bucket.type) is bucket for name in _deployed_to(user))
    if user.type == FUNCTION:
        role = user.template.target(user.get("Role"), _ROLE)
        return _copies(user) and any(role is one for one in _putting(bucket))
    return user.type in (_BUILD, _DEPLOYMENT)


def _deployed_to(pipeline: Resource) -> Iterator[object]:
    """Yield where actions of a pipeline copy files to.

    docs.aws.amazon.com/codepipeline/latest/userguide/action-reference-S3Deploy.html
    """
    for action in spread(pipeline.properties, "Stages[].Actions[]"):
        kind = dig(action, "ActionTypeId")
        if same(dig(kind, "Provider"), "S3") and same(dig(kind, "Category"), "Deploy"):
            yield dig(action, "Configuration.BucketName")


def _takes(user: Resource, bucket: Resource) -> bool:
    """Whether it shows the files of a bucket to visitors, or is deployed from them, and names it for nothing else."""
    if user.type == _DISTRIBUTION:
        config = as_mapping(dig(user.raw, "Properties.DistributionConfig"))
        others = {key: value for key, value in config.items() if key != "Origins"}
        return names(config.get("Origins"), bucket.logical_id) and not names(others, bucket.logical_id)
    code, properties = _CODE.get(user.type), user.raw.get("Properties")
    if code is None or not isinstance(properties, Mapping):
        return False
    return not names({key: value for key, value in properties.items() if key != code}, bucket.logical_id)
