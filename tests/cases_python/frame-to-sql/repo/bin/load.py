import os

import pandas as pd
from sqlalchemy import create_engine

engine = create_engine(os.environ["DATABASE_URL"])
prices = pd.read_csv("prices.csv")
prices[prices.cents > 0].to_sql("prices", engine, if_exists="replace")
