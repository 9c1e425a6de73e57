#!/bin/sh
# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Arguments: state DATA_DIR, or stage DATA_DIR ID ETCDCTL NAME CLUSTER TOKEN PEER_URL, or swap DATA_DIR ID TIME, or finish DATA_DIR ID.
# Creates a member's data from DATA_DIR/.restore/snapshot.db next to the data in use, and replaces that with it.
# Its origin is a file in the new data itself, so that one rename moves both. No data that a member ever ran with is deleted.
set -eu
exec </dev/null
umask 077
action=$1 folder=$2
shift 2
staged=$folder/.restore

of() {
  if [ -f "$1" ]; then cat "$1"; fi
}

stage() {
  id=$1 etcdctl=$2 name=$3 cluster=$4 token=$5 url=$6
  # From 3.5 on etcdutl is the tool for files; it comes with etcdctl.
  tool=$(dirname "$(readlink -f "$etcdctl")")/etcdutl
  [ -x "$tool" ] || tool=$etcdctl
  rm -rf "$staged/data"
  set -- "$staged/snapshot.db" --name="$name" --initial-cluster="$cluster" --initial-cluster-token="$token" \
    --initial-advertise-peer-urls="$url" --data-dir="$staged/data"
  # So that a watch from before the restore learns that its revision is gone, instead of waiting until it is reached again.
  if "$tool" snapshot restore --help 2>&1 | grep -q -e --bump-revision; then
    set -- "$@" --bump-revision=1000000000 --mark-compacted
  fi
  if ! ETCDCTL_API=3 "$tool" snapshot restore "$@" >"$staged/log" 2>&1; then
    tail -n 3 "$staged/log" >&2
    exit 1
  fi
  printf '%s' "$id" >"$staged/data/member/restored-from"
  chown -R --reference="$folder" "$staged/data"
  sync
}

swap() {
  id=$1 time=$2
  if [ "$(of "$folder/member/restored-from")" = "$id" ]; then return 0; fi
  if [ -e "$folder/member" ]; then mv "$folder/member" "$folder/member.before-$time"; fi
  mv "$staged/data/member" "$folder/member"
  sync
  echo swapped
}

case $action in
  state)
    printf '{"restored_from": "%s", "finished": "%s", "finished_at": %s}\n' "$(of "$folder/member/restored-from")" \
      "$(of "$folder/member/restore-finished")" "$(stat -c %Y "$folder/member/restore-finished" 2>/dev/null || echo 0)"
    ;;
  stage) stage "$@" ;;
  swap) swap "$@" ;;
  finish)
    printf '%s' "$1" >"$folder/member/restore-finished"
    rm -rf "$staged"
    ;;
esac
