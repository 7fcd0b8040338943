import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.add_column("members", sa.Column("note", sa.Text()))
    op.execute("UPDATE members SET note = ''")


def downgrade() -> None:
    op.drop_column("members", "note")
