"""Whether what goes on is recorded, and reaches someone."""

from __future__ import annotations

from hipaa_constructs.preflight.check import Account, Answer, Check, failed, listed, passed


def _recorder(account: Account) -> Answer:
    silent, partial = [], []
    for region in account.regions:
        config = account.client("config", region)
        recording = {
            status["name"]
            for status in config.describe_configuration_recorder_status()["ConfigurationRecordersStatus"]
            if status.get("recording")
        }
        recorders = [
            recorder
            for recorder in config.describe_configuration_recorders()["ConfigurationRecorders"]
            if recorder["name"] in recording
        ]
        if not recorders:
            silent.append(region)
        elif not any(recorder.get("recordingGroup", {}).get("allSupported") for recorder in recorders):
            partial.append(region)
    if silent:
        return failed(f"AWS Config does not record in {', '.join(silent)}.", *silent)
    if partial:
        return failed(f"AWS Config records only some types in {', '.join(partial)}.", *partial)
    return passed("AWS Config records all types of resources.")


def _trails(account: Account) -> Answer:
    """A trail of all Regions that records is enough; else each enabled Region needs one of its own."""
    regions = [region["RegionName"] for region in account.client("ec2").describe_regions()["Regions"]]
    uncovered = []
    for region in regions:
        cloudtrail = account.client("cloudtrail", region)
        recording = [
            trail
            for trail in cloudtrail.describe_trails(includeShadowTrails=True)["trailList"]
            if account.client("cloudtrail", trail["HomeRegion"]).get_trail_status(Name=trail["TrailARN"])["IsLogging"]
        ]
        if any(trail.get("IsMultiRegionTrail") for trail in recording):
            return passed(f"A trail records all {len(regions)} enabled Regions.")
        if not recording:
            uncovered.append(region)
    if uncovered:
        return failed(f"No trail records {listed(uncovered)}.", *uncovered)
    return passed(f"Trails record each of the {len(regions)} enabled Regions.")


def _subscriptions(account: Account) -> Answer:
    """Whoever an alarm is sent to has to have confirmed: until then SNS delivers nothing."""
    nobody, pending, topics = [], [], set()
    for region in account.regions:
        alarms = account.client("cloudwatch", region).get_paginator("describe_alarms").paginate()
        told = {
            action
            for page in alarms
            for alarm in (*page["MetricAlarms"], *page["CompositeAlarms"])
            for action in alarm["AlarmActions"]
            if action.split(":")[2] == "sns"
        }
        sns = account.client("sns", region)
        for topic in sorted(told):
            pages = sns.get_paginator("list_subscriptions_by_topic").paginate(TopicArn=topic)
            subscriptions = [entry for page in pages for entry in page["Subscriptions"]]
            waiting = [
                entry["Endpoint"] for entry in subscriptions if entry["SubscriptionArn"] == "PendingConfirmation"
            ]
            pending.extend(waiting)
            if len(waiting) == len(subscriptions):
                nobody.append(topic)
        topics |= told
    if nobody:
        return failed(f"Nobody has confirmed a subscription to {listed(nobody)}.", *nobody)
    if pending:
        return failed(f"Not confirmed: {listed(pending)}.", *pending)
    if not topics:
        return failed("No alarm tells a topic anything.", *account.regions)
    return passed(f"All subscriptions to the {len(topics)} topics of alarms are confirmed.")


CHECKS = (
    Check(
        name="ConfigRecorder",
        title="AWS Config records every type of resource",
        permissions=("config:DescribeConfigurationRecorders", "config:DescribeConfigurationRecorderStatus"),
        fix="Deploy ContinuousCompliance in each of these Regions.",
        ask=_recorder,
    ),
    Check(
        name="TrailInEveryRegion",
        title="A trail records every Region",
        permissions=("ec2:DescribeRegions", "cloudtrail:DescribeTrails", "cloudtrail:GetTrailStatus"),
        fix="Deploy AuditTrail, which records all Regions; start a stopped one with aws cloudtrail start-logging.",
        ask=_trails,
    ),
    Check(
        name="AlertSubscriptions",
        title="Subscriptions to alerts are confirmed",
        permissions=("cloudwatch:DescribeAlarms", "sns:ListSubscriptionsByTopic"),
        fix="Follow the link in the mail with the subject 'AWS Notification - Subscription Confirmation'; deploying "
        "AlertTopic again sends none, so remove and add the address if the mail is lost.",
        ask=_subscriptions,
    ),
)
