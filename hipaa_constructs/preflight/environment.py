"""Before deployment: what the landing zone needs of the account, and no stack of its own can give."""

from __future__ import annotations

from collections.abc import Sequence

from botocore.exceptions import ClientError  # type: ignore[import-untyped]

from hipaa_constructs.preflight.check import Account, Answer, Check, failed, passed, unknown
from hipaa_constructs.preflight.plan import DEFAULT_QUALIFIER, Plan

# "As long as you leave at least 100 simultaneous executions unreserved":
# docs.aws.amazon.com/lambda/latest/api/API_PutFunctionConcurrency.html. Accounts with a lower quota, such as 10 or 50,
# are refused any reservation, with that number as the least.
_UNRESERVED = 100
# Two each, of the function in the Network stack and of the two in the Foundation stack.
_RESERVED = {"Network": 2, "Foundation": 4}
_CONCURRENCY_QUOTA = "L-B99A9384"
# What CDK's templates ask for; docs.aws.amazon.com/cdk/v2/guide/bootstrapping-env.html.
_BOOTSTRAP_VERSION = 6
# What the example workload stores. Selections by tag follow the opt-in:
# docs.aws.amazon.com/aws-backup/latest/devguide/API_UpdateRegionSettings.html.
_STORED = ("RDS", "S3")


def checks(plan: Plan, management: Account | None) -> Sequence[Check]:
    """Return the questions; ``management`` is whoever was named as the organization's management account."""
    questions = [
        Check(
            name="ConcurrencyFits",
            title="Lambda has executions to reserve for the functions that serve deployments",
            permissions=("lambda:GetAccountSettings", "cloudformation:ListStackResources"),
            fix="Use the configuration below, or have the quota raised:\n"
            "aws service-quotas request-service-quota-increase --service-code lambda --quota-code "
            f"{_CONCURRENCY_QUOTA} --desired-value 1000 --region {plan.primary_region}",
            ask=lambda account: _concurrency(account, plan),
        ),
        Check(
            name="Bootstrapped",
            title="CDK is bootstrapped in both Regions",
            permissions=("ssm:GetParameter",),
            fix="Bootstrap it.",
            ask=lambda account: _bootstrap(account, plan, plan.account, plan.regions),
        ),
        Check(
            name="BackupOptIn",
            title="AWS Backup takes what the landing zone stores, in both Regions",
            permissions=("backup:DescribeRegionSettings",),
            fix="Opt in.",
            ask=lambda account: _opt_in(account, plan),
        ),
    ]
    owner = plan.management_account
    if owner is not None:
        questions.append(
            Check(
                name="ManagementBootstrapped",
                title="CDK is bootstrapped in the management account",
                permissions=("ssm:GetParameter",),
                fix="Bootstrap it.",
                ask=lambda account: _management(plan, owner, management),
            )
        )
    return questions


def _concurrency(account: Account, plan: Plan) -> Answer:
    limits = account.client("lambda", plan.primary_region).get_account_settings()["AccountLimit"]
    quota, unreserved = limits["ConcurrentExecutions"], limits["UnreservedConcurrentExecutions"]
    needed = sum(
        executions
        for stack, executions in _RESERVED.items()
        if not plan.made(account, plan.primary_region, stack, "AWS::Lambda::Function")
    )
    told = f"{unreserved} of {quota} Lambda executions in {plan.primary_region} are not reserved"
    if unreserved - needed >= _UNRESERVED:
        hint = "" if plan.reserve_concurrency else "; there is room, so reserve_concurrency may be left out"
        return passed(f"{told}{hint}.")
    if not plan.reserve_concurrency:
        return passed(f"{told}, and none is asked for.")
    return failed(
        f"{told}; Lambda refuses to reserve {sum(_RESERVED.values())}, since {_UNRESERVED} have to be left."
    ).with_settings({"reserve_concurrency": False})


def _bootstrap(account: Account, plan: Plan, owner: str, regions: Sequence[str]) -> Answer:
    missing, old = [], []
    for region in regions:
        version = _version(account, region, plan.qualifier)
        if version is None:
            missing.append(region)
        elif version < _BOOTSTRAP_VERSION:
            old.append(region)
    if not missing and not old:
        return passed(f"CDK is bootstrapped in {', '.join(regions)}.")
    said = [f"CDK is not bootstrapped in {', '.join(missing)}."] if missing else []
    said += [f"Its bootstrap is older than version {_BOOTSTRAP_VERSION} in {', '.join(old)}."] if old else []
    option = f" --qualifier {plan.qualifier}" if plan.qualifier != DEFAULT_QUALIFIER else ""
    commands = [f"cdk bootstrap aws://{owner}/{region} --bootstrap-customer-key{option}" for region in (*missing, *old)]
    return failed(
        " ".join(said), *missing, *old, fix=f"With credentials of the account {owner}, run:\n" + "\n".join(commands)
    )


def _version(account: Account, region: str, qualifier: str) -> int | None:
    try:
        parameter = account.client("ssm", region).get_parameter(Name=f"/cdk-bootstrap/{qualifier}/version")["Parameter"]
    except ClientError as error:
        if error.response["Error"]["Code"] == "ParameterNotFound":
            return None
        raise
    return int(parameter["Value"]) if parameter["Value"].isdecimal() else 0


def _management(plan: Plan, owner: str, management: Account | None) -> Answer:
    if management is None:
        return unknown(
            f"The management account {owner} was not asked.",
            fix="Name a profile with its credentials: --management-profile NAME. It needs ssm:GetParameter.",
        )
    if management.id != owner:
        return unknown(
            f"The profile for the management account is of the account {management.id}, not of {owner}.",
            fix="Name another one with --management-profile.",
        )
    return _bootstrap(management, plan, owner, (plan.primary_region,))


def _opt_in(account: Account, plan: Plan) -> Answer:
    out = {}
    others: list[str] = []
    for region in plan.regions:
        settings = account.client("backup", region).describe_region_settings()["ResourceTypeOptInPreference"]
        wanting = [kind for kind in _STORED if not settings.get(kind)]
        if wanting:
            out[region] = wanting
        others += [kind for kind, on in sorted(settings.items()) if not on and kind not in (*_STORED, *others)]
    if out:
        told = " ".join(f"AWS Backup leaves out {' and '.join(kinds)} in {region}." for region, kinds in out.items())
        commands = [
            f"aws backup update-region-settings --region {region} --resource-type-opt-in-preference "
            + ",".join(f"{kind}=true" for kind in kinds)
            for region, kinds in out.items()
        ]
        return failed(told, *out, fix="Opt in:\n" + "\n".join(commands))
    hint = f" Opt in before you store PHI in {', '.join(others)}." if others else ""
    return passed(f"AWS Backup takes {' and '.join(_STORED)}.{hint}")
