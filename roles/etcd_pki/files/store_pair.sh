#!/bin/sh
# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Arguments: yes|no KEY CERT OWNER GROUP MODE. Reads a private key followed by its certificate, stores both if they differ, and then prints "changed".
# With "yes" it only prints. The two are replaced together, so that hardly any handshake meets a pair that doesn't match.
set -eu
dry=$1 key=$2 cert=$3 owner=$4 group=$5 mode=$6
umask 077
mark='-----BEGIN CERTIFICATE-----'
pair=$(cat)
new_key=$(printf '%s' "${pair%%"$mark"*}")
new_cert=$mark${pair#*"$mark"}
if [ "$(cat "$key" 2>/dev/null)" = "$new_key" ] && [ "$(cat "$cert" 2>/dev/null)" = "$new_cert" ]; then exit 0; fi
echo changed
[ "$dry" = no ] || exit 0
printf '%s\n' "$new_key" >"$key.new"
chown "$owner:$group" "$key.new"
chmod "$mode" "$key.new"
printf '%s\n' "$new_cert" >"$cert.new"
chmod 644 "$cert.new"
mv "$key.new" "$key"
mv "$cert.new" "$cert"
