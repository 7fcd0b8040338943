from pydantic_settings import BaseSettings


class Settings(BaseSettings):
    database_url: str
    timeout: int = 30
    verbose: bool = False


settings = Settings()
