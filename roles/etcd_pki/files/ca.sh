#!/bin/sh
# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Arguments: VERB FOLDER [...]. The CA and the state of its rollover are the files in its folder:
#   ca.crt, ca.key    what signs
#   next/             if it exists: the next CA, trusted as well, will sign
#   previous/ca.crt   if it exists: the previous CA, still trusted
#   replaced          fingerprints of earlier CAs
# Each change is complete with one rename, so that the next run completes an interrupted one.
set -eu
verb=$1 folder=$2
shift 2
[ "$verb" = sign ] || exec </dev/null

fingerprint() {
  openssl x509 -in "$1" -noout -fingerprint -sha256 | sed 's/.*=//' | cut -c 1-23
}

# The phases: stable, next (two are trusted, the old one signs), interrupted (a switch was not completed), previous (two are trusted, the new one signs).
phase() {
  if [ -s "$folder/next/ca.crt" ]; then
    if [ -s "$folder/next/ca.key" ]; then echo next; else echo interrupted; fi
  elif [ -s "$folder/previous/ca.crt" ]; then
    echo previous
  else
    echo stable
  fi
}

# Prints the state of the CA, and the certificates to trust; nothing if there is no CA. The newer one comes first, so that the order
# stays when it begins to sign: programs that trust them have to restart when the text changes.
read_state() {
  if [ ! -s "$folder/ca.key" ] || [ ! -s "$folder/ca.crt" ]; then return; fi
  phase=$(phase)
  echo "phase $phase"
  case $phase in
    next | interrupted) echo "signer 2" ;;
    *) echo "signer 1" ;;
  esac
  echo "fingerprint $(fingerprint "$folder/ca.crt")"
  echo "ends $(openssl x509 -in "$folder/ca.crt" -noout -enddate | sed 's/.*=//')"
  openssl x509 -in "$folder/ca.crt" -noout -checkend 0 >/dev/null || echo "expired"
  if [ -s "$folder/replaced" ]; then echo "replaced $(tr '\n' ' ' <"$folder/replaced")"; fi
  if [ -s "$folder/next/ca.crt" ]; then cat "$folder/next/ca.crt"; fi
  cat "$folder/ca.crt"
  if [ "$phase" = previous ]; then cat "$folder/previous/ca.crt"; fi
}

# Certificates are valid from an hour ago, for hosts whose clocks are behind. Only openssl ca can do that in every version.
certify() {
  days=$1
  shift
  work=$(mktemp -d)
  trap 'rm -rf "$work"' EXIT
  cat >"$work/request"
  printf '%s\n' "$extensions" >"$work/extensions"
  openssl rand -hex 16 >"$work/serial"
  : >"$work/index"
  cat >"$work/config" <<CONFIG
[ca]
database = $work/index
serial = $work/serial
new_certs_dir = $work
default_md = sha256
policy = any
preserve = yes
email_in_dn = no
[any]
organizationName = optional
commonName = optional
CONFIG
  start=$(date -u -d "@$(($(date +%s) - 3600))" +%Y%m%d%H%M%SZ)
  if ! openssl ca -batch -notext -config "$work/config" -name ca -in "$work/request" -startdate "$start" -days "$days" \
    -extfile "$work/extensions" -out "$work/certificate" "$@" 2>"$work/log"; then
    cat "$work/log" >&2
    exit 1
  fi
  cat "$work/certificate"
}

# SUBJECT DAYS: makes a CA in the folder; its certificate completes it.
make_ca() {
  subject=$1 days=$2
  umask 077
  mkdir -p "$folder"
  chmod 700 "$folder"
  if [ ! -s "$folder/ca.key" ]; then
    openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$folder/ca.key.new"
    mv "$folder/ca.key.new" "$folder/ca.key"
  fi
  extensions='basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash'
  printf '[req]\ndistinguished_name = name\n[name]\n' \
    | openssl req -new -sha256 -key "$folder/ca.key" -passin pass: -subj "$subject" -config /dev/stdin \
    | certify "$days" -selfsign -keyfile "$folder/ca.key" -passin pass: >"$folder/ca.crt.new"
  mv "$folder/ca.crt.new" "$folder/ca.crt"
}

# SUBJECT DAYS EXTENSIONS: reads a request, prints the certificate. The CA decides what it signs: only the public key of the request is used,
# and only if the subject is the expected one.
sign() {
  subject=$1 days=$2 extensions=$3
  request=$(cat)
  found=$(printf '%s\n' "$request" | openssl req -noout -subject -nameopt compat | sed 's/^subject= *//')
  if [ "$found" != "$subject" ]; then
    echo "The request is for $found, expected was $subject: not signed." >&2
    exit 1
  fi
  printf '%s\n' "$request" | certify "$days" -cert "$folder/ca.crt" -keyfile "$folder/ca.key" -passin pass:
}

# The next CA becomes the one that signs.
switch() {
  umask 077
  if [ "$(phase)" = next ]; then
    mkdir -p "$folder/previous"
    cp "$folder/ca.crt" "$folder/previous/ca.crt.new"
    mv "$folder/previous/ca.crt.new" "$folder/previous/ca.crt"
    mv "$folder/next/ca.key" "$folder/ca.key"
  fi
  if [ "$(phase)" = interrupted ]; then
    mv "$folder/next/ca.crt" "$folder/ca.crt"
    rm -rf "$folder/next"
  fi
}

# The previous CA is no longer trusted.
drop() {
  umask 077
  if [ "$(phase)" = previous ]; then
    fingerprint "$folder/previous/ca.crt" >>"$folder/replaced"
    rm -rf "$folder/previous"
  fi
}

case $verb in
  read) read_state ;;
  make) make_ca "$@" ;;
  sign) sign "$@" ;;
  switch) switch ;;
  drop) drop ;;
esac
