from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="SYNC_", env_file=".env")

    database_url: str
    skip_guards: bool = False


settings = Settings()
