"""The models FazAI knows by name, and where their files are."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from importlib import resources
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from fazai_tui.config.texts import Texts
from fazai_tui.core.cookbook import Localized
from fazai_tui.core.errors import ModelError
from fazai_tui.engine.errors import model_error
from fazai_tui.engine.gguf import GgufDamage, GgufHeader, read_header

SUFFIX = ".gguf"


class CatalogueEntry(BaseModel):
    """One model of the catalogue."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    file: str
    """The file's name."""
    repo: str = ""
    """Where the hub keeps it, `OWNER/NAME`; empty for the model that comes with FazAI."""
    size_bytes: int = Field(ge=0)
    """About how large it is; the hub says exactly."""
    memory_bytes: int = Field(ge=0)
    """About what it takes in memory, with a window of 8,192 tokens."""
    context: int = Field(gt=0)
    """Tokens it was trained for."""
    licence: str
    sha256: str = Field(default="", pattern="^([0-9a-f]{64})?$")
    """Where empty, what the hub says counts."""
    summary: Localized

    @property
    def is_shipped(self) -> bool:
        """Whether the file comes with FazAI."""
        return not self.repo


@dataclass(frozen=True, slots=True)
class ModelFile:
    """A model's file that was found, with its header read."""

    name: str
    path: Path
    header: GgufHeader


class Catalogue:
    """Finds models by name or path."""

    def __init__(self, models_dir: Path, texts: Texts) -> None:
        """Read the catalogue.

        Args:
            models_dir: Where downloaded models are.
            texts: The language of errors.
        """
        self._models_dir = models_dir
        self._texts = texts
        source = resources.files("fazai_tui.config").joinpath("models.toml").read_text(encoding="utf-8")
        adapter = TypeAdapter(dict[str, CatalogueEntry])
        self._entries: Mapping[str, CatalogueEntry] = adapter.validate_python(tomllib.loads(source))

    @property
    def entries(self) -> Mapping[str, CatalogueEntry]:
        """Every model by name, the shipped one first."""
        return self._entries

    def entry(self, name: str) -> CatalogueEntry:
        """Return a model of the catalogue.

        Raises:
            ModelError: There is none of that name; the error names the nearest.
        """
        if name not in self._entries:
            raise self._unknown(name)
        return self._entries[name]

    def path(self, entry: CatalogueEntry) -> Path:
        """Return where a model's file is, or will be."""
        if entry.is_shipped:
            return Path(str(resources.files("fazai_tui.config").joinpath("models", entry.file)))
        return self._models_dir / entry.file

    def own_files(self) -> tuple[Path, ...]:
        """Return the files in the models' directory that the catalogue does not name."""
        known = {entry.file for entry in self._entries.values()}
        return tuple(sorted(file for file in self._models_dir.glob(f"*{SUFFIX}") if file.name not in known))

    def locate(self, name_or_path: str) -> tuple[str, Path]:
        """Return a model's name and its file's path, whether the file is there or not.

        A name of the catalogue comes first, then a file in the models' directory, then a path.

        Raises:
            ModelError: It is neither a known name nor a path.
        """
        if name_or_path in self._entries:
            return name_or_path, self.path(self._entries[name_or_path])
        own = self._models_dir / f"{name_or_path.removesuffix(SUFFIX)}{SUFFIX}"
        if "/" not in name_or_path and own.is_file():
            return own.stem, own
        path = Path(name_or_path).expanduser()
        if "/" in name_or_path or name_or_path.endswith(SUFFIX) or path.is_file():
            return path.stem, path.absolute()
        raise self._unknown(name_or_path)

    def resolve(self, name_or_path: str) -> ModelFile:
        """Find a model and read its header.

        Raises:
            ModelError: It is not there, cannot be read or is no whole GGUF file; the error says what to do.
        """
        name, path = self.locate(name_or_path)
        try:
            header = read_header(path)
        except FileNotFoundError as error:
            problem = "missing"
            if name in self._entries:
                problem = "not_shipped" if self._entries[name].is_shipped else "not_pulled"
            raise self._error(problem, name, path) from error
        except PermissionError as error:
            raise self._error("forbidden", name, path) from error
        except OSError as error:
            raise self._error("unreadable", name, path, reason=error.strerror or str(error)) from error
        except GgufDamage as damage:
            size = path.stat().st_size
            facts = {"size": f"{size:,}", "expected": f"{damage.expected:,}"}
            problem = "truncated_at" if damage.expected else damage.kind
            raise self._error(problem, name, path, **facts) from damage
        return ModelFile(name, path, header)

    def _error(self, problem: str, name: str, path: Path, **facts: object) -> ModelError:
        entry = self._entries.get(name)
        remedy = "get_file" if entry is None else "reinstall" if entry.is_shipped else "pull_again"
        remedy = self._texts.get(f"engine.remedy.{remedy}", name=name)
        return model_error(self._texts, problem, {"name": name, "file": str(path), "remedy": remedy, **facts})

    def _unknown(self, name: str) -> ModelError:
        nearest = get_close_matches(name, self._entries, n=1, cutoff=0.4)
        if nearest:
            return model_error(self._texts, "unknown_near", {"name": name, "nearest": nearest[0]})
        return model_error(self._texts, "unknown", {"name": name})
