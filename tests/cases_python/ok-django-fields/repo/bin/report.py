from shop.members.models import Member

for member in Member.objects.filter(plan="idle"):
    tags = member.tags
    tags.add("x")
    member.settings.update({"a": 1})
    print(member.name.strip(), member.orders.count(), member.created.isoformat())
