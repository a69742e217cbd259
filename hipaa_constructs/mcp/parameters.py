"""What the tools take, with what models are told of it."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from hipaa_constructs.mending import GIVEN, QUESTIONS

Limit = Annotated[int, Field(ge=1, le=100, description="How many to list at most.")]
Offset = Annotated[int, Field(ge=0, le=1_000_000, description="How many to skip; next_offset of the answer before.")]
Text = Annotated[str, Field(max_length=200)]
Given = Annotated[str, Field(max_length=4096)]
Parameters = Annotated[
    dict[Given, Given],
    Field(
        max_length=200,
        description="What parameters are deployed with, by name. Default: every value that a template distinguishes "
        "is judged.",
    ),
]
TemplateFiles = Annotated[
    list[Given],
    Field(
        min_length=1,
        max_length=20,
        description='Template files, relative to the root, such as ["infra/db.yaml"]; what is deployed together '
        "belongs in one call.",
    ),
]
Known = Annotated[
    dict[Text, Given],
    Field(
        max_length=20,
        description="What only the templates' owner knows, so ask a person: "
        f"{'; '.join(f'{name}: {what}' for name, what in GIVEN.items())}. A value may name a parameter or resource of "
        "the template; a list has commas. Default: what needs it is left.",
    ),
]
FixRules = Annotated[list[Text], Field(max_length=200, description="Mend what these rules find. Default: all.")]
Ask = Annotated[
    bool,
    Field(
        description="Have parameters without a default ask whoever deploys the template for what is not given: "
        f"{', '.join(QUESTIONS)}. The next deployment fails until a person gives them."
    ),
]

Replacement = Annotated[
    bool,
    Field(
        description="Mend also what CloudFormation changes only by making the resource anew, a store empty. Leave it "
        "false unless a person says otherwise."
    ),
]
