"""Before deployment: whether Cost Anomaly Detection has a monitor of services already, of which an account has one."""

from __future__ import annotations

from collections.abc import Sequence

from botocore.exceptions import ClientError  # type: ignore[import-untyped]

from hipaa_constructs.compliance.availability import is_absent
from hipaa_constructs.preflight.check import Account, Answer, Check, failed, passed
from hipaa_constructs.preflight.plan import Plan

_TYPE = "AWS::CE::AnomalyMonitor"
_SETTING = "costs.services_monitor"
_NOT_ENABLED = "not enabled for cost explorer"


def checks(plan: Plan) -> Sequence[Check]:
    """Return the question, where the landing zone watches costs and the Region has anomalies."""
    if plan.services_monitor is None or is_absent(_TYPE, plan.primary_region):
        return ()
    return (
        Check(
            name="CostMonitorFits",
            title="The landing zone makes the monitor of costs by service if there is none, and no other",
            permissions=("ce:GetAnomalyMonitors", "cloudformation:ListStackResources"),
            fix="Use the configuration below.",
            ask=lambda account: _monitor(account, plan),
        ),
    )


def _monitor(account: Account, plan: Plan) -> Answer:
    try:
        found = _of_services(account)
    except ClientError as error:
        if _NOT_ENABLED not in error.response["Error"].get("Message", "").lower():
            raise
        return failed(
            "Cost Explorer is not turned on, which Cost Anomaly Detection needs.",
            fix="Open Cost Explorer once in the console of Billing and Cost Management, in an organization as its "
            "management account; a day later ask again. Until then leave costs out of the configuration.",
        )
    own = plan.made(account, plan.primary_region, "Foundation", _TYPE) if found else set()
    # What the landing zone made itself stays its own.
    fits = next((arn for arn in found if arn not in own), None) or "create"
    thing = f"The monitor {fits}" if fits != "create" else "The monitor of services"
    if plan.services_monitor == fits:
        state = "exists, and stays as it is" if fits != "create" else "is the landing zone's own" if own else "is made"
        return passed(f"{thing} {state}.").with_settings({_SETTING: fits})
    if fits == "create":
        return failed(f"{plan.services_monitor} is no monitor of this account that others made.").with_settings(
            {_SETTING: fits}
        )
    return failed(f"{thing} exists already; a second one fails deployment.").with_settings({_SETTING: fits})


def _of_services(account: Account) -> Sequence[str]:
    """Return the ARNs of the monitors of services; the call has no paginator."""
    client, token = account.client("ce"), dict[str, str]()
    found: list[str] = []
    while True:
        page = client.get_anomaly_monitors(**token)
        found += [one["MonitorArn"] for one in page["AnomalyMonitors"] if one.get("MonitorDimension") == "SERVICE"]
        if not page.get("NextPageToken"):
            return found
        token = {"NextPageToken": page["NextPageToken"]}
