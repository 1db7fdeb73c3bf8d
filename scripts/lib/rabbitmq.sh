# shellcheck shell=bash
# A private RabbitMQ node: own name, cookie, ports, epmd and files, so that it neither sees nor disturbs an installed one.

readonly BROKER_READY_S=90 BROKER_STOP_S=40

# The directory with rabbitmq-server. Debian's wrapper in /usr/sbin switches users by itself, so the scripts behind it come first.
rabbitmq_bin() {
  local found
  for found in /usr/lib/rabbitmq/bin/rabbitmq-server /opt/rabbitmq/sbin/rabbitmq-server "$(command -v rabbitmq-server || true)"; do
    if [[ -x $found ]]; then
      dirname "$(readlink -f "$found")"
      return 0
    fi
  done
  return 1
}

# The package to install, when there is nothing to use.
rabbitmq_package() { rabbitmq_bin >/dev/null || printf 'rabbitmq-server'; }

rabbitmq_check() {
  local version
  version=$(rabbitmq_bin) && version=$(basename "$(dirname "$version")")
  version=${version##*-}
  # A directory without a version in its name (a tarball unpacked elsewhere) is believed.
  if [[ $version == [0-9]* ]] && ! at_least "$version" 3.10; then die "RabbitMQ $version found; 3.10 or later is needed"; fi
}

at_least() { [[ $(printf '%s\n%s\n' "$2" "$1" | sort -V | head -n 1) == "$2" ]]; }

rabbitmq_launch() {
  local -r home=$DATA/rabbitmq user=$(service_user rabbitmq)
  free_ports broker_port broker_management_port broker_dist_port
  rabbitmq_files "$home" "$user"
  rabbitmq_epmd
  # RUNNING_UNDER_SYSTEMD only makes the start script exec the virtual machine, so that the pid we remember is the node's.
  # Unbound schedulers: the cores are shared with PostgreSQL and the workers.
  spawn rabbitmq "$user" env -i PATH="$PATH" LANG=C.UTF-8 HOME="$home" \
    RUNNING_UNDER_SYSTEMD=true RABBITMQ_SCHEDULER_BIND_TYPE=u \
    ERL_EPMD_ADDRESS=127.0.0.1 ERL_EPMD_PORT="${VALUES[broker_epmd_port]}" \
    RABBITMQ_NODENAME="$(rabbitmq_node)" RABBITMQ_NODE_IP_ADDRESS=127.0.0.1 \
    RABBITMQ_NODE_PORT="${VALUES[broker_port]}" RABBITMQ_DIST_PORT="${VALUES[broker_dist_port]}" \
    RABBITMQ_MNESIA_BASE="$home/mnesia" RABBITMQ_LOG_BASE="$home/log" \
    RABBITMQ_ENABLED_PLUGINS_FILE="$home/enabled_plugins" RABBITMQ_PID_FILE="$home/pid" \
    RABBITMQ_CONF_ENV_FILE="$home/rabbitmq-env.conf" RABBITMQ_CONFIG_FILE="$home/rabbitmq.conf" \
    RABBITMQ_ADVANCED_CONFIG_FILE="$home/advanced.config" RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS="-kernel inet_dist_use_interface {127,0,0,1}" \
    "$(rabbitmq_bin)/rabbitmq-server"
}

rabbitmq_node() { printf 'salur-%s@localhost' "$(basename "$DATA" | sha256sum | head -c 8)"; }

# Everything the node reads. The environment and advanced files are empty on purpose: named here, those in /etc are not read.
rabbitmq_files() {
  local -r home=$1 user=$2
  mkdir -p "$home/mnesia" "$home/log"
  : >"$home/rabbitmq-env.conf"
  printf '[].\n' >"$home/advanced.config"
  cp "$ROOT/infra/rabbitmq/enabled_plugins" "$home/enabled_plugins"
  (
    umask 077
    [[ -s $home/.erlang.cookie ]] || printf '%s' "${VALUES[cookie]}" >"$home/.erlang.cookie"
    {
      cat "$ROOT/infra/rabbitmq/salur.conf"
      printf '\nlisteners.tcp.1 = 127.0.0.1:%s\n' "${VALUES[broker_port]}"
      printf 'management.tcp.ip = 127.0.0.1\nmanagement.tcp.port = %s\n' "${VALUES[broker_management_port]}"
      printf 'default_user = salur\ndefault_pass = %s\ndefault_user_tags.administrator = true\n' "${VALUES[broker_password]}"
    } >"$home/rabbitmq.conf"
  )
  chmod 0400 "$home/.erlang.cookie"
  chmod 0700 "$home"
  own "$user" "$home"
}

# Our own port mapper: started by us, stopped by us. The node would otherwise leave one behind.
rabbitmq_epmd() {
  if running epmd; then return 0; fi
  free_ports broker_epmd_port
  local epmd
  epmd=$(command -v epmd || find /usr/lib/erlang /usr/local/lib/erlang -name epmd -type f -perm -u+x 2>/dev/null | head -n 1)
  [[ -n $epmd ]] || die "epmd (part of Erlang) was not found"
  spawn epmd "$(service_user rabbitmq)" env ERL_EPMD_ADDRESS=127.0.0.1 ERL_EPMD_PORT="${VALUES[broker_epmd_port]}" "$epmd"
}

rabbitmq_ready() { port_open "${VALUES[broker_port]}" && management GET health/checks/virtual-hosts >/dev/null 2>&1; }

# One call of the management API: management METHOD PATH [JSON]. The password goes over standard input, never into `ps`.
management() {
  local -r method=$1 path=$2
  local -a body=()
  [[ -z ${3:-} ]] || body=(-H 'content-type: application/json' -d "$3")
  printf 'user = "salur:%s"\n' "${VALUES[broker_password]}" |
    curl -fsS --max-time 10 -K - -X "$method" "${body[@]}" "http://127.0.0.1:${VALUES[broker_management_port]}/api/$path"
}

rabbitmq_await() { wait_ready rabbitmq rabbitmq_ready "$BROKER_READY_S"; }

rabbitmq_stop() {
  terminate rabbitmq TERM "$BROKER_STOP_S"
  terminate epmd TERM 5
}
