"""Instances answer metadata requests of version 2 only.

A stolen request cannot be replayed then to read the role's credentials. Compliant: ``HttpTokens`` required, or the
endpoint off, on the instance, the launch template or the launch configuration; a machine that says nothing and starts
from Amazon Linux 2023 by a public parameter, whose image asks for a token unless the account says otherwise
(docs.aws.amazon.com/AWSEC2/latest/UserGuide/configuring-instance-metadata-options.html). Non-compliant: optional or
absent, where the image or the account may ask for version 2 unless a public parameter tells the image; of a SageMaker
notebook a ``MinimumInstanceMetadataServiceVersion`` below 2, which is its default
(docs.aws.amazon.com/sagemaker/latest/APIReference/API_InstanceMetadataServiceConfiguration.html), as a warning; as a
warning too, an ``HttpPutResponseHopLimit`` of more than the two hops that containers need, by which answers go further
(docs.aws.amazon.com/AWSEC2/latest/UserGuide/instancedata-data-retrieval.html). Unknown: a launch template that is not
part of the app; an absent one where what names the image calls it Amazon Linux 2023. Not applicable: a group, or an
instance without options of its own, whose launch template or configuration is part of the app and judged itself.
Elastic Beanstalk has ``DisableIMDSv1``, which is on by itself on Amazon Linux 2023.
"""

from __future__ import annotations

import re
from dataclasses import replace

from hipaa_constructs._secret_texts import decoded
from hipaa_constructs.cloudformation.model import App, Resource
from hipaa_constructs.cloudformation.values import (
    Resolved,
    Ternary,
    any_of,
    as_int,
    as_text,
    dig,
    is_one_of,
    is_present,
    is_true,
)
from hipaa_constructs.compliance.facts.beanstalk import TYPES, fix_of, is_used, option, platform
from hipaa_constructs.compliance.facts.launch_templates import LAUNCH_TEMPLATE, launch_template
from hipaa_constructs.compliance.facts.literal_secrets import shown as written_out
from hipaa_constructs.compliance.facts.machine_images import (
    is_called_amazon_linux_2023,
    names_known_system,
    needs_tokens_by_image,
)
from hipaa_constructs.compliance.facts.startup import INIT, read_by_init, user_data
from hipaa_constructs.compliance.fix import Fix
from hipaa_constructs.compliance.rule import (
    NOT_APPLICABLE,
    PASSED,
    Outcome,
    Rule,
    Verdict,
    failed,
    judge,
    shown,
    unknown,
    weaker,
    worst,
)

_TEMPLATE = LAUNCH_TEMPLATE
_CONFIGURATION = "AWS::AutoScaling::LaunchConfiguration"
_NOTEBOOK = "AWS::SageMaker::NotebookInstance"
_OF_NOTEBOOK = "InstanceMetadataServiceConfiguration.MinimumInstanceMetadataServiceVersion"
# One to the machine itself, and one more to a container on it.
_HOPS = 2
_MIXED = "MixedInstancesPolicy.LaunchTemplate.LaunchTemplateSpecification"


def _options(resource: Resource, options: Resolved) -> Verdict:
    if is_one_of(dig(options, "HttpEndpoint"), "disabled") is Ternary.YES:
        return PASSED
    return worst((_tokens(resource, options), _hops(options)))


def _hops(options: Resolved) -> Verdict:
    """Judge how far an answer goes; a number that deployment fills in was chosen by somebody."""
    limit = as_int(dig(options, "HttpPutResponseHopLimit"))
    if not isinstance(limit, int) or limit <= _HOPS:
        return PASSED
    return failed(
        f"MetadataOptions.HttpPutResponseHopLimit is {limit}, and containers need no more than {_HOPS}.",
        severity="warning",
    )


def _tokens(resource: Resource, options: Resolved) -> Verdict:
    if needs_tokens_by_image(resource):
        return PASSED
    tokens = dig(options, "HttpTokens")
    # What neither the machine nor a public parameter says, its image or the account may.
    left = is_present(tokens) is Ternary.NO and not names_known_system(resource)
    verdict = judge(
        any_of((is_one_of(tokens, "required"), is_one_of(dig(options, "HttpEndpoint"), "disabled"))),
        f"MetadataOptions.HttpTokens is {shown(tokens, 'not set')}, so version 1 is answered too"
        f"{' unless the image or the account asks for version 2' if left else ''}.",
        unknown_message="MetadataOptions is known only at deployment.",
    )
    if left and verdict.outcome is Outcome.FAILED and is_called_amazon_linux_2023(resource):
        return unknown(
            "MetadataOptions.HttpTokens is not set, and the image is called Amazon Linux 2023, which asks for version "
            "2 if it is."
        )
    return verdict


def _launched_by(value: Resolved, app: App) -> Verdict:
    """Judge what names its launch template in ``value``."""
    if launch_template(value, app) is None:
        return unknown("The launch template is not part of these templates.")
    return NOT_APPLICABLE


def _beanstalk(resource: Resource) -> Verdict:
    if is_used(resource):
        return NOT_APPLICABLE
    # docs.aws.amazon.com/elasticbeanstalk/latest/dg/command-options-general.html
    disabled = option(resource, "aws:autoscaling:launchconfiguration", "DisableIMDSv1")
    if disabled is not None:
        return judge(is_true(disabled), "DisableIMDSv1 is false, so version 1 is answered too.")
    runs_on = platform(resource)
    if not isinstance(runs_on, str):
        return unknown("DisableIMDSv1 is not set, and the platform is not known.")
    return judge("Amazon Linux 2023" in runs_on, "DisableIMDSv1 is not set, so version 1 is answered too.")


def check(resource: Resource) -> Verdict:
    if resource.type in TYPES:
        return _beanstalk(resource)
    if resource.type == _TEMPLATE:
        return _options(resource, resource.get("LaunchTemplateData.MetadataOptions"))
    if resource.type == _NOTEBOOK:
        version = as_text(resource.get(_OF_NOTEBOOK))
        return weaker(
            judge(
                is_one_of(version, "2"),
                f"{_OF_NOTEBOOK} is {shown(version, 'not set')}, so version 1 is answered too.",
                unknown_message=f"{_OF_NOTEBOOK} is known only at deployment.",
            )
        )
    own = resource.get("MetadataOptions")
    template = resource.get("LaunchTemplate", resource.get(_MIXED))
    if own is None and template is not None:
        return _launched_by(template, resource.template.app)
    if resource.type == "AWS::AutoScaling::AutoScalingGroup":
        configuration = resource.template.target(resource.get("LaunchConfigurationName"), _CONFIGURATION)
        if configuration is None:
            return unknown("The launch configuration is not part of these templates.")
        return NOT_APPLICABLE
    return _options(resource, own)


def _asks_without_token(machine: Resource) -> bool:
    """Whether what a machine runs when it starts asks for metadata, and nothing there asks for a token."""
    written = [*user_data(machine), *(text for _, text in read_by_init(machine, INIT))]
    texts = [decoded(text) or text for text in map(written_out, written)]
    return any(_ADDRESS in text for text in texts) and not any(_TOKEN.search(text) for text in texts)


_ADDRESS = "169.254.169.254"
_TOKEN = re.compile(r"/latest/api/token|X-aws-ec2-metadata-token", re.IGNORECASE)
# docs.aws.amazon.com/AWSEC2/latest/UserGuide/instancedata-data-retrieval.html
_BY_TOKEN = (
    f"What it runs at its start asks {_ADDRESS} without a token, which is refused then: let it first put to "
    f"http://{_ADDRESS}/latest/api/token with the header X-aws-ec2-metadata-token-ttl-seconds, and send the answer in "
    "X-aws-ec2-metadata-token."
)
_OPTIONS = {
    _CONFIGURATION: "MetadataOptions",
    "AWS::EC2::Instance": "MetadataOptions",
    _TEMPLATE: "LaunchTemplateData.MetadataOptions",
}


def _answers_far(machine: Resource) -> bool:
    return _hops(machine.get(_OPTIONS[machine.type])) is not PASSED


_OF_MACHINES = (
    Fix(
        (_CONFIGURATION,),
        {"MetadataOptions.HttpTokens": "required"},
        cdk=("autoscaling.AutoScalingGroup(require_imdsv2=True)",),
    ),
    Fix(
        ("AWS::EC2::Instance",),
        {"MetadataOptions.HttpTokens": "required"},
        cdk=("ec2.Instance(require_imdsv2=True)",),
    ),
    Fix(
        (_TEMPLATE,),
        {"LaunchTemplateData.MetadataOptions.HttpTokens": "required"},
        cdk=("ec2.LaunchTemplate(require_imdsv2=True)",),
    ),
)


RULE = Rule(
    name="InstanceMetadataV2",
    severity="error",
    resource_types=(
        "AWS::AutoScaling::AutoScalingGroup",
        _CONFIGURATION,
        "AWS::EC2::Instance",
        _TEMPLATE,
        _NOTEBOOK,
        *TYPES,
    ),
    controls=("164.312(a)(1)",),
    fix="Let the instance answer metadata requests of version 2 only.",
    fixes=(
        Fix(
            ("AWS::AutoScaling::AutoScalingGroup",),
            template=f"The {_TEMPLATE} that it names has LaunchTemplateData.MetadataOptions.HttpTokens: required, or "
            f"the {_CONFIGURATION} has MetadataOptions.HttpTokens: required.",
            cdk=("autoscaling.AutoScalingGroup(require_imdsv2=True)", "ec2.LaunchTemplate(require_imdsv2=True)"),
        ),
        *(
            Fix(
                (kind,),
                {f"{path}.HttpTokens": "required", f"{path}.HttpPutResponseHopLimit": _HOPS},
                beside="One is enough where no container on it asks for metadata.",
                when=_answers_far,
            )
            for kind, path in _OPTIONS.items()
        ),
        *(replace(fix, beside=_BY_TOKEN, when=_asks_without_token) for fix in _OF_MACHINES),
        *_OF_MACHINES,
        Fix((_NOTEBOOK,), {_OF_NOTEBOOK: "2"}),
        fix_of(("aws:autoscaling:launchconfiguration", "DisableIMDSv1", "true")),
    ),
    check=check,
)
