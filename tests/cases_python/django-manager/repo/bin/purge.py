from shop.members.models import Member

Member.objects.idle().delete()
