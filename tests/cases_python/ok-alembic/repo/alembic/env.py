from alembic import context

from shop.models import Base

target_metadata = Base.metadata


def run() -> None:
    with context.begin_transaction():
        context.run_migrations()


run()
