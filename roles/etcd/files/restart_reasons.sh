#!/bin/sh
# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Arguments: PROGRAM FILE... Prints what the running etcd has not picked up yet; nothing if it is up to date or not running.
# Read from the process, not remembered by the run, so that the next run completes an interrupted one.
set -eu
exec </dev/null
program=$1
shift
pid=$(systemctl show --property MainPID --value etcd.service)
[ "$pid" != 0 ] || exit 0
[ "$(readlink "/proc/$pid/exe")" = "$(readlink -f "$program")" ] || echo "$program"
for file in "$@"; do
  # systemd recreates the runtime directory at each start.
  if [ -n "$(find "$file" -newer /run/etcd)" ]; then echo "$file"; fi
done
