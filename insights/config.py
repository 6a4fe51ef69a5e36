"""Settings: what a command was given, else `INSIGHTS_*` environment variables, else `insights.toml`, else a default."""

from __future__ import annotations

from pathlib import Path
from tomllib import TOMLDecodeError
from typing import Any, Literal
from zoneinfo import ZoneInfo, available_timezones

from pydantic import Field, ValidationError, field_validator
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from insights.errors import UsageError


class Settings(BaseSettings):
    """Everything that a user may choose; each field has a default that works."""

    model_config = SettingsConfigDict(env_prefix="INSIGHTS_", extra="forbid", frozen=True)

    store: Path = Path("insights-data")  # folder of the database and the reports
    timezone: str = "UTC"  # weeks begin on Monday 00:00 here
    our_domains: tuple[str, ...] = ()  # mail domains of our own side, e.g. ("acme.com",)
    our_names: tuple[str, ...] = ()  # names of our own people, as they stand in transcripts
    names: tuple[str, ...] = ()  # products and competitors to notice when a customer mentions them
    rep_channel: Literal["left", "right"] = "left"  # of a stereo call, the side of our rep
    speech_model: str = "whisper-base"  # a name or short name of models/manifest.toml, or the path of a folder
    hear_again: bool = True  # doubtful speech once more and with a second model: fewer errors, more time
    workers: int | None = Field(default=None, ge=1)  # processes that transcribe; None: as cores and memory allow
    device: Literal["auto", "cpu", "cuda"] = "auto"  # where speech is recognised; auto: a graphics card if one works
    n_speakers: int | None = Field(default=None, ge=1, le=6)  # voices in mono recordings; None: found in each
    max_duration_s: float = Field(default=4 * 3600, gt=0)  # longer recordings are refused
    question_threshold: float = Field(default=0.5, ge=0, le=1)
    objection_threshold: float = Field(default=0.5, ge=0, le=1)
    filename_pattern: str = (
        r"(?P<date>\d{4}-\d{2}-\d{2})(?:[T_ ](?P<time>\d{2}[-:]?\d{2}))?(?:_(?P<rep>[^_]+))?(?:_(?P<account>[^_]+))?"
    )

    @field_validator("timezone")
    @classmethod
    def _known_timezone(cls, name: str) -> str:
        if name not in available_timezones():
            raise ValueError(f"no time zone '{name}'; use a name like 'Europe/Berlin'")
        return name

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
        return _settings_of(config or Path("insights.toml"))(**chosen)
    except ValidationError as error:
        first = error.errors()[0]
        raise UsageError(f"Setting '{'.'.join(str(part) for part in first['loc'])}': {first['msg']}.") from error
    except TOMLDecodeError as error:
        raise UsageError(f"{config or 'insights.toml'} is no valid TOML: {error}.") from error


def _settings_of(config: Path) -> type[Settings]:
    class _Settings(Settings):
        model_config = SettingsConfigDict(toml_file=config)

    return _Settings
