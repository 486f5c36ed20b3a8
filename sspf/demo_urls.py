from django.urls import path

from access.views import demo

urlpatterns = [
    path("login/", demo.demo_login, name="demo_login"),
    path("cast.json", demo.cast_json, name="demo_cast"),
]
