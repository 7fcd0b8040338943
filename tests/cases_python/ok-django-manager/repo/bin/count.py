from shop.members.models import Member

print(Member.objects.idle().count(), list(Member.objects.idle().values_list("id")))
seen = {}
seen.update({"a": 1})
