"""The patch series: numbered files of patches/ with a header, applied exactly (no fuzz) by git apply.

A patch file begins with `Key: value` lines (Subject, Why, Upstream, Variants, Targets), then a line `---`, then a
unified diff with a/ and b/ prefixes. Variants and Targets are names or shell patterns, separated by blanks, and so is
Libraries, for patches that belong to one of the native libraries of vendor/ only. `Optional: yes`
is for patches that a right wheel can do without, such as those for speed: a commit that they do not fit is built without
all of them, since each of them was tested with the others only.
"""

from __future__ import annotations

import fnmatch
import re
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from unidiff.errors import UnidiffParseError
from unidiff.patch import PatchSet

from scripts.core.errors import PatchError, ToolchainError
from scripts.core.files import sha256_of
from scripts.core.run import clean_environment

FIELDS = ("Subject", "Why", "Upstream", "Variants", "Targets")
LIBRARIES, OPTIONAL = "Libraries", "Optional"
YES_OR_NO = {"yes": True, "no": False}
FILE_NAME = re.compile(r"\d{4}-[a-z0-9-]+\.patch")
# A person's own settings must not make git lenient, nor convert line ends.
EXACTLY = ("-c", "core.autocrlf=false", "-c", "apply.ignoreWhitespace=no", "-c", "apply.whitespace=nowarn")
FAILED = re.compile(r"^error: patch failed: (?P<file>.+):(?P<line>\d+)$", re.MULTILINE)


@dataclass(frozen=True, kw_only=True)
class Patch:
    """One patch: what it is for, and the file that holds it."""

    path: Path
    subject: str
    why: str
    upstream: str
    variants: tuple[str, ...]
    targets: tuple[str, ...]
    libraries: tuple[str, ...] = ("*",)
    optional: bool = False

    @property
    def name(self) -> str:
        return self.path.name

    @property
    def digest(self) -> str:
        return sha256_of(self.path)

    def is_for(self, variant: str, target: str, library: str) -> bool:
        """Tell whether the patch belongs to the series of a variant, target and native library (empty for none)."""
        asked = ((variant, self.variants), (target, self.targets), (library, self.libraries))
        return all(any(fnmatch.fnmatchcase(name, pattern) for pattern in patterns) for name, patterns in asked)


def _header(path: Path, text: str) -> dict[str, str]:
    head, separator, _ = text.partition("\n---\n")
    if not separator:
        raise PatchError(f"patches/{path.name}: no line --- between the header and the diff")
    fields: dict[str, str] = {}
    key = ""
    for line in head.splitlines():
        if line[:1].isspace() and key:
            fields[key] += " " + line.strip()
            continue
        key, colon, value = line.partition(":")
        if not colon or key not in (*FIELDS, LIBRARIES, OPTIONAL):
            allowed = ", ".join((*FIELDS, LIBRARIES, OPTIONAL))
            raise PatchError(f"patches/{path.name}: header line {line!r}; allowed are {allowed}")
        fields[key] = value.strip()
    missing = [name for name in FIELDS if not fields.get(name)]
    if missing:
        raise PatchError(f"patches/{path.name}: the header lacks {', '.join(missing)}")
    if fields.get(OPTIONAL, "no") not in YES_OR_NO:
        raise PatchError(f"patches/{path.name}: {OPTIONAL}: {fields[OPTIONAL]}; it is yes or no")
    return fields


def read_patch(path: Path) -> Patch:
    """Return the patch in `path`; PatchError where its name, header or diff is malformed."""
    if not FILE_NAME.fullmatch(path.name):
        raise PatchError(f"patches/{path.name}: name a patch like 0101-what-it-does.patch")
    # newline="": the diff may carry CRLF lines, which belong to it.
    with path.open(encoding="utf-8", newline="") as file:
        text = file.read()
    fields = _header(path, text)
    try:
        if not PatchSet(text.partition("\n---\n")[2]):
            raise PatchError(f"patches/{path.name}: there is no diff below the line ---")
    except UnidiffParseError as error:
        raise PatchError(f"patches/{path.name}: not a unified diff: {error}") from error
    return Patch(
        path=path,
        subject=fields["Subject"],
        why=fields["Why"],
        upstream=fields["Upstream"],
        variants=tuple(fields["Variants"].split()),
        targets=tuple(fields["Targets"].split()),
        libraries=tuple(fields.get(LIBRARIES, "*").split()),
        optional=YES_OR_NO[fields.get(OPTIONAL, "no")],
    )


def series(folder: Path, variant: str, target: str, library: str) -> tuple[Patch, ...]:
    """Return the patches of a variant, target and native library (empty for none), in the order of their numbers."""
    patches = [read_patch(path) for path in sorted(folder.glob("*.patch"))]
    return tuple(patch for patch in patches if patch.is_for(variant, target, library))


def _git_apply(patch: Patch, tree: Path, *options: str) -> subprocess.CompletedProcess[str]:
    # The ceiling keeps git from taking the tree for a part of this repository, whose rules it would then follow.
    environment = clean_environment({"GIT_CEILING_DIRECTORIES": str(tree.parent), "GIT_CONFIG_NOSYSTEM": "1"})
    try:
        return subprocess.run(
            ["git", *EXACTLY, "apply", "-p1", *options, str(patch.path)],
            cwd=tree, env=environment, capture_output=True, text=True, check=False,
        )  # fmt: skip
    except FileNotFoundError as error:
        raise ToolchainError("git is not on PATH; install it, it applies the patches") from error


def _hunk(patch: Patch, file: str, line: int) -> str:
    with patch.path.open(encoding="utf-8", newline="") as opened:
        parsed = PatchSet(opened.read().partition("\n---\n")[2])
    for changed in parsed:
        if changed.path == file:
            for number, hunk in enumerate(changed, start=1):
                if hunk.source_start == line:
                    return f"hunk {number} of {len(changed)} (at line {line})"
    return f"the hunk at line {line}"


def apply_patch(patch: Patch, tree: Path) -> None:
    """Apply one patch to the source in `tree`, exactly.

    Raises:
        PatchError: it does not apply, naming file, hunk and patch; or the source has it already.
    """
    ended = _git_apply(patch, tree)
    if ended.returncode == 0:
        return
    if _git_apply(patch, tree, "--reverse", "--check").returncode == 0:
        raise PatchError(
            f"patches/{patch.name} ({patch.subject}) is already in the source; this commit of numexpr does not need it: "
            "move the patch out of patches/"
        )
    failed = FAILED.search(ended.stderr)
    where = f"{failed['file']}, {_hunk(patch, failed['file'], int(failed['line']))}" if failed else ended.stderr.strip()
    raise PatchError(
        f"patches/{patch.name} ({patch.subject}) does not apply: {where}; the source differs from what the patch "
        "expects there: renew the patch for this commit of numexpr"
    )


def apply_series(patches: Sequence[Patch], tree: Path) -> None:
    """Apply patches in order."""
    for patch in patches:
        apply_patch(patch, tree)


def fitting(patches: Sequence[Patch], tree: Path, scratch: Path) -> tuple[Patch, ...]:
    """Return the patches to apply to the source in `tree`: all, or all but the optional ones where one of those does not fit.

    `scratch` is a folder that does not exist yet; a copy of the source is tried in it.

    Raises:
        PatchError: one that is not optional does not fit.
    """
    if not any(patch.optional for patch in patches):
        return tuple(patches)
    shutil.copytree(tree, scratch)
    for patch in patches:
        try:
            apply_patch(patch, scratch)
        except PatchError:
            if not patch.optional:
                raise
            return tuple(patch for patch in patches if not patch.optional)
    return tuple(patches)
