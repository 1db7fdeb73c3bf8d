# shellcheck shell=bash
# Who runs what. PostgreSQL refuses root, and nothing that listens should be root; everyone else runs as oneself.

# The unprivileged user for a service when we are root: the package's own ($1), else `salur`, made when missing.
service_user() {
  if ((EUID != 0)); then
    id -un
  elif getent passwd "$1" >/dev/null; then
    printf '%s' "$1"
  else
    if ! getent passwd salur >/dev/null; then
      useradd --system --user-group --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin salur
      say "made the system user salur (no shell, no home) to run $1"
    fi
    printf 'salur'
  fi
}

# Gives files to a user, when we may.
own() {
  local -r user=$1
  shift
  if ((EUID == 0)); then chown -R "$user:$(id -gn "$user")" "$@"; fi
}

run_as() {
  local -r user=$1
  shift
  if [[ $user == "$(id -un)" ]]; then
    (cd / && "$@")
  else
    (cd / && setpriv --reuid "$user" --regid "$(id -g "$user")" --init-groups "$@")
  fi
}
