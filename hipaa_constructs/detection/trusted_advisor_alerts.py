from __future__ import annotations

from constructs import Construct

from hipaa_constructs._arguments import checked_arguments, is_token, refuse
from hipaa_constructs._stacks import region_of
from hipaa_constructs.primitives.alert_rule import define_alert_rule
from hipaa_constructs.primitives.alert_topic import AlertTopic

# Where Trusted Advisor sends its events.
HOME_REGION = "us-east-1"


class TrustedAdvisorAlerts(Construct):
    """Trusted Advisor's security checks that turn yellow or red, sent to people.

    Trusted Advisor sends events in us-east-1 alone, and all its checks, with refreshes that make events, need a paid
    support plan (Business Support+ or above); ``hipaa-constructs preflight`` tells whether the account has one:
    docs.aws.amazon.com/awssupport/latest/user/cloudwatch-events-ta.html. In China it sends none:
    docs.amazonaws.cn/en_us/aws/latest/userguide/trusted-advisor.html.

    Supports 164.308(a)(1)(ii)(A) risk analysis and 164.308(a)(8) evaluation.

    :param topic: who is told; it has to be in us-east-1 too.
    :raises ValueError: a stack in another Region.
    """

    @checked_arguments
    def __init__(self, scope: Construct, construct_id: str, *, topic: AlertTopic) -> None:
        region = region_of(scope)
        if not is_token(region) and region != HOME_REGION:
            refuse(
                "scope",
                f"a stack in {region}",
                allowed=f"Trusted Advisor sends its events in {HOME_REGION} alone",
                fix=f"Put it and its topic into a stack with env region {HOME_REGION!r}; GovCloud and China have none.",
            )
        super().__init__(scope, construct_id)

        define_alert_rule(
            self,
            "Checks",
            source="aws.trustedadvisor",
            detail_types=["Trusted Advisor Check Item Refresh Notification"],
            topic=topic,
            description="Trusted Advisor checks in state warn or error",
            runbook="trusted-advisor-check",
            detail={"status": ["WARN", "ERROR"]},
        )
