#!/usr/bin/env bash
# Looks for the tools that a build needs and says in one line each what to install.
set -euo pipefail

missing=0
need() {
    local tool=$1 advice=$2
    if ! command -v "$tool" >/dev/null 2>&1; then
        echo "missing: $tool: $advice" >&2
        missing=1
    fi
}

need cargo "install Rust 1.95 or newer with rustup"
need cc "install a C compiler (Debian: apt-get install gcc)"
need node "install Node.js 20.19 or newer"
need npm "install npm (it comes with Node.js)"
need python3 "install Python 3.9 or newer (Debian: apt-get install python3)"
if command -v python3 >/dev/null 2>&1 && ! python3 -m pip --version >/dev/null 2>&1; then
    # The set-up needs pip for one download alone, which may have been made already.
    if ! ls .deps/onnxruntime/libonnxruntime* >/dev/null 2>&1; then
        echo "missing: pip: install it (Debian: apt-get install python3-pip), or put libonnxruntime into .deps/onnxruntime" >&2
        missing=1
    fi
fi
exit "$missing"
