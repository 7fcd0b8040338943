import os

from sqlalchemy import create_engine, func, select
from sqlalchemy.orm import Session

from shop.models import Member

engine = create_engine(os.environ["REPORT_URL"])
with Session(engine) as session:
    rows = session.execute(select(Member.plan, func.count()).group_by(Member.plan)).all()
    first = session.scalars(select(Member).limit(1)).first()
    for plan, count in rows:
        print(plan, count)
    print(session.query(Member).filter(Member.plan == "gold").count(), first.plan)
