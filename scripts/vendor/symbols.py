"""Which functions of the vector maths library a numexpr source calls, derived from its text.

Only these go into the library that a vml wheel carries. They are found in the text and not kept in a list, so that a
new release of numexpr, or a patch that drops a call, changes the library by itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

# The files that call the library: the table of functions, the interpreter with its loops, the module's settings.
SOURCE_FILES = (
    "functions.hpp",
    "bespoke_functions.hpp",
    "interp_body.cpp",
    "interpreter.cpp",
    "module.cpp",
)
# The header that maps mkl_lower_case names, by macro, to the names that the linker knows.
SERVICE_HEADER = "mkl_service.h"

COMMENT_OR_STRING = re.compile(r'"(?:\\.|[^"\\\n])*"|//[^\n]*|/\*.*?\*/', re.DOTALL)
DIRECTIVE = re.compile(r"^[ \t]*#[ \t]*(?P<name>\w+)[ \t]*(?P<rest>[^\n]*)$")
LIBRARY_NAME = re.compile(r"\b(?:v[sdz][A-Z]\w*|vml[A-Z]\w*|mkl_[a-z]\w*)\b")
DEFINITION = re.compile(r"^(?:static|inline)\b[^;{}()=]*?\b(?P<name>\w+)\s*\([^;{}]*\)\s*\{", re.MULTILINE)
ALIAS = re.compile(r"^#define[ \t]+(?P<alias>mkl_\w+)[ \t]+(?P<name>MKL_\w+)[ \t]*$", re.MULTILINE)


def without_comments(text: str) -> str:
    """Drop comments and string literals: a name in them is not a call."""
    return COMMENT_OR_STRING.sub(" ", text)


def active_text(text: str, defined: Iterable[str]) -> str:
    """Drop what `#ifdef` leaves out when only the macros `defined` are; both branches of any other `#if` stay."""
    macros = frozenset(defined)
    kept: list[str] = []
    states: list[bool | None] = []  # of every open #if: True or False as decided, None for "cannot tell"
    for line in text.splitlines():
        directive = DIRECTIVE.match(line)
        name = directive["name"] if directive else ""
        words = directive["rest"].split() if directive else []
        if name in ("ifdef", "ifndef") and words:
            states.append((words[0] in macros) == (name == "ifdef"))
        elif name == "if":
            states.append(None)
        elif name in ("else", "elif") and states:
            states[-1] = None if states[-1] is None else not states[-1]
        elif name == "endif" and states:
            states.pop()
        elif name != "include" and False not in states:
            kept.append(line)
    return "\n".join(kept)


def names_used(text: str) -> frozenset[str]:
    """Return every name of the form of a library function: v[sdz]Name, vmlName, mkl_name."""
    return frozenset(LIBRARY_NAME.findall(text))


def names_defined(text: str) -> frozenset[str]:
    """Return the functions that the text itself defines (numexpr fills the library's gaps: vzLog2, vsIsnan, …)."""
    return frozenset(match["name"] for match in DEFINITION.finditer(text))


def link_names(names: Iterable[str], service_header: str) -> tuple[str, ...]:
    """Return the sorted names that the linker sees, after the macros of mkl_service.h."""
    aliases = {match["alias"]: match["name"] for match in ALIAS.finditer(service_header)}
    return tuple(sorted(aliases.get(name, name) for name in names))


def library_symbols(source_texts: Iterable[str], service_header: str) -> tuple[str, ...]:
    """Return the library functions that sources, compiled with USE_VML, call and do not define."""
    texts = [active_text(without_comments(text), {"USE_VML"}) for text in source_texts]
    used = frozenset[str]().union(*(names_used(text) for text in texts))
    defined = frozenset[str]().union(*(names_defined(text) for text in texts))
    return link_names(used - defined, service_header)


def symbols_of(source: Path, headers: Path) -> tuple[str, ...]:
    """Return the library functions that the numexpr tree `source` calls; `headers` is the folder of MKL's headers."""
    texts = [(source / "numexpr" / name).read_text(encoding="utf-8") for name in SOURCE_FILES]
    return library_symbols(texts, (headers / SERVICE_HEADER).read_text(encoding="utf-8"))


def called_names(source: Path) -> tuple[str, ...]:
    """Return the same functions by the names in the source, before any header is at hand: what a key is made of."""
    texts = [(source / "numexpr" / name).read_text(encoding="utf-8") for name in SOURCE_FILES]
    return library_symbols(texts, "")
