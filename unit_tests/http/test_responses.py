"""What an answer means: the manifest's sentence for its status, a redirect, a link to nowhere."""

from __future__ import annotations

import pytest
from airbyte_cdk.models import FailureType
from airbyte_cdk.utils.airbyte_secrets_utils import update_secrets

from unit_tests.conftest import EVENTS, page
from unit_tests.http.asking import failed

CONFIG_ERRORS = {401: "refused the API token", 403: "Plus Platform", 404: '"events_path"'}


@pytest.mark.parametrize("status", [*range(400, 408), *range(409, 425), 426, 428, 431, 451])
def test_given_a_refusal_then_the_manifest_s_type_at_once(http, status):
    http.get(EVENTS, status_code=status)

    error = failed()

    kind = FailureType.config_error if status in CONFIG_ERRORS else FailureType.system_error
    assert error.failure_type == kind
    assert CONFIG_ERRORS.get(status, "") in error.message
    assert "{{" not in error.message
    assert http.call_count == 1


@pytest.mark.parametrize(
    ("answer", "kind", "words"),
    [
        (
            {"status_code": 302, "headers": {"Location": "https://u:p@elsewhere.test/x?y"}},
            FailureType.config_error,
            "redirects to https://elsewhere.test (302)",
        ),
        ({"status_code": 304}, FailureType.system_error, "does not document"),
        (page(next_page="/events/page/2"), FailureType.system_error, "cannot follow"),
    ],
    ids=["a redirect", "a 304, which leads nowhere", "a link without a query"],
)
def test_given_what_leads_elsewhere_then_it_is_not_followed(http, answer, kind, words):
    http.get(EVENTS, **answer)

    error = failed()

    assert words in error.message
    assert error.failure_type == kind
    assert http.call_count == 1


def test_given_a_redirect_that_names_the_token_then_the_sentence_does_not(http):
    token = 20 * "secret-token"
    http.get(EVENTS, status_code=302, headers={"Location": f"https://{token}.elsewhere.test/"})
    update_secrets([token])

    assert "redirects to https://****.elsewhere.test (302)" in failed().message

    update_secrets([])
