from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Literal

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_s3 as s3
from constructs import Construct

from hipaa_constructs._arguments import checked_arguments, is_token, refuse
from hipaa_constructs._regions import require_region
from hipaa_constructs._stacks import stack_of
from hipaa_constructs.compute.provider_function import ProviderFunction
from hipaa_constructs.hook import package
from hipaa_constructs.primitives.least_privilege_role import LeastPrivilegeRole

_TYPE = "AWS::CloudFormation::LambdaHook"
_NAME = r"[A-Za-z0-9]{2,64}"
# The second hook's alias has this at its end, and each part of an alias has 64 characters at most.
_CLOUD_CONTROL = "CloudControl"
_STACK_NAME = re.compile(r"[a-zA-Z*?][-a-zA-Z0-9*?]{0,127}")
# docs.aws.amazon.com/cloudformation-cli/latest/hooks-userguide/hooks-stack-level-filtering.html
_MOST_STACK_NAMES = 50
# One whole processor: docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html
_MEMORY = 1_769
# A hook waits 30 seconds: docs.aws.amazon.com/cloudformation-cli/latest/hooks-userguide/
# lambda-hooks-create-lambda-function.html
_TIMEOUT = cdk.Duration.seconds(28)
# Each stack, change set and request asks by itself; who is throttled has no answer.
_EXECUTIONS = 10


class TemplateHook(Construct):
    """The rules of this package as a hook of CloudFormation: on every template and resource, also where CDK is not.

    Before CloudFormation creates or updates a stack, or makes a change set, and before Cloud Control creates or updates
    a resource, a Lambda function judges the template or the resource by the rules that need no more (``docs/rules.md``
    lists the others), in a Region of one account. Each finding comes as an annotation: rule, what was seen, how to
    mend it, severity. An error refuses the operation if ``failure_mode`` is ``FAIL``; warnings, and what parameters
    decide, refuse nothing. What was acknowledged in code, or in a resource's ``Metadata``, stays accepted.

    Start with ``WARN``, and look at the hook's results for a while. Never judged are the hook's own stack, and
    bootstrap's: through them a hook that stands in the way is mended. ``docs/hook.md`` shows all of it, and stack sets.

    Supports 164.308(a)(1)(ii)(B) risk management and 164.308(a)(8) evaluation.

    :param failure_mode: what an error does to the operation, and what an answer does that did not come: ``WARN`` says
        it, ``FAIL`` refuses. Default: ``WARN``.
    :param hook_status: ``DISABLED`` stops it for all stacks, as in an emergency. Default: ``ENABLED``.
    :param alias: the hook's name in account and Region; the one for Cloud Control has ``CloudControl`` at its end.
        Another one makes other hooks. Default: ``Hipaa::Constructs::TemplateHook``.
    :param excluded_stack_names: stacks that are not judged beside the hook's own, with ``*`` and ``?``: bootstrap's,
        and a stack that holds the hook's stack set. Default: ``CDKToolkit``.
    :param code_bucket: where the package lies that ``python -m hipaa_constructs.hook.package`` wrote, for stack sets,
        which know no assets: a bucket of the stack's Region. Default: it is an asset of the app.
    :param encryption_key: for logs and environment; it is made usable for CloudWatch Logs. Default: a
        ``KmsRotatedKey`` of its own.
    :param reserve_concurrency: whether ten of the account's executions are the function's own. False in an account
        whose quota is too small for that; the function then acknowledges it. Default: they are.
    :raises ValueError: an alias or a stack name that CloudFormation refuses; a Region without Lambda hooks.
    :raises MissingExtra: PyYAML is not installed, which the package takes along; the extra ``cli`` brings it.
    """

    @checked_arguments
    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        failure_mode: Literal["WARN", "FAIL"] = "WARN",
        hook_status: Literal["ENABLED", "DISABLED"] = "ENABLED",
        alias: str = "Hipaa::Constructs::TemplateHook",
        excluded_stack_names: Sequence[str] = ("CDKToolkit",),
        code_bucket: s3.IBucket | None = None,
        encryption_key: kms.IKey | None = None,
        reserve_concurrency: bool = True,
    ) -> None:
        _require_alias(alias)
        names = list(dict.fromkeys([*_own_stack_names(scope), *excluded_stack_names]))
        _require_stack_names(excluded_stack_names, count=len(names))
        require_region(
            scope, _TYPE, what="A Lambda hook", fix="Check templates in the pipeline instead: hipaa-constructs check."
        )
        # Before anything is defined, since the package may be impossible to make.
        package.archive()
        super().__init__(scope, construct_id)

        # CDK copies an asset as soon as the function is made.
        with tempfile.TemporaryDirectory(prefix="hipaa-constructs-") as folder:
            self._provider = ProviderFunction(
                self,
                "Function",
                handler=package.HANDLER,
                code=self._code(code_bucket, Path(folder)),
                vpc=None,
                encryption_key=encryption_key,
                timeout=_TIMEOUT,
                memory_size=_MEMORY,
                reserve_concurrency=reserve_concurrency,
                reserved_concurrent_executions=_EXECUTIONS,
            )
        self._provider.acknowledge_no_vpc(
            reason="It reads templates, which hold no PHI, by presigned URLs of CloudFormation's own buckets, which "
            "the endpoint policies of a private network refuse, and calls nothing else."
        )
        self._invoker = LeastPrivilegeRole(
            self,
            "Invoker",
            assumed_by=iam.ServicePrincipal("hooks.cloudformation.amazonaws.com"),
            description=f"Lets CloudFormation ask {self.node.path}",
        )
        self._may_ask = self._invoker.add_to_principal_policy(
            iam.PolicyStatement(actions=["lambda:InvokeFunction"], resources=[self._provider.function.function_arn])
        ).policy_dependable
        self._stack_hook = self._define_hook("Stacks", alias, ["STACK", "CHANGE_SET"], failure_mode, hook_status)
        self._stack_hook.stack_filters = cdk.CfnLambdaHook.StackFiltersProperty(
            filtering_criteria="ALL", stack_names=cdk.CfnLambdaHook.StackNamesProperty(exclude=names)
        )
        # A hook of its own, since one that looks at Cloud Control too has no filter for stacks. Source: as of
        # _MOST_STACK_NAMES.
        self._resource_hook = self._define_hook(
            "Resources", alias + _CLOUD_CONTROL, ["CLOUD_CONTROL"], failure_mode, hook_status
        )

    @property
    def function(self) -> lambda_.Function:
        """The function that judges."""
        return self._provider.function

    @property
    def stack_hook(self) -> cdk.CfnLambdaHook:
        """The hook for stacks and change sets."""
        return self._stack_hook

    @property
    def resource_hook(self) -> cdk.CfnLambdaHook:
        """The hook for what Cloud Control creates and updates."""
        return self._resource_hook

    def _code(self, bucket: s3.IBucket | None, folder: Path) -> lambda_.Code:
        if bucket is not None:
            # As a construct of its own, since CDK warns at the bucket.
            own = s3.Bucket.from_bucket_name(self, "Code", bucket.bucket_name)
            cdk.Annotations.of(own).acknowledge_warning(
                "@aws-cdk/aws-lambda:codeFromBucketObjectVersionNotSpecified",
                "Another content has another name, so that CloudFormation sees it change.",
            )
            return lambda_.Code.from_bucket(own, package.file_name())
        file = folder / package.file_name()
        file.write_bytes(package.archive())
        return lambda_.Code.from_asset(str(file))

    def _define_hook(
        self, construct_id: str, alias: str, operations: Sequence[str], failure_mode: str, hook_status: str
    ) -> cdk.CfnLambdaHook:
        hook = cdk.CfnLambdaHook(
            self,
            construct_id,
            alias=alias,
            execution_role=self._invoker.role_arn,
            failure_mode=failure_mode,
            hook_status=hook_status,
            lambda_function=self._provider.function.function_arn,
            target_operations=list(operations),
        )
        # CDK's type for it asks for targets too, beside which CloudFormation's schema allows no actions.
        hook.add_property_override("TargetFilters", {"Actions": ["CREATE", "UPDATE"]})
        if self._may_ask is not None:
            hook.node.add_dependency(self._may_ask)
        return hook


def _own_stack_names(scope: Construct) -> Iterator[str]:
    """Yield the name of the stack that holds the hook, whatever a stack set calls it, and of those that it is in."""
    stack = stack_of(scope)
    yield cdk.Aws.STACK_NAME
    while stack.nested_stack_parent is not None:
        stack = stack.nested_stack_parent
        yield stack.stack_name


def _require_alias(alias: str) -> None:
    parts = alias.split("::")
    known = len(parts) == 3 and all(re.fullmatch(_NAME, part) for part in parts)
    if not known or alias.lower().startswith("aws") or len(parts[-1]) > 64 - len(_CLOUD_CONTROL):
        refuse(
            "alias",
            alias,
            allowed="it takes three names of 2 to 64 letters and digits between '::', the last of 52 at most, "
            "that do not begin with AWS",
            fix="Write one such as 'Clinic::Hipaa::TemplateHook'.",
        )


def _require_stack_names(names: Sequence[str], *, count: int) -> None:
    for name in names:
        if is_token(name):
            continue
        if not _STACK_NAME.fullmatch(name) or not re.search(r"[a-zA-Z0-9]", name):
            refuse(
                "excluded_stack_names",
                name,
                allowed="it takes names of stacks, of up to 128 letters, digits and '-', with '*' and '?' for parts",
                fix="Name the stacks that hold bootstrap and the hook's stack set.",
            )
    if count > _MOST_STACK_NAMES:
        refuse(
            "excluded_stack_names",
            f"{len(names)} names",
            allowed=f"a hook takes {_MOST_STACK_NAMES}, its own stack's among them",
            fix="Use wildcards.",
        )
