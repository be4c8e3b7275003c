#!/bin/sh
# Makes configure and the Makefile templates; run it after a clone, before configure.
set -e
cd "$(dirname "$0")"
exec autoreconf -fi
