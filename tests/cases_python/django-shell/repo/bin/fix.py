import django

django.setup()

from shop.members.models import Member  # noqa: E402

for member in Member.objects.filter(plan="none"):
    member.plan = "basic"
    member.save()
