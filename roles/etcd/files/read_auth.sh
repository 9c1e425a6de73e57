#!/bin/sh
# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Arguments: FLANNEL_USER CONTROL_USER PREFIXES ETCDCTL... Reads the control user's password; PREFIXES are separated by newlines.
# Prints one line for each thing that etcd has: "login off|good|wrong", "user NAME JSON", "role NAME JSON", "other NAME", "key NAME".
set -eu
flannel=$1 control=$2 PREFIXES=$3
export PREFIXES
shift 3
IFS= read -r password || true

# Every version behaves like this: only root may read this key, and while authentication is off, anybody may log in with anything.
try() {
  user=$1
  shift
  if said=$(ETCDCTL_USER=$user "$@" --dial-timeout=10s get . 2>&1); then
    echo off
    return
  fi
  case $said in
    *"permission denied"*) echo good ;;
    *"authentication failed"*) echo wrong ;;
    *)
      printf '%s\n' "$said" >&2
      exit 1
      ;;
  esac
}
has() { printf '%s\n' "$1" | grep -qxF -e "$2"; }

# Without a password etcdctl would not log in at all.
login=$(try "$control:${password:-none}" "$@")
# A user with too many permissions reads the key as well.
if [ "$login" = off ] && [ "$(try "$control:none" "$@")" != off ]; then login=good; fi
echo "login $login"

users=$("$@" user list)
roles=$("$@" role list)
for name in root "$flannel" "$control"; do
  if has "$users" "$name"; then
    answer=$("$@" --write-out=json user get "$name")
    printf 'user %s %s\n' "$name" "$answer"
  fi
  if has "$roles" "$name"; then
    answer=$("$@" --write-out=json role get "$name")
    printf 'role %s %s\n' "$name" "$answer"
  fi
done
for name in $users; do
  case $name in
    root | "$flannel" | "$control") ;;
    *) echo "other $name" ;;
  esac
done

if [ "$login" = off ]; then
  keys=$("$@" get '' --prefix --keys-only)
  # A few are enough to recognise whose they are.
  printf '%s\n' "$keys" | awk '
    BEGIN { count = split(ENVIRON["PREFIXES"], prefixes, "\n") }
    length == 0 || found == 3 { next }
    { for (i = 1; i <= count; i++) if (index($0, prefixes[i] "/") == 1) next; found++; print "key " $0 }'
fi
