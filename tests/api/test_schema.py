"""The description of the API is complete and true."""

from __future__ import annotations

import pytest
import schemathesis
from django.core.management import call_command
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from hypothesis import HealthCheck, given, seed, settings
from rest_framework.authtoken.models import Token
from schemathesis import GenerationMode, checks

from accounts.models import Role
from boundaries.models import Draft
from geogrid.wsgi import application
from tests.api.town import Town, make_user

CHECKS = (
    checks.not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
)
OPERATIONS = 38
BOUNDED = settings(
    database=None,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)


def test_it_is_valid_and_nothing_is_left_to_guess(tmp_path):
    call_command("spectacular", validate=True, fail_on_warn=True, file=str(tmp_path / "schema.yaml"))


@pytest.mark.django_db
def test_it_is_given_as_yaml_and_as_json(client):
    assert client.get("/api/schema/").status_code == 200
    document = client.get("/api/schema/?format=json").json()
    assert document["openapi"].startswith("3.")
    operations = [(path, how, one) for path, item in document["paths"].items() for how, one in item.items()]
    assert len(operations) == OPERATIONS
    for path, how, operation in operations:
        assert operation["summary"], path
        assert {"200", "400", "401", "429"} <= operation["responses"].keys(), path
        assert "application/problem+json" in operation["responses"]["400"]["content"]
        assert how == "get" or {"403", "409", "412", "413", "422"} <= operation["responses"].keys(), path
    assert set(document["components"]["securitySchemes"]) == {"cookieAuth", "tokenAuth"}


@pytest.fixture
def same_connection():
    """Requests see what the test wrote, as those of Django's own test client do."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.fixture
def operations(town: Town, same_connection):
    """Every operation of the description; requests go to the service without a network."""
    schema = schemathesis.openapi.from_wsgi("/api/schema/?format=json", application)
    found = [result.ok() for result in schema.get_all_operations()]
    assert len(found) == OPERATIONS
    return found


@pytest.mark.parametrize("mode", list(GenerationMode), ids=lambda mode: mode.value)
@pytest.mark.django_db
def test_whatever_is_asked_the_answer_is_as_described(operations, town, mode):
    for operation in operations:
        ask(operation, town, mode, examples=20)


@pytest.mark.long
@pytest.mark.parametrize("mode", list(GenerationMode), ids=lambda mode: mode.value)
@pytest.mark.django_db
def test_the_same_many_more_times(operations, town, mode):
    for operation in operations:
        ask(operation, town, mode, examples=400)


@pytest.mark.parametrize("mode", list(GenerationMode), ids=lambda mode: mode.value)
@pytest.mark.django_db
def test_whatever_is_written_by_who_may_the_answer_is_as_described(operations, town, mode):
    token = Token.objects.create(user=make_user(Role.ADMINISTRATOR))
    headers = {"Authorization": f"Token {token.key}"}
    writing = [one for one in operations if one.method.upper() == "POST"]
    assert len(writing) == 12
    for operation in writing:
        # What others did before is no obstacle: a draft that is closed would answer the same to everything.
        Draft.objects.filter(pk=town.public.pk).update(state="open")
        ask(operation, town, mode, examples=8, headers=headers)


def ask(operation, town, mode, *, examples, headers=None):
    """Ask as made up, then about what is there; each answer has to be one of those described."""
    if mode is GenerationMode.NEGATIVE and not list(operation.iter_parameters()):
        return  # nothing can be wrong
    known = {"scheme": "small", "code": "B", "layer": "clinic", "key": "K1", "draft": town.public.pk}

    @seed(20260301)
    @settings(BOUNDED, max_examples=examples)
    @given(case=operation.as_strategy(generation_mode=mode))
    def hold(case):
        case.call_and_validate(checks=CHECKS, headers=headers)
        case.path_parameters = {name: known[name] for name in case.path_parameters or {}}
        case.call_and_validate(checks=CHECKS, headers=headers)

    hold()
