#!/bin/sh
# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Arguments: PROGRAM FOLDER NAMES [WORD]... Runs etcdctl with the first of these certificates (names separated by spaces) that exists in the folder.
set -eu
program=$1 folder=$2 names=$3
shift 3
for name in $names; do
  if [ -s "$folder/$name.crt" ]; then break; fi
done
exec "$program" --cacert="$folder/ca.crt" --cert="$folder/$name.crt" --key="$folder/$name.key" "$@"
