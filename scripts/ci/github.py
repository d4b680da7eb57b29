"""What GitHub hands to a step by variables and files, and what a step hands back; nothing happens where they are not set."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from scripts.core.errors import RequestError

OUTPUT_VARIABLE = "GITHUB_OUTPUT"
SUMMARY_VARIABLE = "GITHUB_STEP_SUMMARY"
# Set by the workflows: the inputs of a run by hand, the repository's variable, the plan, the artefact, the job's state.
CELLS_VARIABLE = "WHEELS_CELLS"
REPOSITORY_CELLS_VARIABLE = "WHEELS_REPOSITORY_CELLS"
PUBLISH_VARIABLE = "WHEELS_PUBLISH"
PLAN_VARIABLE = "WHEELS_PLAN"
ARTIFACT_VARIABLE = "WHEELS_ARTIFACT"
HANDED_ARTIFACT_VARIABLE = "WHEELS_HANDED_ARTIFACT"
STATUS_VARIABLE = "WHEELS_JOB_STATUS"
SESSION_VARIABLE = "WHEELS_SESSION"
TRUE = "true"
RELEASE_REFS = "refs/tags/v"
MAIN_REF = "refs/heads/main"


@dataclass(frozen=True, kw_only=True)
class Event:
    """What started a run: GitHub's name for it, the branch or tag, and whether publishing was asked for by hand."""

    name: str
    ref: str
    asked_to_publish: bool

    @property
    def stages(self) -> bool:
        """Whether its wheels are staged: every push to main."""
        return self.name == "push" and self.ref == MAIN_REF

    @property
    def publishes(self) -> bool:
        """Whether its wheels are published: a release tag, or by hand."""
        return (self.name == "push" and self.ref.startswith(RELEASE_REFS)) or (
            self.name == "workflow_dispatch" and self.asked_to_publish
        )

    @property
    def is_scheduled(self) -> bool:
        return self.name == "schedule"


def this_event(environ: Mapping[str, str] | None = None) -> Event:
    """Return what started the run that this process is part of; an empty name on a laptop."""
    found = os.environ if environ is None else environ
    return Event(
        name=found.get("GITHUB_EVENT_NAME", ""),
        ref=found.get("GITHUB_REF", ""),
        asked_to_publish=found.get(PUBLISH_VARIABLE, "") == TRUE,
    )


def words_of_run(environ: Mapping[str, str] | None = None) -> list[str]:
    """Return the cells that the run was asked for: its own input, else the repository's variable, else none."""
    found = os.environ if environ is None else environ
    return (found.get(CELLS_VARIABLE, "") or found.get(REPOSITORY_CELLS_VARIABLE, "")).replace(",", " ").split()


def _append(variable: str, text: str) -> None:
    path = os.environ.get(variable)
    if path:
        with Path(path).open("a", encoding="utf-8") as file:
            file.write(text)


def hand_on(outputs: Mapping[str, str]) -> None:
    """Set outputs of the step, one line each."""
    for name, value in outputs.items():
        if "\n" in value:
            raise RequestError(f"the output {name} has several lines; GitHub would read the rest as other outputs")
        _append(OUTPUT_VARIABLE, f"{name}={value}\n")


def summarise(markdown: str) -> None:
    """Add to the page that GitHub shows for the job."""
    _append(SUMMARY_VARIABLE, markdown)
