"""Sending: waiting and trying again, nothing twice, nothing different, and how many of how many are there."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence

import pytest
from rich.console import Console

from scripts.core.errors import IntegrityError, RemoteError, UploadError, WheelsError
from scripts.publish.artifact import Artifact, admit
from scripts.publish.errors import TemporaryError
from scripts.publish.gate import Rules
from scripts.publish.transfer import Patience, patiently, send_all
from tests.publish_house import COMMIT, NOT_WAITING, make_house

QUIET = Console(file=io.StringIO())


class Place:
    """A destination in memory; `answers` are what the next sends come to: None, "lost" (sent, no answer), or an error."""

    shown = "a place"

    def __init__(self, answers: Sequence[Exception | str | None] = ()) -> None:
        self.files: dict[str, str] = {}
        self.sends: list[str] = []
        self.answers = list(answers)
        self.finished = 0
        self.deaf = False

    def present(self, artifacts: Sequence[Artifact]) -> Mapping[str, str]:
        if self.deaf:
            raise TemporaryError("connection refused")
        return dict(self.files)

    def is_complete(self, artifact: Artifact) -> bool:
        return True

    def send(self, artifact: Artifact) -> None:
        answer = self.answers.pop(0) if self.answers else None
        if isinstance(answer, Exception):
            raise answer
        assert artifact.name not in self.sends
        self.sends.append(artifact.name)
        self.files[artifact.name] = artifact.sha256
        if answer == "lost":
            raise TemporaryError("connection reset")

    def finish(self) -> None:
        self.finished += 1


@pytest.fixture(scope="module")
def artifacts(tmp_path_factory: pytest.TempPathFactory) -> list[Artifact]:
    rules = Rules(floor=6000, tested=("native",), commits={"2.14.2": COMMIT})
    return [admit(path, rules) for path in make_house(tmp_path_factory.mktemp("checkout")).files()]


def test_six_files_go_once_each(artifacts: list[Artifact]) -> None:
    place = Place()
    sent = send_all(place, artifacts, NOT_WAITING, QUIET)
    assert len(sent.sent) == 6
    assert (sent.there, place.finished) == ((), 1)
    again = send_all(place, artifacts, NOT_WAITING, QUIET)
    assert (again.sent, len(again.there)) == ((), 6)


def test_a_lost_answer_is_no_second_upload(artifacts: list[Artifact]) -> None:
    place = Place(["lost"] * 6)
    assert len(send_all(place, artifacts, NOT_WAITING, QUIET).sent) == 6


def test_what_was_sent_is_said_when_it_ends_halfway(artifacts: list[Artifact]) -> None:
    place = Place([None, None, UploadError("the token expired")])
    with pytest.raises(UploadError, match=r"the token expired\. 2 of 6 files are whole at a place; the same command goes on"):
        send_all(place, artifacts, NOT_WAITING, QUIET)
    assert place.finished == 0
    assert len(send_all(place, artifacts, NOT_WAITING, QUIET).sent) == 4


def test_an_end_that_does_not_answer_is_not_counted_on(artifacts: list[Artifact]) -> None:
    place = Place([None, TemporaryError("reset"), TemporaryError("reset"), TemporaryError("reset")])
    calls = 0

    def sleep(_: float) -> None:
        nonlocal calls
        calls += 1
        place.deaf = True

    with pytest.raises(UploadError, match="1 of 6 files are known to be at a place; it does not answer any more"):
        send_all(place, artifacts, Patience(tries=3, sleep=sleep), QUIET)
    assert calls == 2


def test_other_bytes_stop_everything_before_anything_is_sent(artifacts: list[Artifact]) -> None:
    place = Place()
    place.files[artifacts[-1].name] = "0" * 64
    with pytest.raises(IntegrityError, match=r"other bytes .* nothing was sent"):
        send_all(place, artifacts, NOT_WAITING, QUIET)
    assert place.sends == []


def test_other_bytes_that_came_meanwhile_are_not_overwritten(artifacts: list[Artifact]) -> None:
    place = Place([None, TemporaryError("409")])

    def sleep(_: float) -> None:
        place.files[artifacts[1].name] = "0" * 64

    with pytest.raises(IntegrityError, match="nothing was overwritten"):
        send_all(place, artifacts, Patience(tries=3, sleep=sleep), QUIET)
    assert place.files[artifacts[1].name] == "0" * 64


def test_the_pauses_double_with_jitter_up_to_a_bound() -> None:
    pauses: list[float] = []

    def fail() -> None:
        raise TemporaryError("503")

    with pytest.raises(UploadError, match=r"503 \(8 tries\)"):
        patiently("it", fail, Patience(tries=8, first_seconds=1, most_seconds=10, sleep=pauses.append))
    assert len(pauses) == 7
    for pause, longest in zip(pauses, (1, 2, 4, 8, 10, 10, 10), strict=True):
        assert longest / 2 <= pause <= longest


def test_an_interruption_says_how_far_it_came(artifacts: list[Artifact], capsys: pytest.CaptureFixture[str]) -> None:
    class Interrupted(Place):
        def send(self, artifact: Artifact) -> None:
            if self.sends:
                raise KeyboardInterrupt
            super().send(artifact)

    with pytest.raises(KeyboardInterrupt):
        send_all(Interrupted(), artifacts, NOT_WAITING, QUIET)
    assert "interrupted: 1 of 6 files are at a place" in capsys.readouterr().out


def test_every_error_of_publishing_has_a_status_of_its_own() -> None:
    assert len({UploadError.exit_status, RemoteError.exit_status, WheelsError.exit_status}) == 3
