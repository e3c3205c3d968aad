"""The pages of signing in and out."""

from __future__ import annotations

import datetime as dt
import math
from typing import Any

from django.contrib import messages
from django.contrib.auth.views import LoginView, LogoutView, PasswordChangeView
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import resolve, reverse_lazy
from django.urls.exceptions import Resolver404
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.forms import NewPasswordForm, SignInForm
from accounts.selectors import locked_until
from geogrid.web.clients import client_address
from geogrid.web.rates import rate_take, whole_seconds


class SignInView(LoginView):
    """Sign in, and go on to where one wanted to go, if that is a page of ours."""

    template_name = "accounts/login.html"
    authentication_form = SignInForm

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Take the form, unless this address has sent too many of them."""
        if wait := rate_take("sign-in", request):
            return _told_to_wait(request, wait)
        return super().post(request, *args, **kwargs)

    def get_redirect_url(self) -> str:
        """Give where to go on to; never back to this page, never to another site."""
        url = super().get_redirect_url()
        return "" if _is_sign_in(url) else url


class SignOutView(LogoutView):
    """Sign out; only by POST, so that no link of a stranger does it."""


class PasswordView(PasswordChangeView):
    """Change one's own password; one's other sessions end, this one goes on."""

    template_name = "accounts/password.html"
    form_class = NewPasswordForm
    success_url = reverse_lazy("accounts:password")

    def form_valid(self, form: Any) -> HttpResponse:
        """Say that it is done."""
        messages.success(self.request, _("Your password is changed."))
        return super().form_valid(form)


def locked_out(
    request: HttpRequest, response: HttpResponse | None, credentials: dict[str, Any] | None
) -> HttpResponse:
    """Answer whoever guessed too often: until when, whether the password is right now or not."""
    until = locked_until(name=(credentials or {}).get("username") or "", address=client_address(request))
    return _told_to_wait(request, (until - timezone.now()).total_seconds())


def _told_to_wait(request: HttpRequest, seconds: float) -> HttpResponse:
    wait = whole_seconds(seconds)
    context = {"minutes": math.ceil(wait / 60), "until": timezone.now() + dt.timedelta(seconds=wait)}
    response = render(request, "accounts/locked.html", context, status=429)
    response.headers["Retry-After"] = str(wait)
    response.headers["Cache-Control"] = "no-store"
    return response


def _is_sign_in(url: str) -> bool:
    try:
        return resolve(url.partition("?")[0]).view_name == "accounts:login"
    except Resolver404:
        return False
