"""Where things are on disk: everything under `MEM_HOME` when it is set, else the platform's usual places."""

from __future__ import annotations

import os
import pwd
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import platformdirs

from mem.errors import ConfigError, NotFound, StoreError

PROFILE_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
UNUSABLE = "\\?*"  # DuckDB takes the first for a slash, LanceDB takes the others for parts of an address
DIRECTORY_MODE = 0o700


def make_private(directory: Path) -> Path:
    """Makes `directory` (and its missing parents) for its owner only, whatever the umask; a link in its place is refused."""
    if directory.is_symlink():
        raise StoreError(f"{directory} is a symbolic link; mem keeps its files only in real directories")
    try:
        missing = [directory, *(parent for parent in directory.parents if not parent.exists())]
        for folder in reversed(missing):
            made = not folder.exists()
            folder.mkdir(mode=DIRECTORY_MODE, exist_ok=True)
            # One that its owner has made read-only stays so.
            if (mode := folder.stat().st_mode & 0o777) & 0o077 or (made and mode != DIRECTORY_MODE):
                folder.chmod(DIRECTORY_MODE if made else mode & DIRECTORY_MODE)
            if made:
                _sync(folder.parent)  # else a power loss may take it with all that is in it
    except OSError as error:
        raise StoreError(
            f"cannot use {directory}: {error.strerror}; check its owner and the disk, or set MEM_HOME"
        ) from error
    return directory


def forbidden(path: Path) -> str:
    """Where this user is kept out on the way to `path`, whose that is, and what to do; empty where nothing keeps them out."""
    path = path.absolute()
    for place in (*reversed(path.parents), path):
        try:
            owner = place.stat().st_uid
        except OSError:
            return ""
        if os.access(place, os.R_OK if place == path else os.X_OK):
            continue
        whose = f"it is that of user {_user(owner)}, and you are {_user(os.geteuid())}"
        remedy = f"run mem as {_user(owner)}, or set MEM_HOME to a place of your own"
        if owner == os.geteuid():
            whose, remedy = "it is yours, but closed to you", f"chmod u+rwX {place}"
        return f"{place} cannot be read: {whose}; nothing is known of what is in it, and nothing was changed: {remedy}"
    return ""


def _user(number: int) -> str:
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return str(number)


def _sync(directory: Path) -> None:
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@dataclass(frozen=True, slots=True)
class Paths:
    """The directories of one installation. None of them is made until something is written."""

    config_file: Path
    data: Path
    cache: Path

    @classmethod
    def find(cls, environ: Mapping[str, str]) -> Paths:
        """From `MEM_HOME`, else from platformdirs."""
        if home := environ.get("MEM_HOME"):
            if wrong := sorted({letter for letter in home if not letter.isprintable() or letter in UNUSABLE}):
                raise ConfigError(f"MEM_HOME has characters that the databases cannot have in a path: {wrong}; choose another")
            try:
                root = Path(home).expanduser().absolute()
            except RuntimeError as error:
                raise ConfigError(f"MEM_HOME = {home[:40]!r} names no home directory") from error
            return cls(root / "config.toml", root / "data", root / "cache")
        return cls(
            Path(platformdirs.user_config_dir("mem", appauthor=False)) / "config.toml",
            Path(platformdirs.user_data_dir("mem", appauthor=False)),
            Path(platformdirs.user_cache_dir("mem", appauthor=False)),
        )

    @property
    def models(self) -> Path:
        """Model files that `mem models pull` fetched."""
        return self.data / "models"

    @property
    def profiles(self) -> Path:
        """One directory a profile."""
        return self.data / "profiles"

    def profile(self, name: str) -> Path:
        """The directory of profile `name`; refused if the name could lead anywhere else."""
        if not PROFILE_NAME.fullmatch(name):
            raise ConfigError(
                f"{name[:40]!r} is no profile name: use a-z, 0-9, - and _, at most 64, starting with a letter or digit"
            )
        return self.profiles / name

    def profile_names(self) -> list[str]:
        """Existing profiles in alphabetical order."""
        if not self.profiles.is_dir():
            return []
        return sorted(
            entry.name
            for entry in self.profiles.iterdir()
            if entry.is_dir() and not entry.is_symlink() and PROFILE_NAME.fullmatch(entry.name)
        )

    def existing_profile(self, name: str) -> Path:
        """Like `profile`, but NotFound unless it exists; `default` counts as existing."""
        directory = self.profile(name)
        if name != "default" and not directory.is_dir():
            known = ", ".join(self.profile_names()) or "none yet"
            raise NotFound(f"there is no profile {name!r} (known: {known}); make it with: mem profiles create {name}")
        return directory
