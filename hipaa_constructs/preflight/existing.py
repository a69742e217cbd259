"""Before deployment: which of the things that an account has once in a Region are there already."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from hipaa_constructs.preflight import detection
from hipaa_constructs.preflight.check import Account, Answer, Check, failed, passed
from hipaa_constructs.preflight.detection import Watch
from hipaa_constructs.preflight.plan import Plan

_STACKS = ("cloudformation:ListStackResources",)
_BELOW = "Use the configuration below."
_Ask = Callable[[Account], Answer]


def checks(plan: Plan) -> Sequence[Check]:
    """Return the questions about services; those that the organization's administrator runs are not the plan's."""
    return [*(() if plan.by_organization else _of_detection_stacks(plan)), _inspector(plan), _recorder(plan)]


def _of_detection_stacks(plan: Plan) -> Iterator[Check]:
    yield Check(
        name="GuardDutyFits",
        title="The landing zone makes the GuardDuty detectors that are missing, and no other",
        permissions=(*_permissions("ThreatDetection"), *_STACKS),
        fix=_BELOW,
        ask=lambda account: _guard_duty(account, plan),
    )
    yield Check(
        name="SecurityHubFits",
        title="The landing zone turns Security Hub on if it is off, and not again",
        permissions=(*_permissions("SecurityPosture"), *_STACKS),
        fix=_BELOW,
        ask=_service(
            plan, "security_hub", "Security Hub", detection.security_hub, "Detection", "AWS::SecurityHub::Hub"
        ),
    )
    yield Check(
        name="MacieFits",
        title="The landing zone turns Macie on if it is off, and not again",
        permissions=(*_permissions("DataDiscovery"), *_STACKS),
        fix=_BELOW,
        ask=_service(plan, "macie", "Macie", detection.macie, "Detection", "AWS::Macie::Session"),
    )
    yield Check(
        name="AccessAnalyzerFits",
        title="The landing zone makes the analyzers that are missing, and no other",
        permissions=(*_permissions("AccessReview"), *_STACKS),
        fix=_BELOW,
        ask=lambda account: _analyzers(account, plan),
    )


def _inspector(plan: Plan) -> Check:
    return Check(
        name="InspectorFits",
        title="The landing zone turns on the scans of Inspector that are off",
        permissions=(*_permissions("VulnerabilityScanning"), *_STACKS),
        fix=_BELOW,
        ask=lambda account: _scans(account, plan),
    )


def _recorder(plan: Plan) -> Check:
    return Check(
        name="ConfigFits",
        title="The landing zone makes AWS Config's recorder if there is none, and no other",
        permissions=(
            "config:DescribeConfigurationRecorders",
            "config:DescribeConfigurationRecorderStatus",
            "config:DescribeDeliveryChannels",
            *_STACKS,
        ),
        fix=_BELOW,
        ask=_service(
            plan,
            "config",
            "AWS Config's recorder",
            detection.config,
            "Foundation",
            "AWS::Config::ConfigurationRecorder",
        ),
    )


def _permissions(check: str) -> tuple[str, ...]:
    (found,) = (one for one in detection.CHECKS if one.name == check)
    return found.permissions


def _service(plan: Plan, key: str, name: str, look: Callable[[Account, str], Watch], stack: str, kind: str) -> _Ask:
    def ask(account: Account) -> Answer:
        region = plan.primary_region
        watch = look(account, region)
        own = watch.there and bool(plan.made(account, region, stack, kind))
        return _judge(plan, key, f"{name} in {region}", there=watch.there, own=own, lacks=watch.lacks)

    return ask


def _judge(
    plan: Plan,
    key: str,
    thing: str,
    *,
    there: bool,
    own: bool,
    lacks: Sequence[str] = (),
    settings: Mapping[str, Any] = MappingProxyType({}),
) -> Answer:
    """Compare what is there with what the configuration says of it."""
    given, fits = plan.exists[key], there and not own
    fitting = {f"detection.{key}": fits, **settings}
    if own and given:
        return failed(f"{thing} is the landing zone's own; as existing it would be removed.").with_settings(fitting)
    if fits and not given:
        return failed(f"{thing} exists already; a second one fails deployment.").with_settings(fitting)
    if given and not there:
        return failed(f"{thing} does not exist, as the configuration says.").with_settings(fitting)
    if fits and lacks:
        return failed(
            f"{thing} exists, but: {'; '.join(lacks)}.",
            severity="warning",
            fix="It deploys. Ask whoever runs it to complete it; what the landing zone can do is below.",
        ).with_settings(fitting)
    state = "is the landing zone's own" if own else "exists, and stays as it is" if there else "is made"
    return passed(f"{thing} {state}.").with_settings(fitting)


def _worst(answers: Sequence[Answer]) -> Answer:
    """Make one answer of several: all that is wrong, or all that is right."""
    wrong = [one for one in answers if one.outcome != "passed"]
    settings = {key: value for one in answers for key, value in one.settings.items()}
    told = " ".join(one.message for one in wrong or answers)
    if not wrong:
        return passed(told).with_settings(settings)
    errors = [one for one in wrong if one.severity is None]
    fix = "" if errors else " ".join(dict.fromkeys(one.fix for one in wrong))
    return failed(told, fix=fix, severity=None if errors else "warning").with_settings(settings)


def _guard_duty(account: Account, plan: Plan) -> Answer:
    return _worst(
        [
            _detector(account, plan, "guard_duty", "detector_id", plan.primary_region, "Detection"),
            _detector(
                account, plan, "recovery_guard_duty", "recovery_detector_id", plan.recovery_region, "RecoveryDetection"
            ),
        ]
    )


def _detector(account: Account, plan: Plan, key: str, id_key: str, region: str, stack: str) -> Answer:
    """Judge a detector, and whether its findings are to be kept by the landing zone."""
    watch = detection.guard_duty(account, region)
    own = watch.resource_id in plan.made(account, region, stack, "AWS::GuardDuty::Detector") if watch.there else False
    thing = f"GuardDuty in {region}"
    if not watch.there or own:
        return _judge(plan, key, thing, there=watch.there, own=own, settings={f"detection.{id_key}": None})
    exporting = bool(plan.made(account, region, stack, "AWS::GuardDuty::PublishingDestination"))
    kept_elsewhere = detection.EXPORTS not in watch.lacks and not exporting
    given, fits = plan.detector_ids[key], None if kept_elsewhere else watch.resource_id
    settings = {f"detection.{id_key}": fits}
    if plan.exists[key] and given is not None and given != fits:
        said = "keeps its findings elsewhere already" if kept_elsewhere else f"has the detector {watch.resource_id}"
        told = f"{thing} {said}; {id_key} is {given}."
        return failed(told).with_settings({f"detection.{key}": True, **settings})
    # What the landing zone will do about it is not lacking.
    lacks = [one for one in watch.lacks if not (one == detection.EXPORTS and given is not None)]
    return _judge(plan, key, thing, there=True, own=False, lacks=lacks, settings=settings)


def _analyzers(account: Account, plan: Plan) -> Answer:
    region = plan.primary_region
    found = {one["type"]: one["arn"] for one in detection.analyzers(account, region)}
    own = plan.made(account, region, "Detection", "AWS::AccessAnalyzer::Analyzer") if found else set()
    return _worst(
        [
            _judge(
                plan,
                key,
                f"The analyzer of {what} access in {region}",
                there=kind in found,
                own=found.get(kind) in own,
            )
            for key, kind, what in (
                ("access_analyzer", "ACCOUNT", "external"),
                ("unused_access_analyzer", "ACCOUNT_UNUSED_ACCESS", "unused"),
            )
        ]
    )


def _scans(account: Account, plan: Plan) -> Answer:
    """Judge Inspector: turning on what is on already does no harm, unless an administrator has it in hand."""
    region, given = plan.primary_region, plan.exists["inspector"]
    watch = detection.inspector(account, region)
    complete = watch.there and not watch.lacks
    own = watch.there and bool(plan.made(account, region, "Foundation", "Custom::Inspector"))
    if complete and not own and not given:
        told = f"Inspector in {region} scans everything already, and is left alone."
        return passed(told).with_settings({"detection.inspector": True})
    if given or complete:
        return _judge(plan, "inspector", f"Inspector in {region}", there=watch.there, own=own, lacks=watch.lacks)
    return passed(f"Inspector in {region} is turned on.").with_settings({"detection.inspector": False})
