"""What people have agreed with AWS, and what they have tried out."""

from __future__ import annotations

import datetime
import json
from collections.abc import Mapping
from typing import Any

from hipaa_constructs.compliance.availability import is_absent, source_of
from hipaa_constructs.preflight.check import Account, Answer, Check, failed, passed, unknown

_OPT_OUT = "AISERVICES_OPT_OUT_POLICY"


def _agreement(account: Account) -> Answer:
    """Ask for the addendum: one of the account itself, or else one of the organization that it is in now.

    A member account that leaves its organization is no longer covered by what that accepted
    (docs.aws.amazon.com/artifact/latest/ug/terminate-org-agreement.html).
    """
    pages = account.client("artifact").get_paginator("list_customer_agreements").paginate()
    now = datetime.datetime.now(datetime.UTC)
    agreements = [
        one
        for page in pages
        for one in page["customerAgreements"]
        if one["state"] == "ACTIVE"
        and "business associate" in one["name"].lower()
        and not ("effectiveEnd" in one and one["effectiveEnd"] <= now)
    ]
    if not agreements:
        return failed("No Business Associate Addendum is in force.", account.id)
    by_organization = {
        one["organizationArn"].rpartition("/")[2]: one for one in agreements if one.get("organizationArn")
    }
    here = account.organization() if by_organization else None
    if here in by_organization:
        return passed(f"{_in_force(by_organization[here])} for the organization {here} and every account in it.")
    own = [one for one in agreements if not one.get("organizationArn")]
    if own:
        return passed(f"{_in_force(own[0])} for this account alone.")
    there = f"the organization {here}" if here else "no organization"
    others = ", ".join(sorted(by_organization))
    return failed(f"The account is in {there}, and the Business Associate Addendum is one of {others}.", account.id)


def _in_force(agreement: Mapping[str, Any]) -> str:
    since = agreement.get("effectiveStart")
    return f"{agreement['name']} is in force" + (f" since {since:%Y-%m-%d}" if since else "")


def _restore_tests(account: Account) -> Answer:
    today = datetime.datetime.now(datetime.UTC)
    quarter = today.replace(month=(today.month - 1) // 3 * 3 + 1, day=1, hour=0, minute=0, second=0, microsecond=0)
    without = []
    completed = 0
    for region in account.regions:
        pages = (
            account.client("backup", region)
            .get_paginator("list_restore_jobs")
            .paginate(ByCreatedAfter=quarter, ByStatus="COMPLETED")
        )
        jobs = sum(len(page["RestoreJobs"]) for page in pages)
        completed += jobs
        if not jobs:
            without.append(region)
    if not completed:
        return failed(f"Nothing has been restored since {quarter:%Y-%m-%d}.", *without)
    return passed(f"{completed} restores have succeeded since {quarter:%Y-%m-%d}.")


def _support_plan(account: Account) -> Answer:
    support = account.client("support")
    try:
        # Asked of an account without a plan, this is refused as a whole.
        support.describe_trusted_advisor_checks(language="en")
    except support.exceptions.ClientError as error:
        if error.response["Error"]["Code"] != "SubscriptionRequiredException":
            raise
        return failed("The account has no plan that includes Trusted Advisor and the support API.", account.id)
    return passed("The support plan includes Trusted Advisor and the support API.")


def _shield(account: Account) -> Answer:
    shield = account.client("shield")
    try:
        until = shield.describe_subscription()["Subscription"].get("EndTime")
    except shield.exceptions.ResourceNotFoundException:
        return failed("The account is not subscribed to Shield Advanced.", account.id)
    return passed("Shield Advanced is subscribed to" + (f" until {until:%Y-%m-%d}." if until else "."))


def _ai_opt_out(account: Account) -> Answer:
    """Ask what the organization's policies come to for this account, as Organizations itself puts them together."""
    region = account.regions[0]
    if is_absent(_OPT_OUT, region, kind="organization_policies"):
        source = source_of(_OPT_OUT, region, kind="organization_policies")
        return unknown(
            f"The partition of {region} has no such policy ({source}).",
            fix="Ask AWS what its AI services there do with content.",
        )
    organizations = account.client("organizations")
    try:
        policy = organizations.describe_effective_policy(PolicyType=_OPT_OUT)["EffectivePolicy"]
    except organizations.exceptions.AWSOrganizationsNotInUseException:
        return failed("The account is in no organization, and only an organization can opt out.", account.id)
    except organizations.exceptions.EffectivePolicyNotFoundException:
        return failed("No policy of the organization opts the account out.", account.id)
    services = json.loads(policy["PolicyContent"]).get("services", {})
    used = sorted(name for name, said in services.items() if said.get("opt_out_policy") != "optOut")
    if "default" not in services:
        return failed("The organization opts out of some AI services, and not of all by default.", account.id)
    if used:
        return failed(f"AI services may use content of this account: {', '.join(used)}.", account.id)
    return passed("AI services do not use content of this account to improve themselves.")


CHECKS = (
    Check(
        name="BusinessAssociateAddendum",
        title="The Business Associate Addendum with AWS is in force",
        permissions=("artifact:ListCustomerAgreements", "organizations:DescribeOrganization"),
        fix="Someone who may bind the organization accepts it in the console: AWS Artifact, Agreements; for all "
        "accounts of an organization, in its management account. Who moves an account to another organization does "
        "so before.",
        ask=_agreement,
    ),
    Check(
        name="AiOptOut",
        title="AI services do not use what they read to improve themselves",
        permissions=("organizations:DescribeEffectivePolicy",),
        fix="In the organization's management account, attach an opt-out policy to its root, as Guardrails does: "
        "docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_ai-opt-out.html.",
        ask=_ai_opt_out,
        # Whether such a service is used, the account does not say.
        severity="warning",
    ),
    Check(
        name="RestoreTests",
        title="A restore has been tried this quarter",
        permissions=("backup:ListRestoreJobs",),
        fix="Look at why the restore tests of BackupPlan did not run, or restore a recovery point by hand.",
        ask=_restore_tests,
    ),
    Check(
        name="SupportPlan",
        title="A support plan gives help in an emergency, and all checks of Trusted Advisor",
        permissions=("support:DescribeTrustedAdvisorChecks",),
        fix="Choose Business Support+ or above in the console: Support Center, Support plans.",
        ask=_support_plan,
        severity="warning",
    ),
    Check(
        name="ShieldSubscription",
        title="The account is subscribed to Shield Advanced",
        permissions=("shield:DescribeSubscription",),
        fix="Subscribe in the console if the internet reaches your workload: WAF & Shield, Getting started.",
        ask=_shield,
        severity="warning",
    ),
)
