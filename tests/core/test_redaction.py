"""Masking secrets."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fazai_tui.core.redaction import REDACTED, redact, redact_value


@pytest.mark.parametrize(
    "text",
    [
        "export PGPASSWORD=S3cr3t psql",
        "mysql -u root -pS3cr3t db",
        "curl -u joe:S3cr3t example.com",
        "git clone https://joe:S3cr3t@host/x",
        "curl -H 'Authorization: Bearer S3cr3t'",
        "tool --password 'S3cr3t' x",
        "tool --api-key=S3cr3t",
        "echo 'joe:S3cr3t' | sudo chpasswd",
        '{"api_key": "S3cr3t"}',
        "aws_secret_access_key = S3cr3t",
        "sshpass -p S3cr3t ssh host",
        "senha: S3cr3t",
        "-----BEGIN RSA PRIVATE KEY-----\nS3cr3t\nS3cr3t\n-----END RSA PRIVATE KEY-----",
    ],
)
def test_secrets_are_masked(text: str) -> None:
    assert "S3cr3t" not in redact(text)
    assert REDACTED in redact(text)


@pytest.mark.parametrize(
    "token",
    [
        "ghp_" + "a1" * 18,
        "sk-" + "a1" * 20,
        "AKIA" + "A1" * 8,
        "eyJhbGciOiJI.eyJzdWIiOiIx.SflKxwRJSMeK",
    ],
)
def test_tokens_are_known_by_their_shape(token: str) -> None:
    assert redact(f"use {token} here") == f"use {REDACTED} here"


@pytest.mark.parametrize(
    "text",
    [
        "cat: /etc/passwd: Permission denied",
        "root:x:0:0:root:/root:/bin/bash",
        "540 tokens/s: fast",
        "Password:\nnext line",
        "ls -p dir",
        "sk-learn",
        "https://example.com:8080/x@y",
    ],
)
def test_ordinary_text_stays(text: str) -> None:
    assert redact(text) == text


def test_values_are_masked_to_the_bottom() -> None:
    value = redact_value({"a": ["token=x", {"b": "senha=y"}], "c": 3})

    assert value == {"a": [f"token={REDACTED}", {"b": f"senha={REDACTED}"}], "c": 3}


@given(st.text())
def test_masking_twice_is_masking_once(text: str) -> None:
    assert redact(redact(text)) == redact(text)


@pytest.mark.parametrize("piece", ["a.", "mysql ", "curl ", "://:", "password", "--password ", "echo a:", "token "])
def test_long_text_is_searched_in_linear_time(piece: str) -> None:
    def seconds(length: int) -> float:
        started = time.perf_counter()
        redact(piece * (length // len(piece)))
        return time.perf_counter() - started

    # Quadratic search would take minutes for this length.
    assert seconds(400_000) < 5
