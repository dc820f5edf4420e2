#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Makes ./configure from configure.ac. Needed once, in a clone.
set -eu
cd "$(dirname "$0")"
mkdir -p build-aux m4
exec autoreconf --install
