#!/bin/sh
# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Arguments: CA_FOLDER DAYS SUBJECT EXTENSIONS. Reads a request, writes the certificate.
# The CA decides what it signs: of the request only the public key is taken, and only when the subject is the agreed one.
set -eu
ca=$1 days=$2 subject=$3 extensions=$4
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cat >"$work/request"
printf '%s\n' "$extensions" >"$work/extensions"
found=$(openssl req -in "$work/request" -noout -subject -nameopt compat | sed 's/^subject= *//')
if [ "$found" != "$subject" ]; then
  echo "The request is for $found, expected was $subject: not signed." >&2
  exit 1
fi
openssl x509 -req -in "$work/request" -CA "$ca/ca.crt" -CAkey "$ca/ca.key" -set_serial "0x$(openssl rand -hex 16)" \
  -days "$days" -sha256 -extfile "$work/extensions"
