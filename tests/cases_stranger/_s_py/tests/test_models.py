from shop.models import Customer


def test_table_name():
    assert Customer.__tablename__ == "customers"
