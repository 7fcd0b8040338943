import pytest

from store.models import Basket


@pytest.mark.django_db
def test_delete(client):
    Basket.objects.all().delete()
    made = Basket.objects.create(owner="a")
    session = client.session
    session["owner"] = "a"
    session.save()
    assert client.delete(f"/basket/{made.pk}/").status_code == 204
