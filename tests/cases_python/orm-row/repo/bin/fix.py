import os

from sqlalchemy import create_engine, select
from sqlalchemy.orm import Session

from shop import models

with Session(create_engine(os.environ["DATABASE_URL"])) as session:
    for member in session.scalars(select(models.Member).where(models.Member.plan == "none")):
        member.plan = "basic"
    session.commit()
