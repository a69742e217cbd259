"""Which models of Bedrock are meant, and what policies name them: a model here, or a profile and its Regions."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import aws_cdk as cdk

from hipaa_constructs._arguments import is_token, refuse
from hipaa_constructs._constants import partition
from hipaa_constructs._stacks import arn_in, region_of

# docs.aws.amazon.com/bedrock/latest/APIReference/API_FoundationModelDetails.html, and before it the geography of a
# profile: docs.aws.amazon.com/bedrock/latest/userguide/inference-profiles-support.html
_MODEL_ID = re.compile(r"[a-z0-9-]{1,63}\.([a-z0-9-]{1,63}\.){0,2}[a-z0-9-]{1,63}(:[a-z0-9-]{1,63}){0,2}")
_GEOGRAPHIES = ("apac", "au", "ca", "eu", "jp", "us", "us-gov")
_GLOBAL = "global"
_REGION = re.compile(r"[a-z]{2}(-[a-z]+)+-\d")
_PROFILES = "docs.aws.amazon.com/bedrock/latest/userguide/geographic-cross-region-inference.html"


@dataclass(frozen=True)
class Model:
    """A model as it is asked for; ``model_id`` is what goes into a request."""

    model_id: str

    @property
    def is_profile(self) -> bool:
        """Whether Bedrock chooses among Regions."""
        return self._geography in _GEOGRAPHIES

    @property
    def _geography(self) -> str:
        return self.model_id.partition(".")[0]

    def arn(self, stack: cdk.Stack) -> str:
        """Return what a request names: the model of the stack's own Region, or the profile of its account."""
        if self.is_profile:
            return arn_in(stack, "bedrock", f"inference-profile/{self.model_id}")
        return _model_arn(self.model_id, region_of(stack))

    def behind(self, stack: cdk.Stack, regions: Sequence[str]) -> list[str]:
        """Return the models that a profile passes requests on to; the source Region's own is always one."""
        model_id = self.model_id.partition(".")[2]
        return [_model_arn(model_id, region) for region in dict.fromkeys([region_of(stack), *regions])]


def read_models(model_ids: Sequence[str], inference_regions: Sequence[str]) -> list[Model]:
    """Return the models, and refuse what would take prompts where nobody said they may go."""
    if not model_ids:
        refuse(
            "model_ids", model_ids, allowed="it takes one model or more", fix="Name those that are approved for PHI."
        )
    for model_id in model_ids:
        _require_model_id(model_id)
    models = [Model(model_id) for model_id in dict.fromkeys(model_ids)]
    profiles = [model.model_id for model in models if model.is_profile]
    if profiles and not inference_regions:
        refuse(
            "inference_regions",
            inference_regions,
            allowed=f"{profiles[0]} sends prompts to other Regions ({_PROFILES})",
            fix="Name the Regions of the profile, as get-inference-profile lists them, or take the model of the "
            "stack's Region alone.",
        )
    if inference_regions and not profiles:
        refuse(
            "inference_regions",
            list(inference_regions),
            allowed="no model of model_ids is an inference profile, so that prompts stay in the stack's Region",
            fix="Leave it out.",
        )
    for region in inference_regions:
        if not _REGION.fullmatch(region):
            refuse("inference_regions", region, allowed="it takes names of Regions", fix="Write one as 'us-west-2'.")
    return models


def _require_model_id(model_id: str) -> None:
    if is_token(model_id) or not _MODEL_ID.fullmatch(model_id):
        refuse(
            "model_ids",
            model_id,
            allowed="it takes literal ids of models or of geographic inference profiles",
            fix="Write one as 'amazon.nova-lite-v1:0' or 'us.amazon.nova-lite-v1:0', without an ARN.",
        )
    if model_id.startswith(f"{_GLOBAL}."):
        refuse(
            "model_ids",
            model_id,
            allowed="a global profile sends prompts to Regions of any country, which nobody can name beforehand",
            fix="Take a geographic profile, such as us., with inference_regions.",
        )


def _model_arn(model_id: str, region: str) -> str:
    return f"arn:{partition()}:bedrock:{region}::foundation-model/{model_id}"
