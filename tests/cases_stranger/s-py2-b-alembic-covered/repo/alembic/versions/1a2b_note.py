import sqlalchemy as sa

from alembic import op

revision = "1a2b"
down_revision = None


def upgrade() -> None:
    op.add_column("customers", sa.Column("note", sa.Text()))


def downgrade() -> None:
    op.drop_column("customers", "note")
