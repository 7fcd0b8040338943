import sqlalchemy as sa
from alembic import op


def upgrade():
    op.add_column("members", sa.Column("since", sa.DateTime()))
    op.execute("UPDATE members SET since = now()")


def downgrade():
    op.drop_column("members", "since")
