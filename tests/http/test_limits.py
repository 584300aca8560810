"""A client in a loop is slowed down; nobody else notices."""

import pytest

from servicekit.http.limits import RateLimiter
from servicekit.http.problems import EdgeProblem
from servicekit.testing.http import Api
from servicekit.testing.postgres import Databases
from servicekit.testing.shelf.service import service


async def test_too_many_requests_are_refused_with_a_time_to_wait(databases: Databases) -> None:
    async with (
        databases.of(service) as database,
        Api.of(database, rate_limit_per_second=0.5, rate_limit_burst=3) as api,
    ):
        statuses = [(await api.get("/v1/oddities/me")).status_code for _ in range(5)]
        assert statuses == [200, 200, 200, 429, 429]
        answer = await api.get("/v1/oddities/me")
        assert answer.json()["code"] == "too-many-requests"
        assert answer.headers["retry-after"] in ("1", "2")
        neighbour = api.signed_in(tenant="acme", subject="bob")
        assert (await neighbour.get("/v1/oddities/me")).status_code == 200


def test_a_bucket_fills_again() -> None:
    now = [0.0]
    limiter = RateLimiter(2, 2, now=lambda: now[0])
    for _ in range(2):
        limiter.take("acme", "ada")
    with pytest.raises(EdgeProblem):
        limiter.take("acme", "ada")
    now[0] += 0.5
    limiter.take("acme", "ada")
    with pytest.raises(EdgeProblem):
        limiter.take("acme", "ada")
    now[0] += 1_000
    for _ in range(2):
        limiter.take("acme", "ada")
    with pytest.raises(EdgeProblem):
        limiter.take("acme", "ada")


def test_no_limit_is_the_default() -> None:
    limiter = RateLimiter(0, 1)
    for _ in range(1_000):
        limiter.take("acme", "ada")


def test_buckets_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("servicekit.http.limits._BUCKETS", 10)
    limiter = RateLimiter(1, 1)
    for number in range(100):
        limiter.take("acme", str(number))
    assert len(limiter._buckets) == 10
