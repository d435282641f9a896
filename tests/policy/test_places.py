"""Telling where a path leads."""

import pytest

from fazai_tui.policy.places import Effect, Place, Places
from fazai_tui.policy.rulebook import RuleBook
from fazai_tui.policy.script import Word


@pytest.fixture(scope="module")
def places(rules: RuleBook) -> Places:
    """Return the places of a user."""
    return Places(rules.places, home="/home/ana")


@pytest.mark.parametrize(
    ("path", "place"),
    [
        ("/", Place.EVERYTHING),
        ("//", Place.EVERYTHING),
        ("/etc/..", Place.EVERYTHING),
        ("/./", Place.EVERYTHING),
        ("/etc", Place.TREE),
        ("/etc/", Place.TREE),
        ("/home", Place.TREE),
        ("/home/ana", Place.OWN_HOME),
        ("/home/ana/", Place.OWN_HOME),
        ("/home/ana/x", Place.HOME),
        ("/home/ana/.ssh", Place.PERSONAL),
        ("/home/bia/.ssh/authorized_keys", Place.PERSONAL),
        ("/root/.bashrc", Place.PERSONAL),
        ("/home/bia", Place.ELSEWHERE),
        ("/usr/bin/env", Place.VITAL),
        ("/usr/local/bin/x", Place.SYSTEM),
        ("/etc/hosts", Place.SYSTEM),
        ("/etc/passwd", Place.CRITICAL),
        ("/etc/fstab", Place.ESSENTIAL),
        ("/dev/sda", Place.DEVICE),
        ("/dev/null", Place.HARMLESS),
        ("/dev/tcp/h/1", Place.NETWORK),
        ("/tmp/x", Place.TEMPORARY),
        ("/srv/x", Place.ELSEWHERE),
        ("x", Place.HERE),
        ("../x", Place.HERE),
    ],
)
def test_plain_paths(places: Places, path: str, place: Place) -> None:
    assert places.locate(Word(path)) is place


@pytest.mark.parametrize(
    ("pattern", "place"),
    [
        ("/*", Place.EVERYTHING),
        ("/.*", Place.EVERYTHING),
        ("/etc/*", Place.TREE),
        ("/e*", Place.TREE),
        ("/home/*", Place.TREE),
        ("/home/a*", Place.OWN_HOME),
        ("/var/log/*.gz", Place.SYSTEM),
        ("/usr/bin/*", Place.TREE),
        ("*", Place.HERE),
    ],
)
def test_patterns(places: Places, pattern: str, place: Place) -> None:
    assert places.locate(Word(pattern, has_glob=True)) is place


def test_relative_paths_follow_the_directory(places: Places) -> None:
    assert places.locate(Word("*", has_glob=True), "/") is Place.EVERYTHING
    assert places.locate(Word("passwd"), "/etc") is Place.CRITICAL
    assert places.locate(Word("../etc"), "/usr") is Place.TREE


def test_a_tilde_is_a_home(places: Places) -> None:
    assert places.locate(Word("~", has_tilde=True)) is Place.OWN_HOME
    assert places.locate(Word("~")) is Place.HERE
    assert places.locate(Word("~root", has_tilde=True)) is Place.TREE


@pytest.mark.parametrize(
    ("text", "start", "end", "place"),
    [
        ("$x/*", 0, 2, Place.MAYBE_ROOT),
        ("$x/", 0, 2, Place.MAYBE_ROOT),
        ("/$x", 1, 3, Place.MAYBE_ROOT),
        ("$x/etc", 0, 2, Place.MAYBE_ROOT),
        ("$x", 0, 2, Place.UNKNOWN),
        ("$x/build", 0, 2, Place.UNKNOWN),
        ("/etc/$x", 5, 7, Place.SYSTEM),
        ("a/$x", 2, 4, Place.HERE),
    ],
)
def test_unknown_parts(places: Places, text: str, start: int, end: int, place: Place) -> None:
    word = Word(text, is_literal=False, unknown_at=start, unknown_end=end, may_be_empty=True, has_glob="*" in text)
    assert places.locate(word) is place


@pytest.mark.parametrize("path", ["/etc/shadow", "/etc/shad*", "/home/ana/.ssh/id_rsa", "/etc/ssh/ssh_host_rsa_key"])
def test_secrets(places: Places, path: str) -> None:
    assert places.is_secret(Word(path, has_glob="*" in path))


def test_public_files_are_no_secret(places: Places) -> None:
    assert not places.is_secret(Word("/etc/passwd"))
    assert not places.is_secret(Word("/home/ana/.ssh/config"))


def test_every_effect_has_a_risk_everywhere(rules: RuleBook) -> None:
    for effect in Effect:
        named = rules.places.effect[effect].model_dump()
        assert sorted(place for group in named.values() for place in group) == sorted(Place), effect
