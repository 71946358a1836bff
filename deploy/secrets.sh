#!/usr/bin/env bash
# Makes the passwords that compose.yaml wants, as files, where they are missing; those that are there stay.
#
#   deploy/secrets.sh [DIR]     default: secrets, beside compose.yaml
#
# DIR is for its owner alone (0700). The files in it are for everybody (0644), since a container sees a file with
# the rights it has here, and no container runs as the owner.
set -euo pipefail
dir=${1:-$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)/secrets}
[[ $dir != -* ]] || { sed -n '2,/^set/{s/^# \{0,1\}//p}' "${BASH_SOURCE[0]}" && exit 0; }

hex() { head -c "$1" /dev/urandom | od -An -v -tx1 | tr -d ' \n'; }

# make NAME COMMAND...: the file, whole or not at all.
make() {
  local name=$1
  shift
  [[ ! -s $dir/$name ]] || return 0
  "$@" >"$dir/.$name.new"
  chmod 644 "$dir/.$name.new"
  mv "$dir/.$name.new" "$dir/$name"
  printf 'made %s\n' "$dir/$name"
}

mkdir -p "$dir"
chmod 700 "$dir"
make minio_user printf marquee
for name in postgres_superuser_password postgres_password airflow_db_password redis_password minio_password \
  airflow_password airflow_session_secret grafana_password; do
  make "$name" hex 16
done
make airflow_jwt_secret hex 32
fernet_key() { head -c 32 /dev/urandom | base64 | tr -d '\n' | tr '+/' '-_'; }
make airflow_fernet_key fernet_key
