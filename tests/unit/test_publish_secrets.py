"""Secrets: found wherever they hide in a text, refused on a command line."""

from __future__ import annotations

import base64
from pathlib import Path
from urllib.parse import quote

import pytest

from scripts.core.errors import RequestError
from scripts.publish.secrets import scrub, secrets_of, without_password
from scripts.publish.wishes import promote_wishes, upload_wishes

SECRET = "s3cret/with+signs\\"


@pytest.mark.parametrize(
    "text",
    [
        f"password {SECRET} refused",
        f"quoted {quote(SECRET, safe='')}",
        "header Basic " + base64.b64encode(f"me:{SECRET}".encode()).decode(),
        f"repr {SECRET!r}",
        f"https://me:{SECRET}@example.invalid/",
    ],
)
def test_a_secret_is_hidden_however_it_is_written(text: str) -> None:
    clean = scrub(text, [SECRET], "me")
    assert "[hidden]" in clean
    assert "s3cret" not in clean
    assert base64.b64encode(f"me:{SECRET}".encode()).decode() not in clean


def test_an_api_token_is_hidden_even_when_nobody_knew_it() -> None:
    assert "AgEIcHlwaS5vcmc" not in scrub("403 token pypi-AgEIcHlwaS5vcmcCJDU1 expired")


def test_short_words_are_left_alone() -> None:
    assert scrub("a b c", ["b"]) == "a b c"


def test_the_environment_is_where_secrets_are() -> None:
    assert secrets_of({"TWINE_PASSWORD": "one", "AWS_SECRET_ACCESS_KEY": "two", "HOME": "three"}) == ("one", "two")


@pytest.mark.parametrize(
    "url", ["https://me:pass@example.invalid/", "https://token@example.invalid/", "https://a/?t=pypi-AgEIcHlwaS5vcmcCJDU1"]
)
@pytest.mark.parametrize("option", ["--to", "-r", "--from", "--simple"])
def test_a_password_on_the_command_line_is_refused_and_not_repeated(url: str, option: str) -> None:
    words = ["numexpr", "2.14.2", "--from", "x", "--to", "y", option, url]
    if option == "-r":
        words = ["numexpr", "2.14.2", "--from", "x", "-r", url]
    with pytest.raises(RequestError, match="does not belong on a command line") as caught:
        promote_wishes(words)
    assert "pass@" not in str(caught.value)
    assert "AgEI" not in str(caught.value)


def test_a_url_without_one_is_taken() -> None:
    assert without_password("https://example.invalid/", "--to") == "https://example.invalid/"


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ([], "needs --to"),
        (["--to", "a", "-r", "b"], "name two places"),
        (["--to", "a", "two point one"], "is no version"),
        (["--to", "a", "--what"], "behind --: unrecognized arguments: --what"),
        (["--to", "a", "-t", "amiga"], "invalid choice"),
        (["--to", "a", "--password", "x"], "unrecognized arguments"),
    ],
)
def test_upload_words_that_mean_nothing(words: list[str], message: str) -> None:
    with pytest.raises(RequestError, match=message):
        upload_wishes(words)


def test_promote_words() -> None:
    words = [
        "numexpr",
        "2.14.2",
        "--from",
        "u",
        "-r",
        "pypi",
        "-t",
        "linux",
        "-w",
        "house",
        "-c",
        "-s",
        "-v",
        "--partial",
        "--yes",
    ]
    wishes = promote_wishes([*words, "--dry-run"])
    assert (wishes.to, wishes.wheel_type, wishes.wheelhouse) == ("pypi", "linux", Path.cwd() / "house")
    assert all((wishes.clobber, wishes.sign, wishes.verbose, wishes.partial, wishes.yes, wishes.dry_run))
    assert promote_wishes(["numexpr", "2.14.2", "--from", "u", "-n"]).no_upload
    with pytest.raises(RequestError, match="needs --to"):
        promote_wishes(["numexpr", "2.14.2", "--from", "u"])
