"""Model files as they come: whole, cut short, damaged, or something else altogether."""

import os
import struct
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fazai_tui.config.texts import Texts
from fazai_tui.core.errors import ErrorKind, ModelError
from fazai_tui.engine.catalogue import Catalogue
from fazai_tui.engine.gguf import GgufDamage, read_header
from fazai_tui.engine.llama import LlamaEngine
from fazai_tui.engine.options import EngineOptions, auto_context, auto_threads, fits_memory


def test_a_header_says_what_the_model_is(tiny_model: Path) -> None:
    header = read_header(tiny_model)
    assert (header.architecture, header.context, header.profile, header.licence) == ("gemma3", 512, "compact", "MIT")
    assert header.quantisation == "F32"
    assert 50_000 < header.parameters < header.file_bytes / 4
    assert "start_of_turn" in header.text("tokenizer.chat_template")
    assert header.text("no.such.key") == ""


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "is empty"),
        (b"GG", "incomplete"),
        (b"#!/bin/sh\necho hi\n", "not a GGUF file"),
        (b"\x7fELF" + b"\0" * 100, "not a GGUF file"),
        (b"GGUF" + struct.pack("<IQQ", 1, 0, 0), "version of GGUF"),
        (b"GGUF" + struct.pack(">IQQ", 3, 0, 0), "version of GGUF"),
        (b"GGUF" + struct.pack("<IQQ", 3, 0, 0), "damaged"),
        (b"GGUF" + struct.pack("<IQQ", 3, 1 << 60, 1 << 60), "incomplete"),
        (b"GGUF" + struct.pack("<IQQQ", 3, 0, 1, 1 << 62), "incomplete"),
        (b"GGUF" + struct.pack("<IQQQ1sI", 3, 0, 1, 1, b"k", 99), "damaged"),
    ],
)
async def test_what_is_no_model_is_one_line_with_a_remedy(
    content: bytes, says: str, tmp_path: Path, catalogue: Catalogue, texts: Texts
) -> None:
    file = tmp_path / "broken.gguf"
    file.write_bytes(content)
    engine = LlamaEngine(str(file), catalogue=catalogue, options=EngineOptions(), texts=texts)
    with pytest.raises(ModelError, match=says) as caught:
        await engine.load()
    await engine.close()
    assert caught.value.kind is ErrorKind.MODEL
    assert str(file) in caught.value.message
    assert caught.value.hint
    assert "\n" not in str(caught.value)


def test_a_file_cut_short_says_how_much_is_there(tiny_model: Path, tmp_path: Path, catalogue: Catalogue) -> None:
    whole = tiny_model.read_bytes()
    file = tmp_path / "cut.gguf"
    file.write_bytes(whole[:-40])
    with pytest.raises(ModelError, match=r"incomplete: it has [\d,]+ of [\d,]+ bytes"):
        catalogue.resolve(str(file))


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_no_cut_passes_for_a_whole_file(data: st.DataObject, tiny_model: Path, tmp_path: Path) -> None:
    whole = tiny_model.read_bytes()
    file = tmp_path / "cut.gguf"
    # The last tensor may be followed by padding that nobody misses.
    file.write_bytes(whole[: data.draw(st.integers(0, len(whole) - 32))])
    with pytest.raises(GgufDamage):
        read_header(file)


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_damaged_header_never_crashes_the_reader(data: st.DataObject, tiny_model: Path, tmp_path: Path) -> None:
    content = bytearray(tiny_model.read_bytes())
    for place in data.draw(st.lists(st.integers(0, 11_000), min_size=1, max_size=6)):
        content[place] = data.draw(st.integers(0, 255))
    file = tmp_path / "damaged.gguf"
    file.write_bytes(content)
    try:
        read_header(file)
    except GgufDamage as damage:
        assert damage.kind in ("not_gguf", "version", "truncated", "damaged")


def test_two_equal_tokens_are_found_before_llama_cpp_ends_the_process_over_them(
    tiny_model: Path, tmp_path: Path
) -> None:
    file = tmp_path / "twins.gguf"
    file.write_bytes(tiny_model.read_bytes().replace(b"<0x41>", b"<0x42>"))
    with pytest.raises(GgufDamage) as caught:
        read_header(file)
    assert caught.value.kind == "damaged"


async def test_an_unknown_architecture_is_named(tiny_model: Path, tmp_path: Path, catalogue: Catalogue) -> None:
    file = tmp_path / "new.gguf"
    file.write_bytes(tiny_model.read_bytes().replace(b"gemma3", b"gemma9"))
    engine = LlamaEngine(str(file), catalogue=catalogue, options=EngineOptions(threads=1), texts=Texts("en"))
    with pytest.raises(ModelError, match="architecture gemma9") as caught:
        await engine.load()
    await engine.close()
    assert "another model" in caught.value.hint


async def test_llama_cpp_gives_its_reason(tiny_model: Path, tmp_path: Path, catalogue: Catalogue) -> None:
    file = tmp_path / "renamed.gguf"
    file.write_bytes(tiny_model.read_bytes().replace(b"blk.1.ffn_up", b"blk.1.ffn_xx"))
    engine = LlamaEngine(str(file), catalogue=catalogue, options=EngineOptions(threads=1), texts=Texts("en"))
    with pytest.raises(ModelError, match=r"llama\.cpp cannot load .*blk\.1\.ffn_up"):
        await engine.load()
    await engine.close()


def test_missing_files_and_directories(tmp_path: Path, catalogue: Catalogue) -> None:
    with pytest.raises(ModelError, match="does not exist"):
        catalogue.resolve(str(tmp_path / "none.gguf"))
    with pytest.raises(ModelError, match="Is a directory"):
        catalogue.resolve(f"{tmp_path}/")


def test_a_file_of_somebody_else_is_refused_by_name(tiny_model: Path, tmp_path: Path) -> None:
    file = tmp_path / "private.gguf"
    file.write_bytes(tiny_model.read_bytes())
    file.chmod(0)
    program = (
        "import os, sys; from pathlib import Path\n"
        "from fazai_tui.config.texts import Texts; from fazai_tui.engine.catalogue import Catalogue\n"
        "catalogue = Catalogue(Path('/nowhere'), Texts('en'))\n"
        "os.getuid() or os.setuid(65534)\n"
        "try: catalogue.resolve(sys.argv[1])\n"
        "except Exception as error: print(error)\n"
    )
    for place in (tmp_path, *tmp_path.parents):
        if place.name.startswith("pytest-"):
            place.chmod(0o755)
    tmp_path.chmod(0o755)
    ended = subprocess.run([sys.executable, "-c", program, str(file)], capture_output=True, text=True, check=True)
    assert f"{file} may not be read" in ended.stdout


def test_names_come_before_paths(tiny_model: Path, catalogue: Catalogue, tmp_path: Path) -> None:
    assert catalogue.locate("faisca")[1].name == "faisca.gguf"
    assert catalogue.locate("gemma-3-1b") == ("gemma-3-1b", tmp_path / "models" / "gemma-3-1b-it-Q4_K_M.gguf")
    assert catalogue.locate("./faisca") == ("faisca", Path.cwd() / "faisca")
    (tmp_path / "models").mkdir()
    own = tmp_path / "models" / "mine.gguf"
    own.symlink_to(tiny_model)
    assert catalogue.locate("mine") == catalogue.locate("mine.gguf") == ("mine", own)
    assert catalogue.own_files() == (own,)
    with pytest.raises(ModelError, match="there is no model") as caught:
        catalogue.locate("gemma-3n-e2")
    assert "gemma-3n-e2b" in caught.value.hint


def test_every_model_of_the_catalogue_can_be_fetched_or_is_here(catalogue: Catalogue) -> None:
    assert next(iter(catalogue.entries)) == "faisca"
    for name, entry in catalogue.entries.items():
        assert entry.is_shipped == (name == "faisca")
        assert entry.file.endswith(".gguf")
        assert entry.is_shipped or entry.repo.count("/") == 1


def test_threads_and_window_fit_the_machine() -> None:
    cores = len(os.sched_getaffinity(0))
    assert auto_threads(7_000_000) == 1
    assert 1 <= auto_threads(4_000_000_000) <= cores
    assert auto_context(2048, 1000) == 2048
    assert auto_context(131_072, 1000) == 8192
    assert auto_context(0, 1000) == 8192
    assert auto_context(131_072, 1 << 40) == 512
    assert fits_memory(1 << 20)
    assert not fits_memory(1 << 60)
