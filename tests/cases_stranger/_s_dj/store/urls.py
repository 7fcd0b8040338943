from django.urls import path

from . import views

urlpatterns = [path("basket/<int:pk>/", views.basket, name="basket")]
