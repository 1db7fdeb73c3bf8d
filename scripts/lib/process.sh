# shellcheck shell=bash
# Processes this script started, and no others. A process is known by pid *and* kernel start time: a pid alone is reused by strangers.

# Field 22 of /proc/PID/stat (start time in ticks since boot); the name in field 2 may hold blanks, so cut after its last parenthesis.
start_time() {
  local stat
  stat=$(cat "/proc/$1/stat" 2>/dev/null) || return 1
  local -a fields
  read -ra fields <<<"${stat##*) }"
  [[ ${fields[0]} != Z ]] || return 1
  printf '%s' "${fields[19]}"
}

# The pid of service $1 when it runs and is ours.
pid_of() {
  local pid started
  [[ -e $DATA/pids/$1 ]] || return 1
  read -r pid started <"$DATA/pids/$1" || return 1
  [[ -n $started && $(start_time "$pid") == "$started" ]] || return 1
  printf '%s' "$pid"
}

running() { pid_of "$1" >/dev/null; }

# Starts a command detached, as the given user, and remembers it: spawn NAME USER COMMAND... Its output goes to log/NAME.log.
spawn() {
  local -r name=$1 user=$2
  shift 2
  local -a as=()
  [[ $user == "$(id -un)" ]] || as=(setpriv --reuid "$user" --regid "$(id -g "$user")" --init-groups)
  local -r log=$DATA/log/$name.log
  rotate "$log"
  # Descriptor 9 is our lock; a daemon that inherits it would hold it for ever. setsid: a Ctrl-C in the terminal is not for them.
  (cd / && exec setsid "${as[@]}" "$@" </dev/null >>"$log" 2>&1 9>&-) &
  local -r pid=$!
  printf '%s %s\n' "$pid" "$(start_time "$pid" || true)" >"$DATA/pids/$name"
}

readonly LOG_BYTES_MAX=10485760

rotate() {
  if [[ -e $1 ]] && (($(stat -c %s "$1") > LOG_BYTES_MAX)); then mv "$1" "$1.1"; fi
}

# Waits until process $1 is gone, at most $2 seconds.
wait_gone() {
  local -r name=$1 deadline=$(($(now_ms) + $2 * 1000))
  while running "$name"; do
    (($(now_ms) < deadline)) || return 1
    sleep 0.1
  done
}

# Waits until `$2` succeeds while process $1 lives, at most $3 seconds. Says why not, with the end of its log.
wait_ready() {
  local -r name=$1 check=$2 deadline=$(($(now_ms) + $3 * 1000))
  until "$check"; do
    if ! running "$name"; then
      tail -n 15 "$DATA/log/$name.log" >&2
      say "$name died while starting; its log is $DATA/log/$name.log"
      return 1
    fi
    if (($(now_ms) > deadline)); then
      say "$name was not ready within $3 s; its log is $DATA/log/$name.log"
      return 1
    fi
    sleep 0.2
  done
}

# Sends $2, waits $3 seconds, then SIGKILL and says so.
terminate() {
  local -r name=$1 signal=$2 patience=$3
  local pid
  pid=$(pid_of "$name") || return 0
  kill -s "$signal" "$pid" 2>/dev/null || true
  if ! wait_gone "$name" "$patience"; then
    say "$name did not leave within $patience s; killing it"
    kill -s KILL "$pid" 2>/dev/null || true
    wait_gone "$name" 10 || die "$name (pid $pid) does not die"
  fi
  rm -f "$DATA/pids/$name"
}
