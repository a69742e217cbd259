"""Who can sign in, and how well that is protected."""

from __future__ import annotations

from hipaa_constructs.preflight.check import Account, Answer, Check, failed, listed, passed

# What the HIPAA conformance pack asks of a password policy, and AccountBaseline sets.
_PASSWORDS = {
    "MinimumPasswordLength": 14,
    "PasswordReusePrevention": 24,
    "RequireSymbols": True,
    "RequireNumbers": True,
    "RequireUppercaseCharacters": True,
    "RequireLowercaseCharacters": True,
}
_MAX_AGE = 90


def _root_mfa(account: Account) -> Answer:
    if account.client("iam").get_account_summary()["SummaryMap"].get("AccountMFAEnabled"):
        return passed("The root user has MFA.")
    return failed("The root user has no MFA.", "root")


def _root_keys(account: Account) -> Answer:
    summary = account.client("iam").get_account_summary()["SummaryMap"]
    if summary.get("AccountAccessKeysPresent") or summary.get("AccountSigningCertificatesPresent"):
        return failed("The root user has access keys or a signing certificate.", "root")
    return passed("The root user has no access keys.")


def _user_mfa(account: Account) -> Answer:
    iam = account.client("iam")
    users = [user["UserName"] for page in iam.get_paginator("list_users").paginate() for user in page["Users"]]
    console = [name for name in users if _has_password(iam, name)]
    without = [name for name in console if not iam.list_mfa_devices(UserName=name)["MFADevices"]]
    if without:
        return failed(f"No MFA: {listed(without)}.", *without)
    return passed(f"All {len(console)} IAM users with a password have MFA.")


def _has_password(iam: object, name: str) -> bool:
    try:
        iam.get_login_profile(UserName=name)  # type: ignore[attr-defined]
    except iam.exceptions.NoSuchEntityException:  # type: ignore[attr-defined]
        return False
    return True


def _password_policy(account: Account) -> Answer:
    iam = account.client("iam")
    try:
        policy = iam.get_account_password_policy()["PasswordPolicy"]
    except iam.exceptions.NoSuchEntityException:
        return failed("There is no password policy.", account.id)
    weak = [name for name, least in _PASSWORDS.items() if policy.get(name, 0) < least]
    if not 0 < policy.get("MaxPasswordAge", 0) <= _MAX_AGE:
        weak.append("MaxPasswordAge")
    if weak:
        return failed(f"The password policy is too weak in {', '.join(weak)}.", account.id)
    return passed("Passwords have 14 characters of all classes, 24 remembered, for at most 90 days.")


CHECKS = (
    Check(
        name="RootMfa",
        title="The root user has MFA",
        permissions=("iam:GetAccountSummary",),
        fix="Sign in as the root user and add an MFA device under Security credentials; a hardware device is best.",
        ask=_root_mfa,
    ),
    Check(
        name="RootKeys",
        title="The root user has no access keys",
        permissions=("iam:GetAccountSummary",),
        fix="Sign in as the root user and delete its access keys and signing certificates under Security credentials.",
        ask=_root_keys,
    ),
    Check(
        name="UserMfa",
        title="Users with a password have MFA",
        permissions=("iam:ListUsers", "iam:GetLoginProfile", "iam:ListMFADevices"),
        fix="Have each of them add a device, or take the password: aws iam delete-login-profile --user-name NAME.",
        ask=_user_mfa,
    ),
    Check(
        name="PasswordPolicy",
        title="Passwords are strong",
        permissions=("iam:GetAccountPasswordPolicy",),
        fix="Deploy AccountBaseline, which sets the policy.",
        ask=_password_policy,
    ),
)
