"""Source by git: numexpr's from the submodule's checkout where it has the commit, else from its remote, as any other project's.

The submodule's own tree and its repository are only read. What has to be fetched goes to a bare mirror in the cache.
`url.….insteadOf`, proxies and credentials of the person's and of this checkout's git configuration hold.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from git import Git, Repo
from git.exc import GitCommandError, GitCommandNotFound, GitError

from scripts.core.errors import SourceError
from scripts.core.files import locked
from scripts.core.layout import Layout
from scripts.core.source_lock import OBJECT_ID
from scripts.core.tree import EXECUTABLE, PLAIN, File

LS_REMOTE_SECONDS = 60
FETCH_SECONDS = 900
SHORT_HASH = re.compile(r"[0-9a-f]{4,39}")
HANDED_ON = r"^(url|http|https|credential|protocol|core\.(sshcommand|gitproxy|askpass))\."


class Unreachable(Exception):  # noqa: N818 - a state of the world, not a mistake
    """git cannot reach the remote; the text is git's last line."""


@dataclass(frozen=True, kw_only=True)
class Found:
    """A commit that lies in a repository of this machine."""

    repository: Path
    commit: str
    tree: str
    commit_time: int
    way: str


def _last_line(error: GitCommandError) -> str:
    said = str(error.stderr).strip().removeprefix("stderr: ").strip("' \n")
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    fatal = [line.removeprefix("fatal: ") for line in lines if line.startswith("fatal: ")]
    return (fatal or lines[-1:] or [f"status {error.status}"])[0]


@dataclass(frozen=True, kw_only=True)
class GitSource:
    """A project's remote, its mirror in the cache, and the submodule's checkout where the project has one here.

    Without a `url` it is numexpr: the submodule's remote and its checkout if there is one.
    """

    layout: Layout
    project: str = "numexpr"
    url: str = ""

    def _configuration(self) -> dict[str, str]:
        """Return this checkout's own git settings on transport as variables, for commands that run in the mirror."""
        settings: list[tuple[str, str]] = []
        try:
            said = Git(self.layout.root).config("--local", "--null", "--get-regexp", HANDED_ON)
            settings = [(name, value) for name, _, value in (one.partition("\n") for one in said.split("\0") if one)]
        except GitError:
            pass  # Not a git checkout, or nothing set.
        # After those that the person has set by variables, which go on counting.
        first = int(os.environ.get("GIT_CONFIG_COUNT") or 0)
        variables = {"GIT_CONFIG_COUNT": str(first + len(settings))}
        for number, (name, value) in enumerate(settings, start=first):
            variables |= {f"GIT_CONFIG_KEY_{number}": name, f"GIT_CONFIG_VALUE_{number}": value}
        return variables

    def _git(self, folder: Path) -> Git:
        git = Git(folder)
        # Ask nobody, and give up on a line that has gone dead.
        git.update_environment(
            GIT_TERMINAL_PROMPT="0", GIT_HTTP_LOW_SPEED_LIMIT="500", GIT_HTTP_LOW_SPEED_TIME="30",
            LC_ALL="C", **self._configuration(),
        )  # fmt: skip
        return git

    def remote(self) -> str:
        """Return the URL: that of the submodule is this checkout's own setting, else that of .gitmodules."""
        if self.url:
            return self.url
        for where in (("--local",), ("--file", str(self.layout.root / ".gitmodules"))):
            try:
                return str(Git(self.layout.root).config(*where, "--get", "submodule.numexpr.url"))
            except GitCommandNotFound:
                raise Unreachable("git is not on PATH") from None
            except GitError:
                continue
        raise SourceError(".gitmodules has no URL for numexpr; restore it with git checkout .gitmodules")

    def submodule(self) -> Repo | None:
        """Return the submodule's checkout if there is one."""
        if self.url or not (self.layout.submodule / ".git").exists():
            return None
        try:
            return Repo(self.layout.submodule, search_parent_directories=False)
        except GitError:
            return None

    @property
    def mirror_path(self) -> Path:
        return self.layout.git_mirrors / f"{self.project}.git"

    def mirror(self) -> Repo:
        """Return the bare mirror in the cache, making it where needed."""
        path = self.mirror_path
        try:
            return Repo(path, search_parent_directories=False)
        except GitError:
            path.mkdir(parents=True, exist_ok=True)
            return Repo.init(path, bare=True)

    def _in(self, repository: Repo | None, name: str, way: str) -> Found | None:
        if repository is None:
            return None
        try:
            git = repository.git
            commit = git.rev_parse("--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}")
            tree = git.rev_parse("--verify", "--quiet", f"{commit}^{{tree}}")
            time = git.show("-s", "--format=%ct", commit)
        except GitError:
            return None
        place = Path(str(repository.git_dir))
        return Found(repository=place, commit=commit, tree=tree, commit_time=int(time), way=way)

    def here(self, name: str) -> Found | None:
        """Return the commit called `name` if the submodule's checkout or the mirror has it; no network."""
        found = self._in(self.submodule(), name, "the submodule's checkout")
        return found or self._in(self.mirror(), name, "git (already fetched)")

    def _fetch(self, *refspecs: str, depth: bool) -> None:
        git = self._git(self.mirror_path)
        options = ["--no-tags", "--force", *(["--depth=1"] if depth else ["--prune"])]
        git.fetch(*options, self.remote(), *refspecs, kill_after_timeout=FETCH_SECONDS)

    def fetch_commit(self, commit: str) -> Found:
        """Fetch one commit by its full hash.

        Raises:
            Unreachable: git cannot reach the remote.
            SourceError: the remote does not have the commit.
        """
        with locked(self.layout.git_mirrors, self.project):
            self.mirror()
            self.reach()
            try:
                self._fetch(f"{commit}:refs/wheels/{commit}", depth=True)
            except GitCommandError:
                self._fetch_everything()  # A server that hands out nothing but the tips of branches and tags.
        found = self._in(self.mirror(), commit, f"git, from {self.remote()}")
        if found is None:
            raise SourceError(f"{self.remote()} has no commit {commit}; look the hash up again")
        return found

    def _fetch_everything(self) -> None:
        try:
            self._fetch("+refs/heads/*:refs/heads/*", "+refs/tags/*:refs/tags/*", depth=False)
        except GitCommandError as error:
            raise Unreachable(_last_line(error)) from error

    def reach(self, *patterns: str) -> dict[str, str]:
        """Return what the remote lists: object ids by full reference name; Unreachable where it does not answer."""
        try:
            said = str(
                self._git(self.layout.root).ls_remote(
                    "--end-of-options", self.remote(), *(patterns or ("HEAD",)), kill_after_timeout=LS_REMOTE_SECONDS
                )
            )
        except GitCommandNotFound:
            raise Unreachable("git is not on PATH") from None
        except GitCommandError as error:
            raise Unreachable(_last_line(error)) from error
        return {line.partition("\t")[2]: line.partition("\t")[0] for line in said.splitlines() if "\t" in line}

    def resolve(self, name: str) -> Found:
        """Return the commit that any naming means: tag, branch, full or short hash, or what git rev-parse takes.

        Raises:
            Unreachable: the remote is needed and git cannot reach it.
            SourceError: the name means nothing, or more than one commit.
        """
        if name.startswith("-"):
            raise SourceError(f"{name!r} names no commit: no name in git begins with a dash")
        if OBJECT_ID.fullmatch(name):
            return self.here(name) or self.fetch_commit(name)
        references = self.reach(name, f"refs/tags/{name}", f"refs/tags/{name}^{{}}", f"refs/heads/{name}")
        for reference in (f"refs/tags/{name}^{{}}", f"refs/tags/{name}", f"refs/heads/{name}", name):
            if reference in references:
                commit = references[reference]
                return self.here(commit) or self.fetch_commit(commit)
        local = self._in(self.submodule(), name, "the submodule's checkout")
        if local:
            return local
        with locked(self.layout.git_mirrors, self.project):
            self.mirror()
            self._fetch_everything()
        found = self._in(self.mirror(), name, f"git, from {self.remote()}")
        if found is None:
            kind = "as a short hash it is unknown or stands for several commits" if SHORT_HASH.fullmatch(name) else ""
            raise SourceError(
                f"{name!r} names no commit of {self.remote()}: no tag, no branch, no hash{'; ' + kind if kind else ''}. "
                "git ls-remote lists the tags and branches"
            )
        return found

    def files(self, found: Found) -> Mapping[str, File]:
        """Return all files of a commit, as git has them: no line end conversion, no export attributes."""
        repository = Repo(found.repository, search_parent_directories=False)
        return dict(_files(repository, found.commit))

    def state_of_worktree(self) -> tuple[str, int, bool] | None:
        """Return commit, its time and whether there are local edits in numexpr/; None where it is no checkout."""
        repository = self.submodule()
        if repository is None:
            return None
        commit = repository.head.commit
        # --no-optional-locks: even the index of the submodule is left alone.
        dirty = bool(Git(self.layout.submodule).execute(["git", "--no-optional-locks", "status", "--porcelain"]))
        return commit.hexsha, int(commit.committed_date), dirty


def _files(repository: Repo, commit: str) -> Iterator[tuple[str, File]]:
    for item in repository.commit(commit).tree.traverse():
        kind = getattr(item, "type", "")
        if kind == "blob":
            mode = f"{item.mode:06o}"  # type: ignore[union-attr]
            if mode not in (PLAIN, EXECUTABLE):
                raise SourceError(f"{item.path} of commit {commit} is a link; only plain files are built")  # type: ignore[union-attr]
            yield str(item.path), File(mode=mode, content=item.data_stream.read())  # type: ignore[union-attr]
        elif kind == "submodule":
            raise SourceError(f"{item.path} of commit {commit} is a submodule; only plain files are built")  # type: ignore[union-attr]
