from django.http import HttpResponse

from shop.members.models import Member


def leave(request, member_id):
    Member.objects.filter(id=member_id).delete()
    request.session.flush()
    return HttpResponse(status=204)
