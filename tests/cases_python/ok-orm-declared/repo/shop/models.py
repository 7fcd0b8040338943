from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    pass


class Price(Base):
    __tablename__ = "prices"

    code: Mapped[str] = mapped_column(primary_key=True)
    amount: Mapped[int] = mapped_column("cents")
