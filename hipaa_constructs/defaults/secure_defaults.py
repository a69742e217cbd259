from __future__ import annotations

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_kms as kms
from constructs import Construct, IConstruct

from hipaa_constructs._arguments import checked_arguments, refuse
from hipaa_constructs.compute.limits import require_concurrency
from hipaa_constructs.defaults.finish import Finisher
from hipaa_constructs.defaults.injection import Injector
from hipaa_constructs.defaults.services import listed
from hipaa_constructs.defaults.session import Session
from hipaa_constructs.primitives.backup_protocol import ProtectsData

_MARK = "hipaa-constructs:secure-defaults-of"


@checked_arguments
def secure_defaults(
    scope: Construct,
    *,
    vpc: ec2.IVpc | None = None,
    backup_plan: ProtectsData | None = None,
    encryption_key: kms.IKey | None = None,
    reserved_concurrent_executions: int | None = None,
    new_stores: bool = False,
) -> None:
    """Give the plain constructs of CDK in ``scope`` what HIPAA asks for and the app left out.

    Call it before the constructs are made: as a rule right after ``cdk.App()``. It reaches what CDK's classes make,
    also within constructs of third parties, and, when the app is synthesized, some of what is made without them. What
    was made before is named. A stage that holds none of CDK's classes which are listed takes a call of its own.

    - What the app sets itself stays, and is a finding where it has to be.
    - What CloudFormation can set only by replacing the resource is left, and named with what a migration takes, unless
      ``new_stores`` says that nothing is deployed yet.
    - What was set, left and not reached is printed at synthesis, and kept in the metadata of each stack for
      ``hipaa_constructs.compliance.changes``.
    - An injector that the app registered before for the same class is asked first. One that it registers afterwards, or
      on a scope below, takes the place of this one there.

    docs/secure-defaults.md lists what is set, and what stays for the app to do.

    Meets 164.312(a)(2)(iv) encryption and decryption, 164.312(b) audit controls and 164.312(e)(1) transmission
    security, as far as the app's classes are covered.

    Sources: docs.aws.amazon.com/cdk/v2/guide/blueprints.html, docs.aws.amazon.com/cdk/v2/guide/mixins.html, and
    ``createOnlyProperties`` in CloudFormation's schemas
    (docs.aws.amazon.com/cloudformation-cli/latest/userguide/resource-type-schema.html).

    :param scope: an app, stage, stack or construct; all below it counts.
    :param vpc: where functions and search domains run that name no VPC. Default: they stay where they are.
    :param backup_plan: the plan that selects buckets, databases, tables and file systems of the same account and
        Region. Default: none is selected.
    :param encryption_key: the key of everything in stacks of its account and Region; best one of ``KmsRotatedKey``.
        Default: each stack gets a ``KmsRotatedKey`` of its own.
    :param reserved_concurrent_executions: how many of the account's executions each function that names no number of
        its own has for itself, and how many of it run at most. Lambda refuses what leaves less than 100 of the
        account's unreserved. Default: none; the functions share what the account has.
        Source: docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html.
    :param new_stores: whether no store in ``scope`` has been deployed, so that what replaces one replaces nothing.
        Default: they may be, and stay.
    :raises ValueError: an argument of the wrong type, a reservation of none, or a second call for the same scope or one
        above or below it.
    """
    require_concurrency(reserved_concurrent_executions, otherwise="functions that share what the account has")
    _require_once(scope)
    session = Session(scope, vpc, backup_plan, encryption_key, reserved_concurrent_executions, new_stores)
    finisher = Finisher(session, listed())
    above = [cdk.PropertyInjectors.of(one) for one in _with_injectors(scope)]
    cdk.PropertyInjectors.of(scope).add(
        *(Injector(session, one, class_id, above, finisher.reach) for one in listed() for class_id in one.classes)
    )
    finisher.start()


def _require_once(scope: Construct) -> None:
    path, root = scope.node.path, scope.node.root
    for entry in root.node.metadata:
        if entry.type == _MARK and (_within(path, entry.data) or _within(entry.data, path)):
            refuse(
                "scope",
                path,
                allowed=f"secure_defaults is called once for a scope and all below it, and was for {entry.data!r}",
                fix="Call it for the app alone, or for stacks beside each other.",
            )
    root.node.add_metadata(_MARK, path)


def _within(path: str, above: str) -> bool:
    return not above or path == above or path.startswith(f"{above}/")


def _with_injectors(scope: Construct) -> list[IConstruct]:
    """Return the scopes that have injectors, the nearest first."""
    above = reversed(scope.node.scopes)
    return [one for one in above if cdk.PropertyInjectors.has_property_injectors(one)]
