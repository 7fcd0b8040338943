from ops.checks import only_in_ci, right_database

only_in_ci("reprice")
right_database("prod")

import os

from sqlalchemy import create_engine, update
from sqlalchemy.orm import Session

from shop.models import Price

with Session(create_engine(os.environ["DATABASE_URL"])) as session:
    session.execute(update(Price).where(Price.code == "tea").values(amount=350))
    session.commit()
