"""The personas there are: shipped ones, the user's files, and those that other machines stored."""

import shutil
from difflib import get_close_matches
from pathlib import Path

from fazai_tui.config.paths import ensure_directory
from fazai_tui.config.persona_files import PersonaFiles, load_personas, read_persona
from fazai_tui.config.texts import Texts
from fazai_tui.core.errors import BadInputError, ConfigurationError, FazaiError
from fazai_tui.core.persona import AUTO, Persona
from fazai_tui.memory.longterm.personality import Personality


class PersonaShelf:
    """Knows every persona. Its methods may be called in any thread, and block.

    Args:
        folder: The user's files.
        personality: Where personas are stored; None where nothing may be.
        host: The name of this machine.
        texts: For errors.
    """

    def __init__(self, folder: Path, personality: Personality | None, host: str, texts: Texts) -> None:
        self._folder = folder
        self._personality = personality
        self._host = host
        self._texts = texts

    def load(self) -> PersonaFiles:
        """Return the personas; whatever cannot be used is told of, and the rest is there."""
        found = load_personas(self._folder, self._texts)
        if self._personality is None:
            return found
        try:
            others = self._personality.sync(tuple(found.personas.values()), self._host)
        except FazaiError as error:
            problem = ConfigurationError(error.title, error.message, error.hint)
            return PersonaFiles(found.personas, (*found.problems, problem))
        except ValueError as error:
            problem = self._error("stored_broken", reason=" ".join(str(error).split())[:120])
            return PersonaFiles(found.personas, (*found.problems, problem))
        return PersonaFiles({**{other.name: other for other in others}, **found.personas}, found.problems)

    def require(self, name: str) -> None:
        """Make sure that there is a persona of a name, or that the name lets FazAI choose.

        Raises:
            ConfigurationError: There is none; the nearest name is told, or what is wrong with its file.
        """
        if name == AUTO or name in load_personas(self._folder, self._texts).personas:
            return
        self.named(name)

    def named(self, name: str) -> Persona:
        """Return a persona.

        Raises:
            ConfigurationError: There is none; the nearest name is told, or what is wrong with its file.
        """
        found = self.load()
        if name in found.personas:
            return found.personas[name]
        file = str(self._folder / f"{name}.md")
        for problem in found.problems:
            if file in problem.message:
                raise problem
        names = [*found.personas, AUTO]
        nearest = get_close_matches(name, names, n=1, cutoff=0.0)[0]
        raise self._error("unknown", name=name, names=", ".join(names), nearest=nearest)

    def add(self, file: Path, *, replaces: bool) -> Persona:
        """Take a persona's file in among the user's, and store it.

        Raises:
            FazaiError: It is no persona, there is one of that name, or it cannot be written.
        """
        persona = read_persona(file, self._texts)
        target = self._folder / f"{persona.name}.md"
        if target.exists() and not replaces:
            raise BadInputError(
                self._texts.get("persona.title"),
                self._texts.get("persona.exists.message", name=persona.name, file=target),
                self._texts.get("persona.exists.hint"),
            )
        try:
            ensure_directory(self._folder)
            if not (target.exists() and target.samefile(file)):
                shutil.copyfile(file, target)
        except OSError as error:
            raise self._error("unwritable", file=target, reason=error.strerror or str(error)) from error
        self.load()
        return read_persona(target, self._texts)

    def _error(self, problem: str, /, **facts: object) -> ConfigurationError:
        return ConfigurationError(
            self._texts.get("persona.title"),
            self._texts.get(f"persona.{problem}.message", **facts),
            self._texts.get(f"persona.{problem}.hint", **facts),
        )
