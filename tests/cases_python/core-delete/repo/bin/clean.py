import os

import sqlalchemy as sa

metadata = sa.MetaData()
members = sa.Table("members", metadata, sa.Column("plan", sa.Text))
engine = sa.create_engine(os.environ["DATABASE_URL"])
with engine.begin() as conn:
    conn.execute(members.delete().where(members.c.plan == "none"))
