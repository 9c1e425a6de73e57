#!/bin/sh
# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Arguments: COMMAND [WORD]... where the command is etcdctl endpoint health. Fails unless all members serve.
# From 3.5 on members that are out of space report themselves unhealthy, though they serve reads and vote. A restart or a defragmentation
# repairs that, so it must not block one.
set -eu
exec </dev/null
if output=$("$@" 2>&1); then
  printf '%s\n' "$output"
  exit 0
fi
printf '%s\n' "$output" >&2
printf '%s\n' "$output" | grep -q 'is unhealthy:.*Active Alarm.*NOSPACE' || exit 1
if printf '%s\n' "$output" | grep 'is unhealthy' | grep -v -q 'Active Alarm.*NOSPACE'; then exit 1; fi
