"""What every page needs in its head: the import map, modules, style sheets, files of npm's packages."""

from __future__ import annotations

from django import template
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language

from geogrid.web.importmap import import_map
from geogrid.web.vendor import vendor_name

register = template.Library()


@register.simple_tag(takes_context=True)
def importmap(context: template.Context) -> SafeString:
    """Print the import map, and let the page's policy allow it."""
    found = import_map()
    request = context.get("request")
    if request is not None:
        request.csp_script_hashes = {*getattr(request, "csp_script_hashes", ()), found.digest}
    # The text is JSON of our own file names with every `<` escaped.
    return mark_safe(f'<script type="importmap">{found.text}</script>')  # noqa: S308


@register.simple_tag
def module(name: str) -> SafeString:
    """Load a module of ours."""
    return format_html('<script type="module" src="{}"></script>', static(name))


@register.simple_tag
def stylesheet(name: str) -> SafeString:
    """Load a style sheet of ours."""
    return format_html('<link rel="stylesheet" href="{}">', static(name))


@register.simple_tag
def vendor(place: str) -> str:
    """Give the address of `<package>/<path>` of npm's packages."""
    return static(vendor_name(place))


@register.simple_tag
def page_language() -> str:
    """Give the language of the page as `<html lang>` writes it."""
    return "en" if (get_language() or "").startswith("en") else "zh-Hans"
