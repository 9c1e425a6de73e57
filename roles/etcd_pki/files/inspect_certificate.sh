#!/bin/sh
# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Arguments: CERT KEY SECONDS SUBJECT [IP:address|DNS:name]... Reads the CA that must have signed it.
# Prints why the certificate cannot stay, one reason per line; nothing if it can. An empty SUBJECT is not compared.
set -eu
cert=$1 key=$2 seconds=$3 subject=$4
shift 4
# Read in any case, or the writer would get a broken pipe.
ca=$(cat)
if [ ! -s "$cert" ] || [ ! -s "$key" ]; then
  echo "missing"
  exit 0
fi
openssl x509 -in "$cert" -noout -checkend "$seconds" >/dev/null || echo "less than $((seconds / 86400)) days left"
printf '%s\n' "$ca" | openssl verify -no_check_time -no-CApath -CAfile /dev/stdin -untrusted "$cert" "$cert" >/dev/null 2>&1 || echo "not signed by the CA"
[ "$(openssl x509 -in "$cert" -noout -pubkey)" = "$(openssl pkey -in "$key" -passin pass: -pubout)" ] || echo "not made for the key in $key"
if [ -n "$subject" ]; then
  found=$(openssl x509 -in "$cert" -noout -subject -nameopt compat | sed 's/^subject= *//')
  [ "$found" = "$subject" ] || echo "made for $found instead of $subject"
fi
for name in "$@"; do
  case $name in
    IP:*) answer=$(openssl x509 -in "$cert" -noout -checkip "${name#IP:}") || true ;;
    *) answer=$(openssl x509 -in "$cert" -noout -checkhost "${name#DNS:}") || true ;;
  esac
  case $answer in
    *"does match certificate"*) ;;
    *) echo "does not cover ${name#*:}" ;;
  esac
done
