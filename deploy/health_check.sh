#!/usr/bin/env bash
# Whether every service is well: a table; exit code 0 when all are, 1 when one is not, 2 for wrong usage.
#
#   deploy/health_check.sh                                what the container engine says of every service of
#                                                         compose.yaml, and the two doors asked by ourselves
#   deploy/health_check.sh --at SERVICE=HOST:PORT...      each asked in its own protocol, no engine needed
#
#   --wait SECONDS   try again until all are well, for so long
#   --list           the names that --at knows
#
# Within an image it is the health check of that image. Redis is asked with the password in
# $REDIS_PASSWORD_FILE (/run/secrets/redis_password); doors: $GATEWAY_PORT (80), $FRONTEND_PORT (3000). Needs bash.
set -uo pipefail
readonly limit_s=5
readonly names="nginx frontend api speed scheduler kafka redis postgres minio spark-master spark-worker
spark-streaming airflow-webserver airflow-scheduler airflow-dag-processor prometheus grafana"
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
readonly here
at=() wait_s=0

fail() {
  printf 'health_check: %s\n' "$2" >&2
  exit "$1"
}

# --- asking: each says a few words of what it found, and returns 0 for well ---

# get PATH: sets `status` and `body`.
get() {
  local answer
  exec 3<>"/dev/tcp/$host/$port" || return 1
  printf 'GET %s HTTP/1.1\r\nHost: %s:%s\r\nConnection: close\r\nAccept: */*\r\n\r\n' "$1" "$host" "$port" >&3
  answer=$(tr -d '\0' <&3)
  exec 3>&-
  [[ $answer =~ ^HTTP/1\.[01]\ ([0-9]{3}) ]] || { echo "no HTTP answer" && return 1; }
  status=${BASH_REMATCH[1]} body=${answer#*$'\r\n\r\n'}
}

# answers PATH [TEXT]: 200, with TEXT in its body.
answers() {
  get "$1" || return 1
  [[ $status == 200 ]] || { echo "$1: $status" && return 1; }
  [[ $body == *"${2-}"* ]] || { echo "$1: no '$2' in the answer" && return 1; }
  echo "$1: 200"
}

# The program: ready, and what it says of the servers behind it. Degraded is well: it serves.
program() {
  get /health/ready || return 1
  [[ $status == 200 ]] || { echo "/health/ready: $status" && return 1; }
  get /api/health || return 1
  [[ $body =~ \"status\":\"(ok|degraded|down)\" ]] || { echo "/api/health: $status" && return 1; }
  echo "${BASH_REMATCH[1]}"
  [[ ${BASH_REMATCH[1]} != down ]]
}

# exchange BYTES COUNT [MORE]: sends printf's BYTES, sets `reply` to COUNT bytes of the answer in hexadecimal, and
# to MORE behind them when the first is an E.
exchange() {
  exec 3<>"/dev/tcp/$host/$port" || return 1
  # shellcheck disable=SC2059
  printf "$1" >&3
  reply=$(hexadecimal "$2")
  [[ -z ${3-} || $reply != 45 ]] || reply+=$(hexadecimal "$3")
  exec 3>&-
}

# hexadecimal COUNT: so many bytes of the answer and no more, since a server that waits for us says no more.
hexadecimal() { dd bs=1 count="$1" status=none <&3 | od -An -v -tx1 | tr -d ' \n'; }

redis() {
  local file=${REDIS_PASSWORD_FILE:-/run/secrets/redis_password} answer
  [[ -r $file ]] || { echo "no password at $file: set REDIS_PASSWORD_FILE" && return 1; }
  exec 3<>"/dev/tcp/$host/$port" || return 1
  printf 'AUTH %s\r\nPING\r\nQUIT\r\n' "$(<"$file")" >&3
  answer=$(tr -d '\r' <&3)
  exec 3>&-
  [[ $answer == *+PONG* ]] || { echo "${answer%%$'\n'*}" && return 1; }
  echo PONG
}

# A first message of a session: it asks for a password, or says why not.
postgres() {
  exchange '\0\0\0\053\0\003\0\0user\0health_check\0database\0health\0\0' 1 40 || return 1
  case $reply in
    52*) echo "asks for a password" ;;
    45*3537503033* | 45*3533333030*) echo "takes no sessions" && return 1 ;; # 57P03 starting, 53300 full
    45*) echo "answers" ;;
    *) echo "no answer" && return 1 ;;
  esac
}

# Metadata, version 1, about no topic: the answer says how many brokers there are.
kafka() {
  exchange '\0\0\0\030\0\003\0\001\0\0\0\001\0\012healthchec\0\0\0\0' 12 || return 1
  ((${#reply} == 24)) || { echo "no answer" && return 1; }
  ((16#${reply:16:8} > 0)) || { echo "no broker" && return 1; }
  echo "$((16#${reply:16:8})) broker"
}

master() {
  get /json/ || return 1
  [[ $body =~ \"status\"\ *:\ *\"ALIVE\" ]] || { echo "not alive" && return 1; }
  [[ $body =~ \"aliveworkers\"\ *:\ *([0-9]+) ]] && echo "${BASH_REMATCH[1]} workers"
}

# The streaming job, by what the master says that runs.
streaming() {
  get /json/ || return 1
  body=${body#*\"activeapps\"} body=${body%%\"completedapps\"*}
  [[ $body == *streaming_recommendations* ]] || { echo "no such job runs" && return 1; }
  echo "the master has it"
}

# airflow PART: what the api-server knows of a part of Airflow.
airflow() {
  get /admin/api/v2/monitor/health || return 1
  [[ $body =~ \"$1\":\{[^}]*\"status\":\"([a-z]+)\" ]] || { echo "$1: unknown" && return 1; }
  echo "$1: ${BASH_REMATCH[1]}"
  [[ ${BASH_REMATCH[1]} == healthy ]]
}

# probe SERVICE: at $host and $port.
probe() {
  case $1 in
    nginx) answers /health "Gateway OK" ;;
    frontend) answers / '<div id="root"' ;;
    api | speed | scheduler) program ;;
    kafka | redis | postgres) "$1" ;;
    minio) answers /minio/health/live ;;
    spark-master) master ;;
    spark-worker) answers /json/ '"masterurl"' ;;
    spark-streaming) streaming ;;
    airflow-webserver) airflow metadatabase ;;
    airflow-scheduler) airflow scheduler ;;
    airflow-dag-processor) airflow dag_processor ;;
    prometheus) answers /-/healthy ;;
    grafana) answers /api/health '"ok"' ;;
  esac
}

# --- the table ---

row() { printf '%-22s %-5s %s\n' "$1" "$2" "$3"; }

# ask SERVICE HOST:PORT: its row; a program that takes the connection and says nothing is given up.
ask() {
  local said code=0
  said=$(timeout "$limit_s" bash "${BASH_SOURCE[0]}" --probe "$1" "$2" 2>/dev/null) || code=$?
  ((code != 124)) || said="no answer within $limit_s s"
  ((code == 0)) || [[ -n $said ]] || said="nobody listens"
  row "$1" "$( ((code == 0)) && echo ok || echo down)" "$2 ${said//$'\n'/ }"
  return "$code"
}

ask_all() {
  local each bad=0
  for each in "${at[@]}"; do
    ask "${each%%=*}" "${each#*=}" || bad=1
  done
  return "$bad"
}

# of_engine SERVICE STATE HEALTH EXIT_CODE: a row. A service that is to end is well when it did.
of_engine() {
  case $2:$3:$4 in
    running:healthy:* | running::*) row "$1" ok "$2 $3" ;;
    exited::0 | exited:-:0) row "$1" ok "done" ;;
    *) row "$1" down "$2 $3 (exit code $4)" && return 1 ;;
  esac
}

engine() {
  local services found name state health code bad=0
  services=$(docker compose --project-directory "$here/.." config --services 2>/dev/null | sort) ||
    fail 2 "no container engine here that knows 'docker compose': name addresses with --at, see --help"
  found=$(docker compose --project-directory "$here/.." ps --all \
    --format '{{.Service}} {{.State}} {{if .Health}}{{.Health}}{{else}}-{{end}} {{.ExitCode}}') || return 1
  for name in $services; do
    if read -r _ state health code < <(grep "^$name " <<<"$found"); then
      of_engine "$name" "$state" "${health#-}" "$code" || bad=1
    else
      row "$name" down "not started" && bad=1
    fi
  done
  ask nginx "127.0.0.1:${GATEWAY_PORT:-80}" || bad=1
  ask frontend "127.0.0.1:${FRONTEND_PORT:-3000}" || bad=1
  return "$bad"
}

known() { grep -qxF -- "$1" <<<"${names//[[:space:]]/$'\n'}"; }

parse() {
  while (($# > 0)); do
    case $1 in
      --at)
        (($# > 1)) || fail 2 "--at wants SERVICE=HOST:PORT"
        while (($# > 1)) && [[ $2 != --* ]]; do
          [[ $2 =~ ^([a-z-]+)=.+:[0-9]+$ ]] || fail 2 "'$2': want SERVICE=HOST:PORT"
          known "${BASH_REMATCH[1]}" || fail 2 "no service '${BASH_REMATCH[1]}'; --list has them"
          at+=("$2") && shift
        done
        ;;
      --wait) [[ ${2-} =~ ^[0-9]+$ ]] && wait_s=$2 && shift || fail 2 "--wait wants seconds" ;;
      --list) printf '%s\n' $names && exit 0 ;;
      -h | --help) sed -n '2,/^set/{s/^# \{0,1\}//p}' "${BASH_SOURCE[0]}" && exit 0 ;;
      *) fail 2 "unknown argument '$1'; see --help" ;;
    esac
    shift
  done
}

if [[ ${1-} == --probe ]]; then
  host=${3%:*} port=${3##*:}
  probe "$2"
  exit
fi
parse "$@"
deadline=$((SECONDS + wait_s)) way=engine
((${#at[@]} == 0)) || way=ask_all
until table=$("$way"); do
  ((SECONDS < deadline)) || { printf '%s\n' "$table" && exit 1; }
  sleep 1
done
printf '%s\n' "$table"
