"""`python -m operations.issuer serve | health`: the development issuer and its probe.

Imports nothing of the local stack, so that a container with only the services' requirements can
run it beside them.
"""

import argparse
import http.client
import os
import sys
from pathlib import Path

DEFAULT_PORT = 8100


def main() -> int:
    """Carry out one command; the exit status."""
    parser = argparse.ArgumentParser("python -m operations.issuer", description=__doc__)
    parser.add_argument("command", choices=("serve", "health"))
    command = parser.parse_args().command
    port = int(os.environ.get("TRADEWIND_PORT", DEFAULT_PORT))
    return _serve(port) if command == "serve" else _health(port)


def _serve(port: int) -> int:
    import uvicorn

    from operations.issuer.app import NotForProductionError, create_app, require_development
    from operations.issuer.tokens import TokenSigner, signing_key

    host = os.environ.get("TRADEWIND_HOST", "127.0.0.1")
    name = os.environ.get("TRADEWIND_ISSUER") or f"http://{host}:{port}"
    state = Path(os.environ.get("TRADEWIND_STATE") or "var")
    try:
        require_development()  # Before even a key is made.
        application = create_app(TokenSigner(name, signing_key(state / "issuer" / "key.json")))
    except NotForProductionError as error:
        print(error, file=sys.stderr)
        return 1
    uvicorn.run(application, host=host, port=port, log_level="warning")
    return 0


def _health(port: int) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/health/ready")
        return 0 if connection.getresponse().status == 200 else 1
    except OSError as error:
        print(error, file=sys.stderr)
        return 1
    finally:
        connection.close()


if __name__ == "__main__":
    sys.exit(main())
