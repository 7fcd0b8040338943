from alembic import op


def upgrade() -> None:
    op.execute("DELETE FROM members WHERE plan = 'idle'")
