#!/bin/sh
# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Arguments: SIGNER FOLDER... Reads the certificates to trust. Prints the files in the folders that are not up to date, one per line.
set -eu
signer=$1
shift
bundle=$(cat)
for folder; do
  if [ "$(cat "$folder/ca.crt" 2>/dev/null)" != "$bundle" ]; then echo "$folder/ca.crt"; fi
  for cert in "$folder"/*.crt; do
    case $cert in "$folder/ca.crt" | "$folder/*.crt") continue ;; esac
    printf '%s\n' "$signer" | openssl verify -no_check_time -no-CApath -CAfile /dev/stdin "$cert" >/dev/null 2>&1 || echo "$cert"
  done
done
