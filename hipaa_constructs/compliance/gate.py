"""How the gate calls itself in what CDK writes."""

from __future__ import annotations

from typing import Final

NAME: Final = "HIPAA.Constructs"
# Under this construct of the app, the gate notes the packs that check it.
GATE_ID: Final = "HipaaGate"
