"""What is filled in to sign in, and to change a password."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.auth.forms import AuthenticationForm, PasswordChangeForm
from django.utils.translation import gettext_lazy as _


def _dress(form: forms.Form) -> None:
    """Give the inputs the look of the product."""
    for field in form.fields.values():
        field.widget.attrs["class"] = "input"


class SignInForm(AuthenticationForm):
    """A user name and a password. What is wrong is one sentence, the same whatever of the two it is."""

    error_messages = {"invalid_login": _("The user name or the password is not right."), "inactive": ""}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Dress the inputs."""
        super().__init__(*args, **kwargs)
        self.fields["username"].label = _("User name")
        self.fields["password"].label = _("Password")
        _dress(self)


class NewPasswordForm(PasswordChangeForm):
    """The present password, and a new one twice."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Dress the inputs."""
        super().__init__(*args, **kwargs)
        labels = {
            "old_password": _("Present password"),
            "new_password1": _("New password"),
            "new_password2": _("New password once more"),
        }
        for name, label in labels.items():
            self.fields[name].label = label
        self.fields["new_password1"].help_text = _(
            "At least 8 characters, not only digits, and nothing that is easily guessed."
        )
        self.fields["new_password2"].help_text = ""
        _dress(self)
