"""A package index with a password (pypiserver): sent once, never overwritten, and going on after every kind of trouble."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from scripts.core.errors import GateError, IntegrityError, RecordError, RemoteError, RequestError, UploadError
from scripts.stages.promote import promote
from scripts.stages.upload import upload
from tests.helpers import ROOT
from tests.publish_house import NOT_WAITING, House, make_house, make_wheel, tree
from tests.publish_servers import SECRET, Trouble, install, proxy, pypiserver, static_server, uv_program

RUN = """
import sys
from pathlib import Path
from scripts.core.layout import layout_of
from scripts.stages.upload import upload
upload(layout_of(Path(sys.argv[1])), sys.argv[2:])
"""
WORDS = ["--yes", "--variant", "plain"]


@pytest.fixture(autouse=True)
def _credentials(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("TWINE_USERNAME", "manager")
    monkeypatch.setenv("TWINE_PASSWORD", SECRET)
    monkeypatch.setenv("HOME", str(tmp_path))


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> House:
    return make_house(tmp_path_factory.mktemp("checkout"), variants=("plain", "vml"))


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    with pypiserver(tmp_path_factory.mktemp("index")) as running:
        yield running


@pytest.fixture
def packages(index: tuple[str, Path]) -> Path:
    for path in index[1].iterdir():
        path.unlink()
    return index[1]


def released(house: House) -> dict[str, str]:
    return {path.name: digest for path in house.files() for digest in [tree(path.parent)[path.name]]}


def test_upload_then_again_then_install(house: House, index: tuple[str, Path], packages: Path, tmp_path: Path) -> None:
    url = index[0]
    assert len(upload(house.layout, ["--to", url, *WORDS], NOT_WAITING).sent) == 6
    assert tree(packages) == released(house)
    again = upload(house.layout, ["--to", url, *WORDS], NOT_WAITING)
    assert (len(again.sent), len(again.there)) == (0, 6)
    private = url.replace("//", f"//manager:{SECRET.replace('/', '%2f')}@")
    for tool in ("pip", *(["uv"] if uv_program() else [])):
        target = tmp_path / tool
        ended = install(tool, target, ["--index-url", f"{private}simple/", "numexpr==2.14.2"])
        assert ended.returncode == 0, ended.stderr
        assert (target / "numexpr" / "__init__.py").is_file()


def test_promote_from_static_staging(house: House, index: tuple[str, Path], packages: Path, tmp_path: Path) -> None:
    upload(house.layout, ["--to", str(tmp_path / "staging"), "--yes"])
    with static_server(tmp_path / "staging") as source:
        words = ["NumExpr", "2.14.2", "--to", index[0], "--yes", "--from"]
        with pytest.raises(RequestError, match=r"takes one variant, and these files are of plain and vml.*--variant plain"):
            promote(house.layout, [*words, source], NOT_WAITING)
        assert tree(packages) == {}
        for place in ("", "plain/simple/", "plain/simple/numexpr/", "plain/simple/numexpr/index.json", "plain/files/"):
            for path in packages.iterdir():
                path.unlink()
            sent = promote(house.layout, [*words, source + place, "--variant", "plain"], NOT_WAITING)
            assert (place, len(sent.sent)) == (place, 6)
            assert tree(packages) == released(house)


def test_one_index_never_has_both_variants(house: House, index: tuple[str, Path], packages: Path) -> None:
    with pytest.raises(RequestError, match="takes one variant"):
        upload(house.layout, ["--to", index[0], "--yes"], NOT_WAITING)
    upload(house.layout, ["--to", index[0], *WORDS], NOT_WAITING)
    before = tree(packages)
    with pytest.raises(GateError, match="a wheel of another variant than vml; one index never has both"):
        upload(house.layout, ["--to", index[0], "--yes", "--variant", "vml"], NOT_WAITING)
    assert tree(packages) == before


def test_another_file_of_the_same_name_stops_everything(house: House, index: tuple[str, Path], packages: Path) -> None:
    other = make_wheel(packages, "3.13", more={"numexpr/other.py": b"1"})
    before = tree(packages)
    with pytest.raises(IntegrityError, match=rf"1 of these files with other bytes \({other.name}.*nothing was sent"):
        upload(house.layout, ["--to", index[0], *WORDS], NOT_WAITING)
    assert tree(packages) == before


@pytest.mark.parametrize("what", ["before", "after", 500, 503, 429])
@pytest.mark.parametrize("at", range(1, 7))
def test_a_passing_trouble_at_each_file_is_tried_again(
    house: House, index: tuple[str, Path], packages: Path, at: int, what: int | str
) -> None:
    trouble = Trouble(fail=lambda count: what if count == at else None)
    with proxy(index[0], trouble) as url:
        assert len(upload(house.layout, ["--to", url, *WORDS], NOT_WAITING).sent) == 6
    assert trouble.passed == 6
    assert tree(packages) == released(house)


@pytest.mark.parametrize(
    ("what", "message"),
    [
        ("down", "files are known to be at .* it does not answer any more"),
        (401, "refuses the token for .* may have expired"),
        (403, "refuses the token for .* may have expired"),
        (507, "has no room for"),
        (413, "is too large for"),
        (502, r"answers 502 .*\(3 tries\)"),
        (301, "is not where uploads go"),
        (400, "refuses numexpr"),
    ],
)
@pytest.mark.parametrize("at", range(1, 7))
def test_a_lasting_trouble_at_each_file_says_how_many_are_there_and_the_next_run_converges(
    house: House, index: tuple[str, Path], packages: Path, at: int, what: int | str, message: str
) -> None:
    trouble = Trouble(fail=lambda count: what if count >= at else None)
    with proxy(index[0], trouble) as url:
        with pytest.raises(UploadError, match=message) as caught:
            upload(house.layout, ["--to", url, *WORDS], NOT_WAITING)
        assert f"{at - 1} of 6 files" in str(caught.value)
        assert SECRET not in str(caught.value)
        assert len(tree(packages)) == at - 1
        trouble.fail = lambda _: None
        trouble.down = False
        sent = upload(house.layout, ["--to", url, *WORDS], NOT_WAITING)
    assert (len(sent.sent), len(sent.there)) == (7 - at, at - 1)
    assert trouble.passed == 6
    assert tree(packages) == released(house)


@pytest.mark.parametrize("at", range(1, 7))
def test_killed_after_each_file_the_next_run_converges(house: House, index: tuple[str, Path], packages: Path, at: int) -> None:
    running: list[subprocess.Popen[bytes]] = []

    def kill(count: int) -> str | None:
        if count == at:
            # The index has the file and the uploader never hears of it.
            running[0].kill()
            return "after"
        return None

    trouble = Trouble(fail=kill)
    with proxy(index[0], trouble) as url:
        command = [sys.executable, "-c", RUN, str(house.layout.root), "--to", url, *WORDS]
        running.append(
            subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL)
        )
        assert running[0].wait(120) != 0
        assert trouble.passed == at == len(tree(packages))
        trouble.fail = lambda _: None
        sent = upload(house.layout, ["--to", url, *WORDS], NOT_WAITING)
    assert len(sent.sent) == 6 - at
    assert trouble.passed == 6
    assert tree(packages) == released(house)


def test_a_wrong_password_is_refused_and_never_shown(
    house: House, index: tuple[str, Path], packages: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TWINE_PASSWORD", "wr0ng-" + SECRET)
    with pytest.raises(RemoteError, match="does not let us read"):
        upload(house.layout, ["--to", index[0], *WORDS], NOT_WAITING)
    trouble = Trouble(fail=lambda _: 403)
    monkeypatch.setenv("TWINE_PASSWORD", SECRET)
    with proxy(index[0], trouble) as url, pytest.raises(UploadError) as caught:
        upload(house.layout, ["--to", url, *WORDS], NOT_WAITING)
    # The index was sent the secret, and its answer repeats the header that it came in.
    assert any(header.startswith("Basic ") for header in trouble.headers)
    secret = trouble.headers[-1].removeprefix("Basic ")
    printed = capfd.readouterr()
    kept = [path.read_text(encoding="utf-8", errors="replace") for path in house.layout.build.rglob("*") if path.is_file()]
    assert kept
    for text in (str(caught.value), printed.out, printed.err, *kept):
        assert SECRET not in text
        assert secret not in text
    assert "[hidden]" in str(caught.value)


def test_a_failed_upload_is_on_record(house: House, index: tuple[str, Path], packages: Path) -> None:
    with proxy(index[0], Trouble(fail=lambda _: 507)) as url, pytest.raises(UploadError):
        upload(house.layout, ["--to", url, *WORDS], NOT_WAITING)
    newest = max(house.layout.records.rglob("upload-*.json"), key=lambda path: path.stat().st_mtime_ns)
    assert '"failed"' in newest.read_text(encoding="utf-8")


def test_no_credentials_say_where_they_come_from(house: House, index: tuple[str, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TWINE_USERNAME")
    monkeypatch.delenv("TWINE_PASSWORD")
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.null.Keyring")
    with pytest.raises(UploadError, match=r"TWINE_USERNAME and TWINE_PASSWORD, from keyring, or from a section of ~/\.pypirc"):
        upload(house.layout, ["--to", index[0], *WORDS], NOT_WAITING)


def test_a_section_of_pypirc(
    house: House, index: tuple[str, Path], packages: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("TWINE_USERNAME")
    monkeypatch.delenv("TWINE_PASSWORD")
    text = f"[distutils]\nindex-servers = ours\n[ours]\nrepository = {index[0]}\nusername = manager\npassword = {SECRET}\n"
    (tmp_path / ".pypirc").write_text(text, encoding="utf-8")
    assert len(upload(house.layout, ["-r", "ours", *WORDS], NOT_WAITING).sent) == 6
    (tmp_path / ".pypirc").write_text(f"{text}broken {SECRET}\n[", encoding="utf-8")
    with pytest.raises(RequestError, match="cannot be read") as caught:
        upload(house.layout, ["-r", "ours", *WORDS], NOT_WAITING)
    assert SECRET not in str(caught.value)


def test_a_refused_connection_is_said(house: House) -> None:
    with pytest.raises(UploadError, match=r"refused.*\(3 tries\)"):
        upload(house.layout, ["--to", "http://127.0.0.1:1/", *WORDS], NOT_WAITING)


def test_an_address_that_is_no_index(house: House, tmp_path: Path) -> None:
    with static_server(tmp_path) as url, pytest.raises(RemoteError, match=r"is no package index.*--simple URL"):
        upload(house.layout, ["--to", url, *WORDS], NOT_WAITING)


def test_a_dry_run_sends_nothing(
    house: House, index: tuple[str, Path], packages: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    upload(house.layout, ["--to", index[0], "--variant", "plain", "--dry-run"], NOT_WAITING)
    assert tree(packages) == {}
    assert "6 of 6 files would be sent" in capsys.readouterr().out


def test_from_an_index_with_the_records_of_the_wheelhouse(
    house: House, index: tuple[str, Path], packages: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    upload(house.layout, ["--to", index[0], *WORDS], NOT_WAITING)
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    (tmp_path / "netrc").write_text(f"machine 127.0.0.1 login manager password {SECRET}\n", encoding="utf-8")
    words = ["numexpr", "2.14.2", "--from", f"{index[0]}simple/", "--to", str(tmp_path / "second"), "--yes", "--variant", "plain"]
    assert len(promote(house.layout, words, NOT_WAITING).sent) == 6


def test_a_wheel_without_records_does_not_come_from_an_index(
    house: House, index: tuple[str, Path], packages: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stranger = make_wheel(packages, "3.11", version="2.14.3")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    (tmp_path / "netrc").write_text(f"machine 127.0.0.1 login manager password {SECRET}\n", encoding="utf-8")
    with pytest.raises(RecordError, match="no build record"):
        promote(
            house.layout, ["numexpr", "2.14.3", "--from", f"{index[0]}simple/", "--to", str(tmp_path / "x"), "--yes"], NOT_WAITING
        )
    assert stranger.is_file()
    assert not (tmp_path / "x").exists()
