#!/bin/sh
# Install packages into a virtual environment: `requirements/install.sh FOLDER ARGUMENTS…`, with arguments as pip takes
# them. uv is about ten times as fast as pip, so pip fetches uv first. Where uv can't be had, or finds no packages, pip
# installs the same pins.
set -eu
cd "$(dirname "$0")/.."
folder=$1
bin=$folder/bin
shift

pip() { "$bin/pip" --quiet --disable-pip-version-check "$@"; }
# The environment comes first in this list, and wins.
of_pip() { pip config list | sed -n "s/^[^=]*\.$1='\(.*\)'\$/\1/p" | head -n 1; }

if [ ! -x "$bin/pip" ]; then "${PYTHON:-python3}" -m venv "$folder"; fi
# pip says by itself why it finds no uv. That is no failure yet.
if [ ! -x "$bin/uv" ]; then pip install --require-hashes -r requirements/uv.txt || true; fi

# uv reads no configuration of pip: hand it the index and the certificates that pip is set up to use.
index=$(of_pip index-url)
certificates=$(of_pip cert)
if [ -n "$index" ]; then export UV_DEFAULT_INDEX="$index"; fi
if [ -n "$certificates" ]; then export SSL_CERT_FILE="$certificates"; fi

if [ -x "$bin/uv" ]; then
    if "$bin/uv" pip install --quiet --python "$bin/python" "$@"; then exit 0; fi
    echo "uv could not install them. pip tries it now, which takes a minute or two." >&2
fi
pip install "$@"
