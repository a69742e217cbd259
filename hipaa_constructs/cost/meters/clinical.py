"""HealthLake, HealthImaging, HealthOmics, and models with their guardrails."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cost.items import HOURS, Case, Family, Item, hours

# What a FHIR data store has without further charge (https://aws.amazon.com/healthlake/pricing/).
_FREE_GB = Decimal(10)
_FREE_QUERIES = 3500 * HOURS


def _fhir(case: Case) -> Iterator[Item]:
    yield hours("healthlake.datastore_hour", "a FHIR data store")
    stored = max(Decimal(0), case.share("clinical.fhir_gb") - _FREE_GB)
    yield Item("healthlake.gb_month", stored, f"beyond {_FREE_GB} GB, shared evenly", ("clinical.fhir_gb",))
    queries = max(Decimal(0), case.share("clinical.fhir_queries") - _FREE_QUERIES)
    yield Item("healthlake.queries", queries, "beyond 3,500 an hour, if spread evenly", ("clinical.fhir_queries",))


def _images(case: Case) -> Iterator[Item]:
    stored = case.share("clinical.imaging_gb")
    why = "images, shared evenly, all of them in frequent access"
    yield Item("healthimaging.frequent_gb_month", stored, why, ("clinical.imaging_gb",))
    requests = case.share("clinical.imaging_requests")
    yield Item("healthimaging.requests", requests, "requests, shared evenly", ("clinical.imaging_requests",))


def _sequences(case: Case) -> Iterator[Item]:
    stored = case.share("clinical.genomic_gb")
    yield Item("omics.active_gb_month", stored, "sequences, shared evenly, all active", ("clinical.genomic_gb",))


def _guardrail(case: Case) -> Iterator[Item]:
    units = case.share("clinical.guarded_units")
    rests = ("clinical.guarded_units",)
    if case.listed("ContentPolicyConfig.FiltersConfig"):
        yield Item("bedrock.guardrail_text_unit", units, "units that are filtered, shared evenly", rests)
    sensitive = "SensitiveInformationPolicyConfig.PiiEntitiesConfig"
    if case.listed(sensitive):
        price = "bedrock.guardrail_sensitive_text_unit"
        yield Item(price, units, "units that are searched for identifiers, shared evenly", rests)


# What calls of a service are billed by, by the last part of its endpoint's name. Which model is called, and so at what
# price, no template says.
_CALLS = {
    "bedrock-runtime": (
        ("bedrock.input_token", "clinical.input_tokens", "tokens that models read"),
        ("bedrock.output_token", "clinical.output_tokens", "tokens that models write"),
    ),
    "comprehendmedical": (("comprehendmedical.unit", "clinical.text_units", "texts that are read"),),
    "transcribe": (("transcribe.medical_second", "clinical.speech_seconds", "speech that is heard"),),
    "transcribestreaming": (("transcribe.medical_second", "clinical.speech_seconds", "speech that is heard"),),
}


def calls(case: Case) -> Iterator[Item]:
    """Yield what calls through an interface endpoint are billed by: an app that has one calls the service."""
    for price, key, what in _CALLS.get(_called(case.resource), ()):
        sharing = [one for one in case.app.of_type(case.resource.type) if _called(one) == _called(case.resource)]
        yield Item(price, case.use(key) / len(sharing), f"{what} through this endpoint", (key,), "clinical")


def _called(endpoint: Resource) -> str:
    return str(endpoint.get("ServiceName", "")).rpartition(".")[2]


FAMILY = Family(
    choice="clinical",
    units={
        "healthlake.datastore_hour": "datastore-hour",
        "healthlake.gb_month": "GB-month",
        "healthlake.queries": "query",
        "healthimaging.frequent_gb_month": "GB-month",
        "healthimaging.requests": "request",
        "omics.active_gb_month": "GB-month",
        "bedrock.input_token": "token",
        "bedrock.output_token": "token",
        "comprehendmedical.unit": "unit of 100 characters",
        "transcribe.medical_second": "second",
        "bedrock.guardrail_text_unit": "text unit",
        "bedrock.guardrail_sensitive_text_unit": "text unit",
    },
    meters={
        "AWS::HealthLake::FHIRDatastore": _fhir,
        "AWS::HealthImaging::Datastore": _images,
        "AWS::Omics::SequenceStore": _sequences,
        "AWS::Bedrock::Guardrail": _guardrail,
    },
)
