from django.http import HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_http_methods

from .models import Basket


@require_http_methods(["GET", "DELETE"])
def basket(request, pk):
    found = get_object_or_404(Basket, pk=pk, owner=request.session["owner"])
    if request.method == "DELETE":
        found.delete()
        request.session.pop("basket", None)
        return HttpResponse(status=204)
    return JsonResponse({"id": found.pk})
