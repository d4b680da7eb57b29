"""A wheel that another machine built is found by its record, and by nothing that this machine knows."""

from __future__ import annotations

from pathlib import Path

import pytest

from scripts.core.errors import EditedRecordError, IntegrityError, RecordError, RequestError
from scripts.core.files import sha256_of
from scripts.core.handed import handed_wheel
from scripts.core.record import FAILED, PASSED, Input, Outcome, Plan, statement, write_record
from scripts.core.request import read_request

CELL = "cp313-linux-x86_64-vml"


def _keep(folder: Path, plan: Plan, names: tuple[str, ...], status: str = PASSED, file: str = "record.json") -> None:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(name, encoding="utf-8")
    subject = {name: sha256_of(folder / name) for name in names}
    outcome = Outcome(status=status, seconds=1.0, message="" if status == PASSED else "numexpr does not compile")
    write_record(folder / file, statement(plan, subject, outcome, log=None, started=0.0, run="a-run"))


def _vendor(version: str = "1") -> Plan:
    return Plan(stage="vendor", cell="mkl-vml-linux-x86_64", asked={}, settings={"version": version}, inputs=())


def _build(cell: str = CELL) -> Plan:
    inputs = (
        Input(name="numexpr", digest="c" * 40, algorithm="gitCommit"),
        Input(name="source", digest="s"),
        Input(name="vendor/mkl-vml", digest=_vendor().key),
    )
    asked, settings = {"policy": "manylinux_2_17_x86_64"}, {"source-date-epoch": 7}
    return Plan(stage="build", cell=cell, asked=asked, settings=settings, inputs=inputs)


@pytest.fixture
def handed(tmp_path: Path) -> Path:
    """What the build of a vml cell leaves, and that of another cell."""
    _keep(tmp_path / "raw" / "key", _build(), ("numexpr.whl",))
    _keep(tmp_path / "raw" / "other", _build("cp311-linux-x86_64-vml"), ("numexpr311.whl",))
    _keep(tmp_path / "native" / "key", _vendor(), ("include/mkl.h", "lib/libnumexpr-vml.so"))
    _keep(tmp_path / "native" / "old", _vendor("0"), ("lib/libold.so",))
    return tmp_path


def test_the_wheel_and_the_library_it_was_linked_against_are_found(handed: Path) -> None:
    found = handed_wheel(handed, CELL)
    assert found.path == handed / "raw" / "key" / "numexpr.whl"
    assert found.native == handed / "native" / "key" / "lib" / "libnumexpr-vml.so"


def test_a_copy_of_the_record_among_the_records_of_a_run_is_no_second_build(handed: Path) -> None:
    _keep(handed / "records" / "a-run", _build(), (), file=f"build-{CELL}.json")
    assert handed_wheel(handed, CELL).path.name == "numexpr.whl"


@pytest.mark.parametrize("name", ["raw/key/numexpr.whl", "native/key/lib/libnumexpr-vml.so", "native/key/include/mkl.h"])
def test_bytes_that_changed_on_the_way_are_refused(handed: Path, name: str) -> None:
    (handed / name).write_text("other", encoding="utf-8")
    with pytest.raises(IntegrityError, match="changed on the way"):
        handed_wheel(handed, CELL)


def test_what_is_missing_is_named(handed: Path) -> None:
    (handed / "native" / "key" / "record.json").unlink()
    with pytest.raises(RecordError, match="lacks the library"):
        handed_wheel(handed, CELL)
    (handed / "raw" / "key" / "numexpr.whl").unlink()
    with pytest.raises(RecordError, match="is missing"):
        handed_wheel(handed, CELL)
    with pytest.raises(RecordError, match="has no wheel of cp399"):
        handed_wheel(handed, "cp399")


def test_two_builds_of_a_cell_are_one_too_many(handed: Path) -> None:
    _keep(handed / "raw" / "again", _build(), ("numexpr.whl",))
    with pytest.raises(RecordError, match="2 builds"):
        handed_wheel(handed, CELL)


def test_a_failed_build_says_why_there_is_no_wheel(tmp_path: Path) -> None:
    _keep(tmp_path / "records", _build(), (), FAILED, f"build-{CELL}.json")
    with pytest.raises(RecordError, match="its build failed: numexpr does not compile"):
        handed_wheel(tmp_path, CELL)


def test_an_edited_record_is_refused(handed: Path) -> None:
    record = handed / "raw" / "key" / "record.json"
    record.write_text(record.read_text(encoding="utf-8").replace("manylinux_2_17", "manylinux_2_28"), encoding="utf-8")
    with pytest.raises(EditedRecordError):
        handed_wheel(handed, CELL)


def test_a_folder_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RequestError, match="no such folder"):
        read_request(["--from", str(tmp_path / "nowhere")], {})
    assert read_request(["--from", str(tmp_path)], {}).handed == tmp_path.resolve()
