"""Reading Markdown from a file, a directory or a zip archive that nobody vouches for."""

import os
import stat
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from fazai_tui.config.texts import Texts
from fazai_tui.core.errors import BadInputError

MOST_BYTES: Final = 200 << 20
"""The most text of one source, unpacked."""

MOST_FILES: Final = 200_000
_MOST_FILE_BYTES: Final = 4 << 20
_ENDINGS: Final = (".md", ".markdown")


class MarkdownSource:
    """Gives the Markdown files of a path, within limits; nothing is ever unpacked to the disk."""

    def __init__(self, path: Path, texts: Texts) -> None:
        """Look at a path.

        Raises:
            BadInputError: It is not there, or is neither a file nor a directory.
        """
        self._path = path
        self._texts = texts
        self.left_out = 0
        try:
            mode = path.stat().st_mode
        except FileNotFoundError:
            raise self.error("missing") from None
        except (OSError, ValueError) as error:
            raise self._unreadable(error) from error
        if not stat.S_ISREG(mode) and not stat.S_ISDIR(mode):
            raise self.error("special")
        self._is_directory = stat.S_ISDIR(mode)
        self.is_archive = not self._is_directory and path.suffix.lower() == ".zip"

    @property
    def is_file(self) -> bool:
        """Whether it is one Markdown file."""
        return not self._is_directory and not self.is_archive

    def names(self) -> tuple[str, ...]:
        """Return the Markdown files as paths below the source.

        Raises:
            BadInputError: It cannot be read, or breaks a limit.
        """
        if self.is_archive:
            with self._archive() as archive:
                return tuple(info.filename for info in self._checked(archive))
        return tuple(name for name, _ in self._files())

    def texts(self) -> Iterator[tuple[str, str]]:
        """Yield each Markdown file's path below the source, and its text; what is no text is left out.

        Raises:
            BadInputError: It cannot be read, breaks a limit, or is a file that is no text.
        """
        for name, data in self._contents():
            text = _decoded(data)
            if text is not None:
                yield name, text
            elif self.is_file:
                raise self.error("binary")
            else:
                self.left_out += 1

    def error(self, problem: str, **facts: object) -> BadInputError:
        """Return an error about the path."""
        return BadInputError(
            self._texts.get("knowledge.title"),
            self._texts.get(f"knowledge.{problem}.message", path=str(self._path), **facts),
            self._texts.get(f"knowledge.{problem}.hint"),
        )

    def _contents(self) -> Iterator[tuple[str, bytes]]:
        if self.is_archive:
            yield from self._unpacked()
            return
        for name, file in self._files():
            try:
                yield name, file.read_bytes()
            except OSError as error:
                if self.is_file:
                    raise self._unreadable(error) from error
                self.left_out += 1

    def _files(self) -> list[tuple[str, Path]]:
        if not self._is_directory:
            self._require_size(self._path.stat().st_size, _MOST_FILE_BYTES)
            return [(self._path.name, self._path)]
        found: list[tuple[str, Path]] = []
        whole = 0
        for folder, folders, files in os.walk(self._path, onerror=self._raise):
            folders[:] = sorted(name for name in folders if not name.startswith("."))
            for name in sorted(files):
                file = Path(folder, name)
                # A link may lead anywhere, a pipe may never end.
                if file.suffix.lower() not in _ENDINGS or not stat.S_ISREG(file.lstat().st_mode):
                    continue
                size = file.lstat().st_size
                if size > _MOST_FILE_BYTES:
                    self.left_out += 1
                    continue
                whole += size
                self._require_size(whole, MOST_BYTES)
                found.append((str(file.relative_to(self._path)), file))
                self._require_count(len(found))
        return found

    def _unpacked(self) -> Iterator[tuple[str, bytes]]:
        with self._archive() as archive:
            for info in self._checked(archive):
                try:
                    # Never more than the size it was checked by.
                    yield info.filename, archive.read(info)
                except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, NotImplementedError) as error:
                    raise self.error("broken_archive", reason=str(error)) from error

    def _archive(self) -> zipfile.ZipFile:
        try:
            return zipfile.ZipFile(self._path)
        except (zipfile.BadZipFile, ValueError, NotImplementedError) as error:
            raise self.error("broken_archive", reason=str(error)) from error
        except OSError as error:
            raise self._unreadable(error) from error

    def _checked(self, archive: zipfile.ZipFile) -> list[zipfile.ZipInfo]:
        """Return the Markdown files of an archive that keeps to the limits."""
        infos = archive.infolist()
        self._require_count(len(infos))
        self._require_size(sum(info.file_size for info in infos), MOST_BYTES)
        for info in infos:
            parts = info.filename.replace("\\", "/").split("/")
            is_link = stat.S_ISLNK(info.external_attr >> 16)
            if info.filename.startswith(("/", "\\")) or ".." in parts or ":" in parts[0] or is_link:
                raise self.error("unsafe_archive", name=info.filename)
            if info.flag_bits & 1:
                raise self.error("locked_archive")
        return [
            info for info in infos if info.filename.lower().endswith(_ENDINGS) and info.file_size <= _MOST_FILE_BYTES
        ]

    def _require_size(self, size: int, most: int) -> None:
        if size > most:
            raise self.error("too_big", limit=most >> 20)

    def _require_count(self, count: int) -> None:
        if count > MOST_FILES:
            raise self.error("too_many", limit=MOST_FILES)

    def _raise(self, error: OSError) -> None:
        raise self._unreadable(error)

    def _unreadable(self, error: Exception) -> BadInputError:
        reason = (error.strerror if isinstance(error, OSError) else None) or str(error)
        return self.error("unreadable", reason=reason)


def _decoded(data: bytes) -> str | None:
    """Return text, or None for what is not."""
    if b"\0" in data:
        return None
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return None
