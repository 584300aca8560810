"""A head is bounded in size and in time, before anybody knows whose it is."""

import asyncio
from collections.abc import AsyncIterator
from urllib.parse import urlsplit

import pytest

from servicekit.http import protocol
from servicekit.http.protocol import LARGEST_HEAD
from servicekit.testing.http import Api
from servicekit.testing.serving import listening

OPEN = b"<still open>"
GET = b"GET /v1/books HTTP/1.1\r\nHost: x\r\n"
POST = b"POST /v1/books HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"


@pytest.fixture(scope="module")
async def port(shelf: Api) -> AsyncIterator[int]:
    async with listening(shelf.app) as address:
        found = urlsplit(address).port
        assert found is not None
        yield found


async def said(port: int, *pieces: bytes, within: float = 10.0) -> bytes:
    """What the server answers to `pieces` sent one by one, with OPEN if it does not close then."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        for piece in pieces:
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(0.01)
    except ConnectionError:
        pass  # It has answered and closed already.
    answer = b""
    try:
        async with asyncio.timeout(within):
            while piece := await reader.read(65_536):
                answer += piece
    except TimeoutError:
        answer += OPEN
    except ConnectionError:
        pass
    writer.close()
    return answer


def status(answer: bytes) -> int:
    return int(answer.split(b" ", 2)[1]) if answer.startswith(b"HTTP/") else 0


async def test_a_header_without_an_end_is_refused(port: int) -> None:
    answer = await said(port, GET, b"X-Endless: ", *[b"a" * 17_000] * 4)
    assert status(answer) == 431
    assert answer.endswith(b"Request Header Fields Too Large.")
    # Whoever goes on regardless is cut off, whether it reads the answer or not.
    assert status(await said(port, GET, b"X-Endless: ", *[b"a" * 50_000] * 40)) in (0, 431)


async def test_headers_without_end_are_refused(port: int) -> None:
    many = b"".join(b"X-%d: %s\r\n" % (n, b"a" * 90) for n in range(700))
    assert status(await said(port, GET + many + b"\r\n")) == 431
    assert status(await said(port, GET, many[:30_000], many[30_000:60_000], many[60_000:])) == 431


async def test_a_large_head_is_read(port: int) -> None:
    """The control: what tokens and traces need passes, at once and bit by bit."""
    large = b"X-Large: " + b"a" * (LARGEST_HEAD - 1_000) + b"\r\nConnection: close\r\n\r\n"
    assert status(await said(port, GET + large)) == 401
    halves = large[:30_000], large[30_000:]
    assert status(await said(port, GET, *halves)) == 401


async def test_trailers_without_end_are_cut_off(port: int) -> None:
    # The request itself is answered as soon as it is refused; the rest must not be read for ever.
    begun = POST, b"2\r\n{}\r\n0\r\n"
    for trailers in (
        [b"X-Trailer: " + b"a" * 1_000 + b"\r\n"] * 80,
        [b"X: ", *[b"a" * 20_000] * 4],
    ):
        answer = await said(port, *begun, *trailers, within=3)
        assert not answer.endswith(OPEN)
    assert (await said(port, *begun, b"X-Trailer: a\r\n\r\n", within=1)).endswith(OPEN)


async def test_a_body_in_pieces_is_no_head(port: int) -> None:
    """The control: what is counted begins anew with each piece of a body."""
    pieces = [b"c350\r\n" + b" " * 0xC350 + b"\r\n"] * 5
    answer = await said(port, POST, *pieces, b"0\r\n\r\n", within=2)
    assert status(answer) == 401


async def test_a_head_that_does_not_come_is_not_waited_for(
    port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(protocol, "HEAD_SECONDS", 0.3)
    began = asyncio.get_running_loop().time()
    assert await said(port) == b""
    assert status(await said(port, GET + b"X-Slow: ")) == 408
    # A later request of the same connection is given no longer.
    later = await said(port, GET + b"\r\n", GET)
    assert status(later) == 401
    assert later.endswith(b"Request Timeout.")
    assert asyncio.get_running_loop().time() - began < 8


async def test_what_is_no_http_is_refused_as_before(port: int) -> None:
    answer = await said(port, b"\x16\x03\x01\x02\x00\x01\r\n\r\n")
    assert status(answer) == 400
    assert answer.endswith(b"Invalid HTTP request received.")


async def test_a_slow_body_is_not_cut_by_the_bound_of_the_head(
    port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(protocol, "HEAD_SECONDS", 0.2)
    piece = b"1\r\n \r\n"

    async def slowly() -> bytes:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(POST)
        for _ in range(5):
            await asyncio.sleep(0.1)
            writer.write(piece)
        writer.write(b"0\r\n\r\n")
        answer = await asyncio.wait_for(reader.read(65_536), 5)
        writer.close()
        return answer

    assert status(await slowly()) == 401
