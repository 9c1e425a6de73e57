#!/bin/sh
# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Arguments: PROGRAM FILE... Prints what the running etcd has not taken over yet; nothing when it is up to date or not running.
# Asked of the process, not remembered by the run: a run that stopped half way is so completed by the next one.
set -eu
exec </dev/null
program=$1
shift
pid=$(systemctl show --property MainPID --value etcd.service)
[ "$pid" != 0 ] || exit 0
[ "$(readlink "/proc/$pid/exe")" = "$(readlink -f "$program")" ] || echo "$program"
for file in "$@"; do
  # systemd makes the runtime directory anew at each start.
  if [ -n "$(find "$file" -newer /run/etcd)" ]; then echo "$file"; fi
done
