"""All settings of one process, read once from the environment (AICLONE_…) and `.env`."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


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
    use: Literal["commercial", "personal"] = "commercial"
    accepted_licences: str = Field(
        default="", description="licences of non-commercial models you accept: CPML, CC-BY-NC-ND-4.0"
    )
    recipe: str = "laptop"
    label: str = Field(default="AI-generated", description="visible disclosure; empty switches it off")
    weights_folder: Path | None = Field(default=None, description="a local folder asked before any source")
    openai_api_key: SecretStr = SecretStr("")
    openai_base_url: str = "https://api.openai.com/v1"
    openai_model: str = "gpt-4.1"
    openai_price_in: float = Field(default=2.0, description="USD per million input tokens")
    openai_price_out: float = Field(default=8.0, description="USD per million output tokens")
    openai_timeout_s: float = 60.0
    slack_bot_token: SecretStr = Field(default=SecretStr(""), description="xoxb-…: one workspace")
    slack_app_token: SecretStr = Field(default=SecretStr(""), description="xapp-…: Socket Mode")
    slack_signing_secret: SecretStr = Field(default=SecretStr(""), description="signs what comes over HTTP")
    slack_client_id: str = Field(default="", description="with its secret: several workspaces by OAuth")
    slack_client_secret: SecretStr = SecretStr("")
    slack_public_url: str = Field(
        default="", description="https://… of this machine, for installing by OAuth"
    )
    slack_api_url: str = "https://slack.com/api/"
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

    @property
    def speaks_slack(self) -> bool:
        """Whether there may be a workspace to speak in."""
        return bool(self.slack_bot_token.get_secret_value() or self.slack_client_id)
