from shop.members.models import Member

for member in Member.objects.filter(plan="idle"):
    member.orders.all().delete()
