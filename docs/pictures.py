"""Pages of the reference apps: what each is, and a picture of its data flow, drawn from its own evidence.

``make docs`` writes them. The test of an example, which synthesizes it anyway, fails when its page is out of date.
"""

from __future__ import annotations

import ast
import dataclasses
import datetime
import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from importlib.resources import files
from pathlib import Path

from hipaa_constructs.evidence.collect import collect
from hipaa_constructs.evidence.data_flow import Flow, flows_of
from hipaa_constructs.evidence.data_flow_map import data_flow_map
from hipaa_constructs.evidence.labels import shorten_path
from hipaa_constructs.evidence.model import Evidence, StoreEvidence

ROOT = Path(__file__).parent.parent
# Examples that are whole systems, and their pages, docs/examples/<name>.md and .svg; the site has one named as the app.
APPS = {
    "fhir_platform": "fhir-platform",
    "imaging_pipeline": "imaging-and-ai-pipeline",
    "payer_data_platform": "payer-data-platform",
    "telehealth": "telehealth-service",
}
# Nothing in the pages depends on the day.
_DAY = datetime.date(2026, 1, 1)
_NOTE = "<!-- section: reference -->\n<!-- Written by docs/pictures.py; change the example instead. -->\n"
_MARKER = (
    '<defs><marker id="arrow" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="8" markerHeight="8" '
    'markerUnits="userSpaceOnUse" orient="auto-start-reverse"><path class="p-arrow" d="M0 0 10 5 0 10Z"/></marker>'
    "</defs>"
)


def pages_of(app: str, synthesized: Path) -> Mapping[str, str]:
    """Return the pages of one app by their names in ``docs``, from the folder that its synthesis wrote."""
    evidence = _about_data(collect(synthesized, today=_DAY))
    flows, _ = flows_of(evidence, most=1)
    name = APPS[app]
    return {f"examples/{name}.svg": _picture(flows[0]), f"examples/{name}.md": _page(app, name, flows[0], evidence)}


def synthesize(app: str, directory: Path) -> None:
    """Run an example as ``cdk synth`` does, with the feature flags of cdk.json."""
    context = json.loads((ROOT / "cdk.json").read_text("utf-8"))["context"]
    flags = {key: value for key, value in context.items() if key.startswith("@")}
    said = {"CDK_OUTDIR": str(directory), "CDK_CONTEXT_JSON": json.dumps(flags), "CDK_VALIDATION": "false"}
    example = str(ROOT / "examples" / f"{app}.py")
    subprocess.run([sys.executable, example], env={**os.environ, **said}, check=True, capture_output=True)


def write() -> None:
    """Synthesize each app, and write its pages."""
    for app in APPS:
        with tempfile.TemporaryDirectory() as directory:
            synthesize(app, Path(directory))
            for name, text in pages_of(app, Path(directory)).items():
                (ROOT / "docs" / name).write_text(text, "utf-8")
                sys.stdout.write(f"wrote docs/{name}\n")


def _about_data(evidence: Evidence) -> Evidence:
    """Leave out what keeps logs, copies and notices: each system has the same."""
    return dataclasses.replace(evidence, inventory=[one for one in evidence.inventory if one.role == "data"])


def _picture(flow: Flow) -> str:
    drawn = str(data_flow_map(flow))
    style = files("hipaa_constructs.evidence").joinpath("templates", "style.css").read_text("utf-8")
    colours = re.findall(r"^\.p-.*$", style, re.MULTILINE)
    root = re.search(r"^:root \{.*?^\}", style, re.MULTILINE | re.DOTALL)
    assert root is not None
    rules = "\n".join([root[0], "svg { background: var(--paper); font-family: var(--sans); }", *colours])
    opening = '<svg xmlns="http://www.w3.org/2000/svg" '
    return drawn.replace("<svg ", opening, 1).replace(">", f">\n<style>\n{rules}\n</style>\n{_MARKER}\n", 1) + "\n"


def _page(app: str, name: str, flow: Flow, evidence: Evidence) -> str:
    docstring = ast.get_docstring(ast.parse((ROOT / "examples" / f"{app}.py").read_text("utf-8"))) or ""
    title, _, rest = docstring.partition("\n")
    heading, _, about = title.partition(": ")
    told = [f"It is made of {about}", *([rest.strip().replace("``", "`")] if rest.strip() else [])]
    return "\n".join(
        [
            f"# {heading}",
            "",
            _NOTE,
            "\n\n".join(told),
            "",
            f"The app is [`examples/{app}.py`](../../examples/{app}.py). It has no finding in four of cdk-nag's",
            "packs and the rules here, and no acknowledgement of its own.",
            "",
            f"![{heading}: who may reach which store, and the keys of the stores]({name}.svg)",
            "",
            "An arrow points where data goes; a dotted line says who may connect. What keeps logs, backups and notices",
            "is left out. `hipaa-constructs report` draws the same of any app.",
            "",
            "| store | who may reach it | kept |",
            "| --- | --- | --- |",
            *(_row(flow, position, store) for position, store in enumerate(_in_order(flow, evidence))),
            "",
        ]
    )


def _in_order(flow: Flow, evidence: Evidence) -> Sequence[StoreEvidence]:
    by_name = {shorten_path(str(one.resource), below=flow.stack): one for one in evidence.inventory}
    return [by_name[store.name] for store in flow.stores]


def _row(flow: Flow, position: int, store: StoreEvidence) -> str:
    reached = [
        f"{flow.parties[who].name} ({' and '.join(sorted(verbs))})"
        for (who, about), verbs in sorted(flow.access.items())
        if about == position
    ]
    kept = "; ".join([*store.copies, *store.retention]).replace(f"{flow.stack}/", "")
    node = flow.stores[position]
    return f"| {node.name}: {node.kind} | {'; '.join(reached)} | {kept} |"


if __name__ == "__main__":
    write()
