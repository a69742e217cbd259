"""Which buckets take what people and programs of the app put there."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Final

from hipaa_constructs.cloudformation.model import App, Resource
from hipaa_constructs.cloudformation.values import Resolved, Ternary, Text, Unknown, is_one_of, spread
from hipaa_constructs.compliance.facts.cdk_functions import is_cdk_helper
from hipaa_constructs.compliance.facts.functions import FUNCTION, serves_deployment_only
from hipaa_constructs.compliance.facts.mentions import users_in_template
from hipaa_constructs.compliance.facts.startup import TYPES as STARTING
from hipaa_constructs.compliance.facts.variables import VARIABLES
from hipaa_constructs.iam.document import Statement
from hipaa_constructs.iam.roles import documents_of, trusted_principals

_ROLE: Final = "AWS::IAM::Role"
_TASK: Final = "AWS::ECS::TaskDefinition"
_PUT: Final = "s3:PutObject"
# What gives programs the names of what they use.
_PROGRAMS: Final = frozenset({*VARIABLES, *STARTING})
# Whom a pool of identities gives a role: people, who sign in or not.
_PEOPLE: Final = ("Federated", "cognito-identity.amazonaws.com")
_MACHINES: Final = ("Service", "ec2.amazonaws.com")


def takes_uploads(bucket: Resource, *, of_machines: bool = False) -> bool:
    """Whether pages of other origins may put objects into a bucket, or a function, task or person of the app may.

    A build does so too, and a function that only CloudFormation calls or CDK adds: what these put there is made
    from a source. A policy that names no bucket says nothing of this one.

    :param of_machines: whether that counts too which instances may put there, of which some build.
    """
    methods = spread(bucket.properties, "CorsConfiguration.CorsRules[].AllowedMethods[]")
    if any(is_one_of(method, "PUT", "POST") is Ternary.YES for method in methods):
        return True
    return bool(_roles_for(bucket, of_machines=of_machines))


def _roles_for(bucket: Resource, *, of_machines: bool) -> list[Resource]:
    """Return the roles by which the app may put objects into a bucket."""
    roles = bucket.template.app.cached(f"roles that upload {of_machines}", partial(_uploading, of_machines=of_machines))
    return [role for role, values in roles if any(names_objects(value, bucket) for value in values)]


def holds_others_too(bucket: Resource) -> bool:
    """Whether programs, machines or people of the app put objects into a bucket, beside what a service delivers."""
    return takes_uploads(bucket, of_machines=True)


def roles_alone(bucket: Resource) -> list[Resource]:
    """Return the roles of functions and tasks that may put objects into a bucket which none of those is given.

    Their policies then say more than any program of the template does. None where machines or people may put there
    too, of which no template says what they do.
    """
    methods = spread(bucket.properties, "CorsConfiguration.CorsRules[].AllowedMethods[]")
    given = any(user.type in _PROGRAMS for user in users_in_template(bucket))
    if given or any(is_one_of(method, "PUT", "POST") is not Ternary.NO for method in methods):
        return []
    roles, of_programs = _roles_for(bucket, of_machines=True), list(_roles(bucket.template.app, ()))
    return roles if all(any(role is one for one in of_programs) for role in roles) else []


def _uploading(app: App, *, of_machines: bool) -> list[tuple[Resource, list[Resolved]]]:
    """Return of each role that uploads may come by what its policies name as a place to put objects."""
    trusted = (_PEOPLE, *((_MACHINES,) if of_machines else ()))
    roles = {id(role): role for role in _roles(app, trusted)}
    return [
        (
            role,
            [
                value
                for policy in documents_of(role, with_boundary=False)
                if not isinstance(policy, Unknown)
                for statement in policy
                if _puts(statement)
                for value in statement.resources
            ],
        )
        for role in roles.values()
    ]


def _roles(app: App, whose: tuple[tuple[str, str], ...]) -> Iterator[Resource]:
    for kind, path in ((FUNCTION, "Role"), (_TASK, "TaskRoleArn")):
        for user in app.of_type(kind):
            role = user.template.target(user.get(path), _ROLE)
            of_deployment = kind == FUNCTION and (serves_deployment_only(user) or is_cdk_helper(user))
            if role is not None and not of_deployment:
                yield role
    for role in app.of_type(_ROLE):
        trusted = trusted_principals(role)
        if not isinstance(trusted, Unknown) and any(
            kind == own and is_one_of(value, name) is Ternary.YES for kind, value in trusted for own, name in whose
        ):
            yield role


def puts_into(statement: Statement, bucket: Resource) -> bool:
    """Whether a statement lets put objects into a bucket that it names."""
    return _puts(statement) and any(names_objects(value, bucket) for value in statement.resources)


def _puts(statement: Statement) -> bool:
    allows = statement.allows is Ternary.YES and not statement.not_actions
    return allows and statement.covers_action(_PUT) is Ternary.YES


def names_objects(value: Resolved, bucket: Resource) -> bool:
    """Whether a policy's resource is objects of a bucket, or some of them."""
    if isinstance(value, Text) and any(reference.resource is bucket for reference in value.references):
        return True
    if not isinstance(value, str) or not value.strip("*"):
        return False
    return bucket.template.target(value.partition("/")[0], bucket.type) is bucket
