#!/usr/bin/env bash
# Make .venv with everything that `make run` and `make test` need.
#
# It asks for nothing but Python 3.11 or later: no root, no compiler, no uv. It does
# nothing when the locked requirements and the members have not changed since the last time.
# PYTHON=/path/to/python chooses the interpreter.
set -euo pipefail
cd "$(dirname "$0")/.."

venv=.venv
stamp=$venv/.tradewind-setup
members=(shared/contracts shared/servicekit services/crm services/erp services/cpq deploy/operations)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

say() { printf '\033[1m==>\033[0m %s\n' "$*"; }

fail() {
  printf '\n%s\n' "$1" >&2
  shift
  [ $# -eq 0 ] || printf '    %s\n' "$@" >&2
  exit 1
}

fingerprint() {
  # The directory belongs to it: editable installs point at absolute places.
  { pwd; cat requirements/*.txt deploy/setup.sh; for member in "${members[@]}"; do
    cat "$member/pyproject.toml"
  done; } | sha256sum | cut -d' ' -f1
}

good_python() {
  # A version manager's shim may carry the name of a Python that it does not have: run it.
  "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1
}

find_python() {
  local candidate
  if [ -n "${PYTHON:-}" ]; then
    good_python "$PYTHON" || fail "PYTHON=$PYTHON is not a working Python 3.11 or later."
    echo "$PYTHON"
    return
  fi
  for candidate in python3.13 python3.12 python3.11 python3.14 python3 python; do
    if command -v "$candidate" >/dev/null 2>&1 && good_python "$candidate"; then
      echo "$candidate"
      return
    fi
  done
  fail "Tradewind needs Python 3.11 or later, and none was found. On Debian 12 or Ubuntu 24.04:" \
    "sudo apt-get install python3 python3-venv" \
    "or name one yourself: make setup PYTHON=/path/to/python3"
}

attempt() {
  # Keep the words of a failed way for the final message; the next way may still succeed.
  rm -rf "$venv"
  "$@" >>"$work/attempts" 2>&1
}

has_pip() { "$venv/bin/python" -m pip --version >/dev/null 2>&1; }

create_environment() {
  local python=$1
  attempt "$python" -m venv "$venv" && has_pip && return
  # Debian keeps ensurepip in a package of its own, python3-venv. Other tools do without it.
  attempt "$python" -m virtualenv -q "$venv" && has_pip && return
  command -v virtualenv >/dev/null 2>&1 &&
    attempt virtualenv -q -p "$python" "$venv" && has_pip && return
  command -v uv >/dev/null 2>&1 &&
    attempt uv venv -q --seed --python "$(command -v "$python")" "$venv" && has_pip && return
  # Debian's own pip can serve an environment that has none.
  "$python" -m pip --version >/dev/null 2>&1 && attempt "$python" -m venv --without-pip "$venv" &&
    return
  rm -rf "$venv"
  tail -n 5 "$work/attempts" >&2
  fail "$("$python" --version) cannot create a virtual environment: it has neither its venv module
nor pip, and there is no virtualenv or uv. On Debian or Ubuntu, install the first and run make again:" \
    "sudo apt-get install python$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')-venv"
}

if [ -x "$venv/bin/python" ] && [ "$(cat "$stamp" 2>/dev/null)" = "$(fingerprint)" ]; then
  exit 0
fi

if ! { [ -x "$venv/bin/python" ] && good_python "$venv/bin/python"; }; then
  python=$(find_python)
  say "Creating $venv with $("$python" --version)"
  create_environment "$python"
fi

if has_pip; then
  pip=("$venv/bin/python" -m pip)
else
  pip=("${python:-$(find_python)}" -m pip --python "$venv/bin/python")
fi
if ! "$venv/bin/python" -m uv --version >/dev/null 2>&1 || ! [ -e "$stamp" ]; then
  say "Installing the installer (uv)"
  "${pip[@]}" install --disable-pip-version-check --no-input --progress-bar off --quiet \
    --require-hashes -r requirements/build.txt
fi

# uv does not read pip's configuration; a company's index and certificate shall hold for both.
told_pip() {
  "${pip[@]}" config list 2>/dev/null | sed -n "s/^[^=]*\.$1='\(.*\)'$/\1/p" | tail -n 1
}
index=$(told_pip index-url)
certificate=$(told_pip cert)
[ -z "$index" ] || export UV_DEFAULT_INDEX=${UV_DEFAULT_INDEX:-$index}
[ -z "$certificate" ] || export SSL_CERT_FILE=${SSL_CERT_FILE:-$certificate}

say "Installing $(grep -cE '^[a-z0-9].*==' requirements/dev.txt) locked packages (about 500 MB on disk)"
uv=("$venv/bin/python" -m uv pip)
# The cache stands inside the environment: on the same file system, so files are linked and not
# copied, and nothing is left in the home directory or in a small /tmp.
export VIRTUAL_ENV=$PWD/$venv UV_CACHE_DIR=${UV_CACHE_DIR:-$PWD/$venv/.uv-cache}
# Compiled now: the first start runs a dozen processes side by side, and each would compile for itself.
"${uv[@]}" install --python "$venv/bin/python" --require-hashes --compile-bytecode \
  -r requirements/build.txt -r requirements/dev.txt

say "Installing Tradewind's six members"
editable=()
for member in "${members[@]}"; do editable+=(-e "$member"); done
"${uv[@]}" install --python "$venv/bin/python" --no-deps --no-build-isolation "${editable[@]}"

rm -rf "$venv/.uv-cache"
fingerprint >"$stamp"
say "Ready: $("$venv/bin/python" --version) in $venv"
