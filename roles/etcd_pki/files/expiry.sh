#!/bin/sh
# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Arguments: FILE... Prints for each existing certificate how many days it has left; of a file with several, for the first.
set -eu
exec </dev/null
now=$(date +%s)
for cert; do
  [ -s "$cert" ] || continue
  ends=$(openssl x509 -in "$cert" -noout -enddate | sed 's/.*=//')
  seconds=$(($(date -d "$ends" +%s) - now))
  # Rounded down, so that a certificate that has just expired has -1 days left.
  echo "$(((seconds + 86400000000) / 86400 - 1000000)) $cert"
done
