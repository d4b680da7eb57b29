"""Strict reading of TOML tables: an unknown key, a wrong type or an impossible value names file, key and remedy."""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from scripts.core.errors import ConfigError

T = TypeVar("T")


@dataclass(frozen=True)
class Table:
    """A TOML table that knows its file and its key, for messages."""

    file: str
    key: str
    values: Mapping[str, Any]

    def fail(self, key: str, found: object, allowed: str) -> ConfigError:
        """Return the error for `key`: what was found, and what is allowed."""
        where = f"{self.key}.{key}" if self.key else key
        return ConfigError(f"{self.file}: {where}: found {found!r}; allowed: {allowed}")

    def only(self, *allowed: str) -> None:
        """Raise ConfigError for a key that is not one of `allowed`."""
        for key in self.values:
            if key not in allowed:
                raise self.fail(key, key, "one of the keys " + ", ".join(allowed))

    def get(self, key: str, kind: type[T], meaning: str, default: T | None = None) -> T:
        """Return the value of `key`, which must be of type `kind`; without a default it must be there."""
        if key not in self.values:
            if default is None:
                raise self.fail(key, None, meaning)
            return default
        value = self.values[key]
        # bool is an int to Python, but not to a person.
        if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
            raise self.fail(key, value, meaning)
        return value

    def choice(self, key: str, allowed: Collection[str]) -> str:
        """Return the string at `key`, which must be one of `allowed`."""
        meaning = "one of " + ", ".join(sorted(allowed))
        value = self.get(key, str, meaning)
        if value not in allowed:
            raise self.fail(key, value, meaning)
        return value

    def strings(self, key: str, meaning: str, default: tuple[str, ...] | None = None) -> tuple[str, ...]:
        """Return the list of strings at `key`."""
        if key not in self.values and default is not None:
            return default
        value = self.get(key, list, meaning)
        if not all(isinstance(item, str) and item for item in value):
            raise self.fail(key, value, meaning)
        if len(set(value)) != len(value):
            raise self.fail(key, value, meaning + ", each one once")
        return tuple(value)

    def count(self, key: str, meaning: str, *, least: int = 0) -> int:
        """Return the whole number at `key`, at least `least`."""
        value = self.get(key, int, meaning)
        if value < least:
            raise self.fail(key, value, f"{meaning}, {least} or more")
        return value

    def table(self, key: str) -> Table:
        """Return the table at `key`."""
        found = self.get(key, dict, "a table")
        return Table(self.file, f"{self.key}.{key}" if self.key else key, found)

    def tables(self, key: str) -> dict[str, Table]:
        """Return the named tables below `key`, at least one."""
        inside = self.table(key)
        if not inside.values:
            raise self.fail(key, {}, "at least one table")
        return {name: inside.table(name) for name in inside.values}


def read_toml(path: Path) -> Table:
    """Return the top table of the TOML file `path`; ConfigError where it cannot be read or parsed."""
    try:
        return Table(path.name, "", tomllib.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        raise ConfigError(f"{path.name} is missing from {path.parent}; restore it with git checkout") from None
    except IsADirectoryError:
        raise ConfigError(f"{path.name} in {path.parent} is a folder; put the file back with git checkout") from None
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path.name}: not UTF-8 at byte {error.start}; save it as UTF-8") from error
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{path.name}: not TOML: {error}; mend that line") from error
