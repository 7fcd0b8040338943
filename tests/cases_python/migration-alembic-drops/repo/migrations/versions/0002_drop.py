from alembic import op


def upgrade():
    op.drop_column("members", "plan")


def downgrade():
    pass
