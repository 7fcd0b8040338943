import os

from sqlalchemy import create_engine
from sqlalchemy.orm import sessionmaker

from shop.models import Member

Session = sessionmaker(bind=create_engine(os.environ["DATABASE_URL"]))


def main() -> None:
    session = Session()
    session.add(Member(plan="gold"))
    session.commit()


if __name__ == "__main__":
    main()
