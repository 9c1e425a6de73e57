#!/bin/sh
# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Arguments: FILE. Makes a password; a killed run leaves no partial one behind.
set -eu
exec </dev/null
umask 077
mkdir -p "$(dirname "$1")"
openssl rand -hex 32 >"$1.new"
mv "$1.new" "$1"
