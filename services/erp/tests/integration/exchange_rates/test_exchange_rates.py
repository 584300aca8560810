"""Rates over HTTP: recorded, corrected, imported, converted."""

import base64
from collections.abc import Callable
from pathlib import Path
from time import perf_counter
from typing import Any

import pytest

from servicekit.testing.http import Api
from servicekit.testing.postgres import ServiceDatabase

FILE = b"Date,USD,GBP,CYP,\n2026-10-30,1.1172,0.8338,N/A,\n2026-10-29,1.113,0.83578,N/A,\n"


def rate(day: str, value: str, quote: str = "USD", source: str = "ecb") -> dict[str, str]:
    return {"source": source, "base": "EUR", "quote": quote, "rate_on": day, "rate": value}


async def record(erp: Api, *rates: dict[str, str]) -> dict[str, int]:
    answer = await erp.post("/v1/exchange-rates", {"rates": list(rates)})
    assert answer.status_code == 201, answer.text
    body: dict[str, int] = answer.json()
    return body


async def convert(erp: Api, day: str, **asked: str) -> Any:
    defaults = {"amount": "100", "currency": "EUR", "into": "USD", "on": day}
    answer = await erp.get("/v1/exchange-rates/convert", **defaults | asked)
    return answer.json()


async def send(erp: Api, content: bytes, **more: Any) -> Any:
    answer = await erp.post(
        "/v1/exchange-rate-imports", {"content": base64.b64encode(content).decode(), **more}
    )
    assert answer.status_code == 201, answer.text
    return answer.json()


async def test_a_correction_counts_and_the_old_value_stays(erp: Api) -> None:
    assert await record(erp, rate("2026-10-30", "1.2")) == {
        "recorded": 1, "corrected": 0, "unchanged": 0,
    }  # fmt: skip
    [first] = (await erp.get("/v1/exchange-rates")).json()["items"]
    outcome = await record(erp, rate("2026-10-30", "1.1172"), rate("2026-10-29", "1.113"))
    assert outcome == {"recorded": 1, "corrected": 1, "unchanged": 0}
    assert (await record(erp, rate("2026-10-30", "1.11720")))["unchanged"] == 1

    found = await convert(erp, "2026-10-30")
    assert (found["amount"], found["rate"]) == ("111.72", "1.1172")
    listed = (await erp.get("/v1/exchange-rates", rate_on="2026-10-30")).json()["items"]
    assert {row["rate"] for row in listed} == {"1.2", "1.1172"}
    before = await convert(erp, "2026-10-30", known_at=first["recorded_at"])
    assert before["amount"] == "120"


async def test_a_weekend_takes_fridays_rate_and_a_week_later_nothing_does(erp: Api) -> None:
    await record(erp, rate("2026-10-30", "1.1172"))
    sunday = await convert(erp, "2026-11-01")
    assert (sunday["amount"], sunday["steps"][0]["rate_on"]) == ("111.72", "2026-10-30")
    assert (await convert(erp, "2026-11-06"))["amount"] == "111.72"
    for day in ("2026-11-07", "2026-10-29"):
        refused = await convert(erp, day)
        assert refused["code"] == "exchange-rate-missing"
        assert day in refused["detail"]
        assert "/v1/exchange-rate-imports" in refused["hint"]


async def test_cross_rates_are_exact_and_only_the_amount_is_rounded(erp: Api) -> None:
    await record(erp, rate("2026-10-30", "1.1172"), rate("2026-10-30", "175.68", "JPY"))
    found = await convert(erp, "2026-10-30", amount="1000.01", currency="USD", into="JPY")
    assert found["amount"] == "157252"
    assert [(step["quote"], step["inverted"]) for step in found["steps"]] == [
        ("USD", True),
        ("JPY", False),
    ]


async def test_the_policy_says_which_rates_count(erp: Api, company: dict[str, Any]) -> None:
    await record(
        erp,
        rate("2026-10-29", "1.1"),
        rate("2026-10-30", "1.2"),
        rate("2026-10-30", "1.3", source="bank"),
    )
    path = f"/v1/exchange-rate-policies/{company['id']}"
    policy = (await erp.get(path)).json()
    assert (policy["sources"], policy["most_days_old"], policy["version"]) == ([], 7, 1)

    async def put(version: int, **changed: Any) -> Any:
        body = {"sources": [], "most_days_old": 7, "inverts": True} | changed
        return await erp.put(path, body, version=version)

    async def worth(day: str, **asked: str) -> Any:
        found = await convert(erp, day, company_id=company["id"], **asked)
        return found.get("amount", found.get("code"))

    assert (await put(1, sources=["bank", "ecb"])).status_code == 200
    assert [await worth("2026-10-30"), await worth("2026-10-29")] == ["130", "110"]
    assert (await put(1)).status_code == 412
    await put(2, sources=["ecb"], most_days_old=0, inverts=False)
    assert await worth("2026-10-30") == "120"
    assert await worth("2026-10-31") == "exchange-rate-missing"
    assert await worth("2026-10-30", currency="USD", into="EUR") == "exchange-rate-missing"
    assert (await erp.get(f"/v1/exchange-rate-policies/{'0' * 32}")).status_code == 404


async def test_a_file_is_imported_once_and_corrected_by_the_next(erp: Api) -> None:
    tried = await send(erp, FILE, dry_run=True)
    assert (tried["recorded"], tried["dry_run"], tried["left_out"]) == (4, True, ["CYP"])
    assert (await erp.get("/v1/exchange-rates")).json()["items"] == []
    done = await send(erp, FILE)
    assert (done["recorded"], done["days"], done["first_on"]) == (4, 2, "2026-10-29")
    again = await send(erp, FILE)
    assert (again["recorded"], again["corrected"], again["unchanged"]) == (0, 0, 4)
    corrected = await send(erp, FILE.replace(b"1.1172", b"1.1173"))
    assert (corrected["recorded"], corrected["corrected"], corrected["unchanged"]) == (0, 1, 3)
    assert (await convert(erp, "2026-10-30"))["rate"] == "1.1173"


@pytest.mark.parametrize("content", ["%%%%", "UEsDBAAA", "AAAA"])
async def test_what_is_no_file_is_refused(erp: Api, content: str) -> None:
    answer = await erp.post("/v1/exchange-rate-imports", {"content": content})
    assert answer.status_code == 422, answer.text
    assert answer.json()["code"] == "exchange-rate-file-unreadable"


async def test_bad_rates_are_refused(erp: Api) -> None:
    good = rate("2026-10-30", "1.1")
    for bad in (
        [good | {"rate": "0"}],
        [good | {"rate": "-1"}],
        [good | {"quote": "EUR"}],
        [good | {"quote": "XXX"}],
        [good, good],
        [],
    ):
        answer = await erp.post("/v1/exchange-rates", {"rates": bad})
        assert answer.status_code == 422, answer.text


@pytest.mark.data
async def test_the_whole_history_is_imported_in_seconds(
    erp: Api, data_set: Callable[[str], Path], company: dict[str, Any]
) -> None:
    content = (data_set("fx") / "eurofxref-hist.zip").read_bytes()
    started = perf_counter()
    done = await send(erp, content)
    took = perf_counter() - started
    assert (done["days"], done["unchanged"]) == (7_126, 0)
    assert done["recorded"] > 180_000
    assert took < 30, f"it took {took:.1f} s"
    print(f"{done['recorded']} rates in {took:.1f} s")
    started = perf_counter()
    assert (await send(erp, content))["unchanged"] == done["recorded"]
    print(f"again in {perf_counter() - started:.1f} s")
    started = perf_counter()
    found = await convert(erp, "2026-11-01", company_id=company["id"])
    print(f"converted in {1000 * (perf_counter() - started):.1f} ms")
    assert found["amount"] == "111.72"


async def test_a_recorded_rate_is_never_altered(erp: Api, erp_database: ServiceDatabase) -> None:
    await record(erp, rate("2026-10-30", "1.1172"))
    async with erp_database.superuser() as connection:
        for statement in (
            "UPDATE exchange_rates_rate SET rate = 2",
            "DELETE FROM exchange_rates_rate",
            "TRUNCATE exchange_rates_rate",
        ):
            with pytest.raises(Exception, match=r"append-only|never|refuse"):
                await connection.execute(statement)
