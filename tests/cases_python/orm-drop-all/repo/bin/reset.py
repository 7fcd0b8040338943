import os

from sqlalchemy import create_engine

from shop.models import Base

Base.metadata.drop_all(create_engine(os.environ["DATABASE_URL"]))
