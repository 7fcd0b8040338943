from sqlalchemy import delete

from .db import session_scope
from .models import Order


def purge() -> None:
    with session_scope() as session:
        session.execute(delete(Order).where(Order.state == "cancelled"))
