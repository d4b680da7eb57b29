"""What a release manager asks for behind `--`: the options of `upload` and `promote`."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from packaging.version import InvalidVersion, Version

from scripts.core.config import Config, Target
from scripts.core.errors import RequestError
from scripts.core.request import Parser, given_path
from scripts.publish.secrets import without_password

WHEEL_TYPES = ("all", "macosx", "win", "manylinux", "musllinux", "linux")


@dataclass(frozen=True, kw_only=True)
class Wishes:
    """One command's wishes; empty means: not said."""

    project: str = ""
    version: str = ""
    source: str = ""
    to: str = ""
    simple: str = ""
    variant: str = ""
    wheel_type: str = "all"
    wheelhouse: Path | None = None
    clobber: bool = False
    no_upload: bool = False
    sign: bool = False
    partial: bool = False
    yes: bool = False
    dry_run: bool = False
    verbose: bool = False


def _parser(session: str) -> Parser:
    parser = Parser(prog=f"nox -s {session} --", allow_abbrev=False)
    add = parser.add_argument
    add("--to", default="", help="a folder, s3://BUCKET/FOLDER and the like, a section of .pypirc, or the URL of a package index")
    add("-r", "--repository", default="", help="a section of .pypirc; the same as --to")
    add("--simple", default="", help="the URL where the package index lists its files (PEP 503), if it is not the usual one")
    add("--variant", default="", help="this variant only; a package index takes exactly one")
    add("-t", "--wheel-type", choices=WHEEL_TYPES, default="all", help="wheels of this kind only; all has the sdist too")
    add("-w", "--wheelhouse", type=given_path, default=None, help="the local folder of wheels")
    add("-s", "--sign", action="store_true", help="make GPG detached signatures, kept beside the files in staging")
    add("--partial", action="store_true", help="go on with less than wheels.toml promises")
    add("--yes", action="store_true", help="do not ask")
    add("--dry-run", action="store_true", help="check everything and send nothing")
    add("-v", "--verbose", action="store_true", help="say more")
    return parser


def _wishes(options: argparse.Namespace, **more: object) -> Wishes:
    if options.to and options.repository and options.to != options.repository:
        raise RequestError(f"--to {options.to} and --repository {options.repository} name two places; give one of them")
    to = without_password(options.to or options.repository, "--to")
    values = {**vars(options), **more}
    values.pop("repository")
    values["to"] = to
    values["simple"] = without_password(options.simple, "--simple")
    return Wishes(**values)


def _version(text: str) -> str:
    try:
        return str(Version(text))
    except InvalidVersion:
        raise RequestError(f"{text!r} is no version (PEP 440); write one such as 2.14.2") from None


def upload_wishes(words: Sequence[str]) -> Wishes:
    """Return what `nox -s upload -- WORDS` asks for; RequestError for words that mean nothing."""
    parser = _parser("upload")
    parser.add_argument("version", nargs="?", default="", help="the release; the pinned one unless said")
    options = parser.parse_args(list(words))
    wishes = _wishes(options, version=_version(options.version) if options.version else "")
    if not wishes.to:
        raise RequestError("upload needs --to DEST: a folder such as ./staging, s3://BUCKET/FOLDER, or a section of .pypirc")
    return wishes


def promote_wishes(words: Sequence[str]) -> Wishes:
    """Return what `nox -s promote -- WORDS` asks for; RequestError for words that mean nothing."""
    parser = _parser("promote")
    parser.add_argument("project")
    parser.add_argument("version")
    parser.add_argument(
        "--from", dest="source", required=True, help="staging: its URL or folder, an index, or a listing of files"
    )
    parser.add_argument("-c", "--clobber", action="store_true", help="overwrite other files of the same name in the local folder")
    parser.add_argument("-n", "--no-upload", action="store_true", help="fetch and check, and stop there")
    options = parser.parse_args(list(words))
    wishes = _wishes(options, version=_version(options.version), source=without_password(options.source, "--from"))
    if not wishes.to and not wishes.no_upload:
        raise RequestError("promote needs --to DEST (pypi, another section of .pypirc, a folder, s3://…), or --no-upload")
    return wishes


def is_of_type(target: Target, wheel_type: str) -> bool:
    """Tell whether a target's wheels are of a type of `--wheel-type`."""
    kind = {"macos": "macosx", "windows": "win"}.get(target.system, "musllinux" if target.libc == "musl" else "manylinux")
    return wheel_type in ("all", kind) or (wheel_type == "linux" and target.system == "linux")


def known_variant(config: Config, name: str) -> str:
    """Return the name of a variant; RequestError where wheels.toml has no such variant."""
    if name and name not in config.variants:
        raise RequestError(f"{name!r} is no variant; wheels.toml has {', '.join(config.variants)}")
    return name


def is_named_type(name: str, wheel_type: str) -> bool:
    """Tell whether a file is of a type of `--wheel-type` by the platform tag in its name; an sdist is of `all` only."""
    if wheel_type == "all":
        return True
    kinds = ("manylinux", "musllinux", "linux") if wheel_type == "linux" else (wheel_type,)
    return name.endswith(".whl") and name.removesuffix(".whl").rpartition("-")[2].startswith(kinds)
