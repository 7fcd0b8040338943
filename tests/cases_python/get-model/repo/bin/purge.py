from django.apps import apps

Member = apps.get_model("members", "Member")
Member.objects.all().delete()
