"""Before anything is sent: the table of what would happen, and the question."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from scripts.core.errors import RequestError
from scripts.publish.artifact import Artifact

HEAD = ("file", "variant", "size", "tests", "there")


def _columns(artifact: Artifact, is_new: bool) -> tuple[str, ...]:
    proof = artifact.proof
    return (
        artifact.name,
        proof.variant or "sdist",
        f"{artifact.size / 1000:,.0f} kB",
        f"{proof.passed} passed ({proof.how})" if proof.how else "",
        "new" if is_new else "identical, skipped",
    )


def print_preflight(artifacts: Sequence[Artifact], to_send: Sequence[Artifact], verbose: bool) -> None:
    """Print a line for each file: what it is, how it was tested, and whether the other end has it.

    With `verbose` each is followed by its sha256, the commit that it was built from, and when its last stage ended.
    """
    new = {artifact.sha256 for artifact in to_send}
    table = [HEAD, *(_columns(artifact, artifact.sha256 in new) for artifact in artifacts)]
    widths = [max(len(line[place]) for line in table) for place in range(len(HEAD))]
    print()
    for number, line in enumerate(table):
        print("  ".join(text.ljust(width) for text, width in zip(line, widths, strict=True)).rstrip())
        if verbose and number:
            proof = artifacts[number - 1].proof
            print(f"  sha256 {proof.sha256}, commit {proof.commit}, {proof.cell}, {proof.finished}")
    print(flush=True)


def ask(question: str, yes: bool) -> bool:
    """Return the answer of the person at the terminal; `--yes` answers for them.

    Raises:
        RequestError: nobody can be asked.
    """
    if yes:
        return True
    if not sys.stdin.isatty():
        raise RequestError(
            f"{question} Nobody can be asked here (no terminal), and nothing was sent; --yes goes on without asking"
        )
    try:
        return input(f"{question} [y/N] ").strip().lower() in ("y", "yes")
    except EOFError:
        return False
