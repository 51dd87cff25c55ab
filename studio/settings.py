"""All settings of one process, read once from the environment (AICLONE_…) and `.env`."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from studio.dates import is_zone, zone_here
from studio.destinations import FOLDER, THREAD


class Settings(BaseSettings):
    """Built by the composition roots in workers/ only and passed down."""

    model_config = SettingsConfigDict(env_prefix="AICLONE_", env_file=".env", extra="ignore")

    home: Path = Field(default=Path("data"), description="folder of the database, the media store and logs")
    cache: Path = Field(
        default=Path("~/.cache/aiclone").expanduser(), description="shared folder of model weights"
    )
    database_url: str = Field(default="", description="postgresql://…; empty: SQLite in the home folder")
    redis_url: str = "redis://127.0.0.1:7391/0"
    web_host: str = "127.0.0.1"
    web_port: int = 8765
    deliveries: Path = Field(default=Path("deliveries"), description="folder of delivered videos")
    destinations: dict[str, Annotated[str, Field(min_length=1)]] = Field(
        default={}, description='more places for delivered videos, JSON: {"press": "/srv/press"}'
    )
    timezone: str = Field(
        default="", description="Europe/Berlin, …: of dates in words; empty: this machine's"
    )
    use: Literal["commercial", "personal"] = "commercial"
    accepted_licences: str = Field(
        default="", description="licences of non-commercial models you accept: CPML, CC-BY-NC-ND-4.0"
    )
    recipe: str = "laptop"
    takes: int = Field(default=1, ge=1, le=5, description="takes of every line, the best of which is used")
    label: str = Field(default="AI-generated", description="visible disclosure; empty switches it off")
    weights_folder: Path | None = Field(default=None, description="a local folder asked before any source")
    openai_api_key: SecretStr = SecretStr("")
    openai_base_url: str = "https://api.openai.com/v1"
    openai_model: str = "gpt-4.1"
    openai_price_in: float = Field(default=2.0, description="USD per million input tokens")
    openai_price_out: float = Field(default=8.0, description="USD per million output tokens")
    openai_timeout_s: float = 60.0
    elevenlabs_api_key: SecretStr = Field(
        default=SecretStr(""), description="only media workers and `aiclone voice` need it"
    )
    elevenlabs_api_url: str = "https://api.elevenlabs.io"
    elevenlabs_model: str = "eleven_multilingual_v2"
    elevenlabs_format: str = Field(
        default="pcm_24000", description="pcm_…, wav_… or mp3_…, as your plan allows"
    )
    elevenlabs_stitch: Literal["shot", "script", "off"] = Field(
        default="shot", description="whose words around a line the service is told, for continuity"
    )
    elevenlabs_price: float = Field(default=0.30, description="USD per 1000 characters your plan counts")
    spend_cap: float = Field(default=5.0, description="USD for one production; paid takes beyond it wait")
    spend_cap_month: float = Field(default=50.0, description="USD in a calendar month (UTC), all productions")
    slack_bot_token: SecretStr = Field(default=SecretStr(""), description="xoxb-…: one workspace")
    slack_app_token: SecretStr = Field(default=SecretStr(""), description="xapp-…: Socket Mode")
    slack_signing_secret: SecretStr = Field(default=SecretStr(""), description="signs what comes over HTTP")
    slack_client_id: str = Field(default="", description="with its secret: several workspaces by OAuth")
    slack_client_secret: SecretStr = SecretStr("")
    slack_public_url: str = Field(
        default="", description="https://… of this machine, for installing by OAuth"
    )
    slack_api_url: str = "https://slack.com/api/"
    whatsapp_token: SecretStr = Field(default=SecretStr(""), description="a system user's token")
    whatsapp_phone_number_id: str = Field(default="", description="digits; not the phone number itself")
    whatsapp_account_id: str = Field(default="", description="the WhatsApp Business Account's id, for setup")
    whatsapp_app_secret: SecretStr = Field(default=SecretStr(""), description="signs what WhatsApp sends")
    whatsapp_verify_token: SecretStr = Field(default=SecretStr(""), description="any word; said back once")
    whatsapp_template: str = Field(
        default="aiclone_waiting", description="approved template that asks back after a day of silence"
    )
    whatsapp_template_language: str = "en_US"
    whatsapp_api_url: str = "https://graph.facebook.com/v26.0"
    log: Literal["", "text", "json"] = Field(
        default="", description="what processes print; empty: text on a terminal, else JSON lines"
    )
    disk_floor_mb: int = Field(default=1000, description="less free space than this is not ready")

    @property
    def database(self) -> str:
        """The SQLAlchemy URL in force; PostgreSQL's usual URL gets the driver we have."""
        for usual in ("postgresql://", "postgres://"):
            if self.database_url.startswith(usual):
                return f"postgresql+psycopg://{self.database_url.removeprefix(usual)}"
        return self.database_url or f"sqlite:///{(self.home / 'aiclone.db').resolve()}"

    @field_validator("timezone")
    @classmethod
    def _zone(cls, given: str) -> str:
        if given and not is_zone(given):
            raise ValueError(f"there is no time zone “{given}”; write it as Europe/Berlin")
        return given

    @field_validator("destinations")
    @classmethod
    def _names(cls, given: dict[str, str]) -> dict[str, str]:
        for name in given:
            if not re.fullmatch(r"[a-z0-9][a-z0-9 _-]{0,39}", name):
                raise ValueError(
                    f"“{name}”: a destination's name is up to 40 small letters, digits, blanks, - and _"
                )
        return given

    @property
    def places(self) -> dict[str, str]:
        """Every destination by name: the delivery folder, the thread where there are threads, those named."""
        here = {FOLDER: str(self.deliveries)} | ({THREAD: THREAD} if self.speaks_slack else {})
        return here | self.destinations

    @property
    def zone(self) -> str:
        """The zone of words that come without one."""
        return self.timezone or zone_here()

    @property
    def speaks_slack(self) -> bool:
        """Whether there may be a workspace to speak in."""
        return bool(self.slack_bot_token.get_secret_value() or self.slack_client_id)

    @property
    def speaks_whatsapp(self) -> bool:
        """Whether there is a number to speak with and a way to know who is speaking to it."""
        return bool(
            self.whatsapp_token.get_secret_value()
            and self.whatsapp_phone_number_id
            and self.whatsapp_app_secret.get_secret_value()
        )
