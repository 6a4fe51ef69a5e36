"""Settings: what a command was given, else `INSIGHTS_*` environment variables, else `insights.toml`, else a default."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from tomllib import TOMLDecodeError
from typing import Any, Literal
from zoneinfo import ZoneInfo, available_timezones

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from insights.errors import UsageError

DEFAULT_FILE = Path("insights.toml")
VOCABULARY_NAME = "vocabulary.txt"
MAX_ENTRIES = 2_000
MAX_ENTRY = 100  # letters of a name or a spelling
MAX_VOCABULARY_BYTES = 1024 * 1024

MIN_EXAMPLES = 10  # of a user's own type of objection


class ObjectionType(BaseModel):
    """A type of objection of the user's own, told by examples."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    definition: str = ""
    examples: tuple[str, ...]
    counterexamples: tuple[str, ...] = ()  # look like one and are none

    @property
    def id(self) -> str:
        """The name as a label: "seat_minimum"."""
        return "_".join(self.name.casefold().split())

    @field_validator("name")
    @classmethod
    def _usable_name(cls, name: str) -> str:
        if not name.strip() or not all(letter.isalnum() or letter in " _-" for letter in name):
            raise ValueError(f"'{name}' is no name for a type; use letters, digits and spaces")
        return name

    @field_validator("examples")
    @classmethod
    def _enough_examples(cls, examples: tuple[str, ...]) -> tuple[str, ...]:
        n_different = len({" ".join(example.casefold().split()) for example in examples} - {""})
        if n_different < MIN_EXAMPLES:
            raise ValueError(
                f"a type of objection needs {MIN_EXAMPLES} different examples or more, here are {n_different}"
            )
        return examples


class Settings(BaseSettings):
    """Everything that a user may choose; each field has a default that works."""

    model_config = SettingsConfigDict(env_prefix="INSIGHTS_", extra="forbid", frozen=True)

    store: Path = Path("insights-data")  # folder of the database and the reports
    timezone: str = "UTC"  # weeks begin on Monday 00:00 here
    our_domains: tuple[str, ...] = ()  # mail domains of our own side, e.g. ("acme.com",)
    our_names: tuple[str, ...] = ()  # names of our own people, as they stand in transcripts
    names: tuple[str, ...] = ()  # to notice when a customer mentions them; "Name" or "Name: also written so, or so"
    competitors: tuple[str, ...] = ()  # likewise, shown as competitors
    products: tuple[str, ...] = ()  # likewise, your own
    vocabulary: tuple[str, ...] = ()  # names to expect in speech; as a line of vocabulary.txt: "Kestralis: kes trellis"
    vocabulary_file: Path | None = None  # more of them; by default vocabulary.txt beside the settings, if it is there
    vocabulary_hints: bool = False  # tell the recogniser the names, too: more of them heard, other words lost
    rep_channel: Literal["left", "right"] = "left"  # of a stereo call, the side of our rep
    speech_model: str = "whisper-base"  # a name or short name of models/manifest.toml, or the path of a folder
    hear_again: bool = False  # doubtful speech once more, with a second model: on bad lines fewer errors, more time
    workers: int | None = Field(default=None, ge=1)  # processes that transcribe; None: as cores and memory allow
    device: Literal["auto", "cpu", "cuda"] = "auto"  # where speech is recognised; auto: a graphics card if one works
    n_speakers: int | None = Field(default=None, ge=1, le=6)  # voices in mono recordings; None: found in each
    max_duration_s: float = Field(default=4 * 3600, gt=0)  # longer recordings are refused
    question_threshold: float = Field(default=0.4, ge=0, le=1)
    objection_threshold: float = Field(default=0.4, ge=0, le=1)
    theme_grain: float = Field(default=0.25, ge=0, le=1)  # 0: few broad themes of questions and objections; 1: many
    objection_types: tuple[ObjectionType, ...] = ()  # of your own, besides the built-in ones
    filename_pattern: str = (
        r"(?P<date>\d{4}-\d{2}-\d{2})(?:[T_ ](?P<time>\d{2}[-:]?\d{2}))?(?:_(?P<rep>[^_]+))?(?:_(?P<account>[^_]+))?"
    )

    @field_validator("timezone")
    @classmethod
    def _known_timezone(cls, name: str) -> str:
        if name not in available_timezones():
            raise ValueError(f"no time zone '{name}'; use a name like 'Europe/Berlin'")
        return name

    @field_validator("vocabulary", "names", "competitors", "products")
    @classmethod
    def _usable_entries(cls, lines: tuple[str, ...]) -> tuple[str, ...]:
        for line in lines:
            check_entry(line)
        return lines

    @field_validator("objection_types")
    @classmethod
    def _different_names(cls, types: tuple[ObjectionType, ...]) -> tuple[ObjectionType, ...]:
        if len({one.id for one in types}) < len(types):
            raise ValueError("two types of objection have the same name")
        return types

    @property
    def zone(self) -> ZoneInfo:
        """The time zone of the weeks."""
        return ZoneInfo(self.timezone)

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Arguments first, then the environment, then insights.toml."""
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls)


def load_settings(config: Path | None = None, **overrides: object) -> Settings:
    """Read the settings from `config`, else from insights.toml of the current folder; None overrides nothing.

    Raises UsageError where the file is not there or a value is not usable.
    """
    if config is not None and not config.is_file():
        raise UsageError(f"No settings file '{config}'.")
    chosen: dict[str, Any] = {name: value for name, value in overrides.items() if value is not None}
    try:
        settings = _settings_of(config or DEFAULT_FILE)(**chosen)
    except ValidationError as error:
        first = error.errors()[0]
        raise UsageError(f"Setting '{'.'.join(str(part) for part in first['loc'])}': {first['msg']}.") from error
    except TOMLDecodeError as error:
        raise UsageError(f"{config or 'insights.toml'} is no valid TOML: {error}.") from error
    return _with_vocabulary(settings, (config or DEFAULT_FILE).with_name(VOCABULARY_NAME))


def _settings_of(config: Path) -> type[Settings]:
    class _Settings(Settings):
        model_config = SettingsConfigDict(toml_file=config)

    return _Settings


def _with_vocabulary(settings: Settings, default: Path) -> Settings:
    """The settings with the lines of their vocabulary file added, or of the default one if it is there."""
    file = settings.vocabulary_file or (default if default.is_file() else None)
    if file is None:
        return settings
    return settings.model_copy(
        update={"vocabulary": tuple(dict.fromkeys((*settings.vocabulary, *read_vocabulary(file))))}
    )


def read_vocabulary(file: Path) -> tuple[str, ...]:
    """The entries of a vocabulary file: one a line, `Name` or `Name: sounds like, or like`; # begins a comment.

    Raises UsageError where the file cannot be read, is too long or holds a line that is no entry.
    """
    if not file.is_file():
        raise UsageError(f"No vocabulary file '{file}'.")
    if file.stat().st_size > MAX_VOCABULARY_BYTES:
        raise UsageError(f"{file}: has more than {MAX_VOCABULARY_BYTES:,} bytes; a vocabulary has one name a line.")
    try:
        text = file.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UsageError(f"{file}: is not UTF-8 text (byte {error.start}). Save it as UTF-8.") from error
    except OSError as error:
        raise UsageError(f"{file}: cannot be read ({error.strerror}).") from error
    return tuple(_read_entries(file, text))


def _read_entries(file: Path, text: str) -> Iterator[str]:
    n_entries = 0
    for number, row in enumerate(text.splitlines(), 1):
        line = row.partition(" #")[0].strip()  # "C#" is a name
        if not line or line.startswith("#"):
            continue
        n_entries += 1
        if n_entries > MAX_ENTRIES:
            raise UsageError(f"{file}: has more than {MAX_ENTRIES:,} entries. Keep the names that matter.")
        try:
            check_entry(line)
        except ValueError as error:
            raise UsageError(f"{file}, line {number}: {error}.") from error
        yield line


def check_entry(line: str) -> None:
    """Raise ValueError unless the line is a name, or a name, a colon and how it may sound."""
    name, colon, spellings = line.partition(":")
    parts = [name, *(spellings.split(",") if colon else ())]
    for part in parts:
        if not any(letter.isalnum() for letter in part):
            raise ValueError(f"'{line[:MAX_ENTRY]}' lacks a name or a spelling; write 'Name' or 'Name: sounds like'")
        if len(part) > MAX_ENTRY:
            raise ValueError(f"'{part[:20]}…' has {len(part)} letters; a name may have {MAX_ENTRY}")
        if not part.isprintable():
            raise ValueError(f"{part!r} holds a character that cannot be printed")
