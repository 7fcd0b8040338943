"""clear audit

Revision ID: 3f1c
Revises: 1a2b
"""
from alembic import op

revision = "3f1c"
down_revision = "1a2b"


def upgrade() -> None:
    op.execute("TRUNCATE TABLE audit_log")
    op.drop_column("customers", "last_seen")


def downgrade() -> None:
    pass
