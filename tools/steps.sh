# Sourced by ./run, ./test, ./dev and tools/*: say what is going on, and fail in one line.

# fail CODE MESSAGE: one line to stderr that says what failed, on what, and what to do; exits.
fail() {
  local code=$1
  shift
  printf '%s: %s\n' "$(basename "$0")" "$*" >&2
  exit "$code"
}

note() { printf '%s\n' "$*"; }

# seconds_since START: whole tenths, where START is an earlier $EPOCHREALTIME.
seconds_since() {
  local now=${EPOCHREALTIME/[.,]/} start=${1/[.,]/}
  local tenths=$(((now - start) / 100000))
  printf '%d.%d' $((tenths / 10)) $((tenths % 10))
}

# step TITLE COMMAND...: runs COMMAND with its output in a log. A step over a second shows that it
# lives: on a terminal one moving line with the log's last words, else a line every 20 seconds. A
# step under a second prints nothing. On failure shows the log's end and returns the command's code.
step() {
  local title=$1 log begin code=0 shown=0
  shift
  mkdir -p "$MARQUEE_ROOT/build/logs"
  log=$(mktemp "$MARQUEE_ROOT/build/logs/step.XXXXXX")
  begin=$EPOCHREALTIME
  set -m # a process group of its own, so that Ctrl-C can end all of it
  "$@" >"$log" 2>&1 </dev/null &
  local pid=$!
  set +m
  # shellcheck disable=SC2064
  trap "kill -- -$pid 2>/dev/null; wait $pid 2>/dev/null; rm -f '$log'; exit 130" INT TERM
  step_watch "$pid" "$title" "$log" "$begin" && shown=1
  wait "$pid" || code=$?
  trap - INT TERM
  if ((code != 0)); then
    printf '%s: failed after %s s\n' "$title" "$(seconds_since "$begin")" >&2
    tail -n 40 "$log" >&2
  elif ((shown)); then
    printf '%s: done in %s s\n' "$title" "$(seconds_since "$begin")"
  fi
  rm -f "$log"
  return "$code"
}

# step_watch PID TITLE LOG BEGIN: shows progress until PID ends. True when anything was shown.
step_watch() {
  local pid=$1 title=$2 log=$3 begin=$4 ticks=0 shown=1 last
  while kill -0 "$pid" 2>/dev/null; do
    sleep 0.05
    ticks=$((ticks + 1))
    ((ticks % 10 == 0 && ticks >= 20)) || continue
    if [[ -t 1 ]]; then
      last=$(tail -c 400 "$log" | tr '\r' '\n' | tail -n 1 | tr -cd '[:print:]')
      printf '\r\033[K%s … %s s  %.70s' "$title" "$(seconds_since "$begin")" "$last"
      shown=0
    elif ((ticks == 20)); then
      printf '%s …\n' "$title"
      shown=0
    elif ((ticks % 400 == 0)); then
      last=$(tail -c 400 "$log" | tr '\r' '\n' | tail -n 1 | tr -cd '[:print:]')
      printf '  %s s  %.90s\n' "$(seconds_since "$begin")" "$last"
    fi
  done
  [[ -t 1 ]] && ((shown == 0)) && printf '\r\033[K'
  return "$shown"
}
