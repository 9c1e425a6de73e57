#!/bin/sh
# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Arguments: check ETCDCTL FILE, or save ETCDCTL FOLDER PREFIX COMMAND [OPTION]... where the command runs etcdctl.
# Checks a snapshot, or makes one, which gets its name only after the check. Describes it as JSON.
# With an empty ETCDCTL only the checksum is verified, which works on a host without etcd, too.
set -eu
exec </dev/null
umask 077
action=$1 etcdctl=$2
shift 2

# From 3.5 on etcdutl is the tool for files; it comes with etcdctl.
tool=${etcdctl:+$(dirname "$(readlink -f "$etcdctl")")/etcdutl}
[ -x "$tool" ] || tool=$etcdctl

# etcd ends a snapshot with the sha256 sum of everything before it, which "snapshot status" does not verify.
check() {
  if [ $(($(stat -c %s "$1") % 512)) -ne 32 ]; then
    echo "$1 does not end with a checksum, as a file of etcdctl snapshot save does: it is incomplete, or a copy of a member's database." >&2
    exit 1
  fi
  sum=$(tail -c 32 "$1" | od -An -vtx1 | tr -d ' \n')
  if [ "$(head -c -32 "$1" | sha256sum | cut -d ' ' -f 1)" != "$sum" ]; then
    echo "$1 is damaged: its content does not match the checksum at its end." >&2
    exit 1
  fi
  status={}
  [ -n "$tool" ] || return 0
  # For a file that it can't read it prints a stack trace.
  if ! status=$(ETCDCTL_API=3 "$tool" snapshot status "$1" --write-out=json 2>/dev/null); then
    echo "$tool can't read $1." >&2
    exit 1
  fi
}

show() {
  printf '{"path": "%s", "sha256": "%s", "status": %s}\n' "$1" "$sum" "$status"
}

if [ "$action" = check ]; then
  check "$1"
  show "$1"
  exit 0
fi

folder=$1 prefix=$2
shift 2
# What a killed run left.
find "$folder" -maxdepth 1 -name '.saving.*' -mmin +1440 -exec rm -rf {} +
work=$(mktemp -d "$folder/.saving.XXXXXX")
trap 'rm -rf "$work"' EXIT
ETCDCTL_API=3 "$@" snapshot save "$work/snapshot.db" >"$work/log" 2>&1 || { tail -n 1 "$work/log" >&2; exit 1; }
check "$work/snapshot.db"
revision=$(printf '%s' "$status" | sed 's/.*"revision": *\([0-9]*\).*/\1/')
path=$folder/$prefix$(date -u +%Y%m%dT%H%M%SZ)-r$revision.db
sync "$work/snapshot.db"
mv "$work/snapshot.db" "$path"
show "$path"
