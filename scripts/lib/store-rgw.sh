# shellcheck shell=bash
# A private Ceph of one monitor, one disk and one gateway: the store that locks objects, for trying what the development store cannot.
#
# One copy on one sparse file: it proves the protocol and what a kill costs, it is no cluster to keep evidence in. The command line tools read
# one configuration file; cephx is on, so that no other process of this machine speaks to it without the key.

readonly RGW_MON_READY_S=30 RGW_READY_S=90 RGW_STOP_S=20 RGW_DISK=8589934592
readonly RGW_PARTS=(rgw-mon rgw-osd store)

rgw_package() {
  if ! command -v radosgw >/dev/null; then printf 'radosgw '; fi
  if ! command -v ceph-mon >/dev/null; then printf 'ceph-mon '; fi
  if ! command -v ceph-osd >/dev/null; then printf 'ceph-osd'; fi
}

rgw_check() { command -v radosgw >/dev/null || die "radosgw was not found; Debian 12 has it as radosgw, ceph-mon and ceph-osd"; }

rgw_launch() {
  local -r home=$DATA/rgw user=$(service_user ceph)
  free_ports store_port rgw_mon_port
  if [[ ! -e $home/made ]]; then rgw_create "$home" "$user"; fi
  rgw_configure "$home" "$user"
  running rgw-mon || rgw_spawn rgw-mon ceph-mon -i a
  rgw_know_disk
  running rgw-osd || rgw_spawn rgw-osd ceph-osd -i 0
  rgw_spawn store radosgw -n client.rgw
}

# A disk that comes before the monitor has heard of it is turned away for good.
rgw_know_disk() {
  if [[ -e $DATA/rgw/known ]]; then return 0; fi
  wait_ready rgw-mon rgw_mon_ready "$RGW_MON_READY_S" || die "Ceph's monitor does not answer"
  rgw_tool ceph osd new "${VALUES[rgw_osd]}" 0 || die "the monitor does not take its disk; the log is $DATA/log/rgw-tools.log"
  touch "$DATA/rgw/known"
}

rgw_mon_ready() { port_open "${VALUES[rgw_mon_port]}" && rgw_tool ceph --connect-timeout 5 quorum_status; }

rgw_spawn() {
  local -r name=$1 program=$2
  shift 2
  spawn "$name" "$(service_user ceph)" env -i PATH="$PATH" LANG=C.UTF-8 "$program" -f -c "$DATA/rgw/ceph.conf" "$@"
}

# What all parts and tools read. Small numbers of placement groups: nobody watches over them, there is no manager.
rgw_configure() {
  local -r home=$1 user=$2
  cat >"$home/ceph.conf" <<CONF
[global]
fsid = ${VALUES[rgw_fsid]}
mon_initial_members = a
mon_host = v2:127.0.0.1:${VALUES[rgw_mon_port]}
public_addr = 127.0.0.1
cluster_addr = 127.0.0.1
auth_cluster_required = cephx
auth_service_required = cephx
auth_client_required = cephx
auth_allow_insecure_global_id_reclaim = false
keyring = $home/keyring
run_dir = $home
admin_socket =
log_file =
log_to_stderr = true
mon_data = $home/mon
mon_cluster_log_file = $home/cluster.log
mon_allow_pool_size_one = true
mon_max_pg_per_osd = 1000
osd_data = $home/osd
osd_objectstore = bluestore
osd_crush_chooseleaf_type = 0
osd_pool_default_size = 1
osd_pool_default_min_size = 1
osd_pool_default_pg_num = 8
osd_pool_default_pg_autoscale_mode = off
osd_memory_target = 939524096
bluestore_block_size = $RGW_DISK
bluestore_block_wal_create = false
bluestore_block_db_create = false
rgw_frontends = beast endpoint=127.0.0.1:${VALUES[store_port]}
rgw_enable_usage_log = false
rgw_dynamic_resharding = false
CONF
  own "$user" "$home/ceph.conf"
}

# Keys, a map of one monitor, a disk in a sparse file. Made beside, renamed when complete.
rgw_create() {
  local -r home=$1 user=$2
  rm -rf "$home"
  mkdir -m 0700 "$home" "$home/mon" "$home/osd"
  VALUES[rgw_fsid]=$(cat /proc/sys/kernel/random/uuid)
  VALUES[rgw_osd]=$(cat /proc/sys/kernel/random/uuid)
  save_values
  rgw_configure "$home" "$user"
  (
    umask 077
    ceph-authtool --create-keyring "$home/keyring" --gen-key -n mon. --cap mon 'allow *'
    ceph-authtool "$home/keyring" --gen-key -n client.admin --cap mon 'allow *' --cap osd 'allow *'
    ceph-authtool "$home/keyring" --gen-key -n client.rgw --cap mon 'allow rw' --cap osd 'allow rwx'
    ceph-authtool "$home/keyring" --gen-key -n osd.0 --cap mon 'allow profile osd' --cap osd 'allow *'
    monmaptool --create --fsid "${VALUES[rgw_fsid]}" --addv a "[v2:127.0.0.1:${VALUES[rgw_mon_port]}]" "$home/monmap"
  ) >>"$DATA/log/rgw-create.log" 2>&1 || die "Ceph's keys were not made; the log is $DATA/log/rgw-create.log"
  own "$user" "$home"
  run_as "$user" ceph-mon -c "$home/ceph.conf" -i a --mkfs --monmap "$home/monmap" --keyring "$home/keyring" \
    >>"$DATA/log/rgw-create.log" 2>&1 || die "ceph-mon --mkfs failed; the log is $DATA/log/rgw-create.log"
  run_as "$user" ceph-osd -c "$home/ceph.conf" -i 0 --mkfs --no-mon-config --osd-uuid "${VALUES[rgw_osd]}" \
    >>"$DATA/log/rgw-create.log" 2>&1 || die "ceph-osd --mkfs failed; the log is $DATA/log/rgw-create.log"
  touch "$home/made"
}

rgw_tool() {
  local -r program=$1
  shift
  timeout 60 "$program" -c "$DATA/rgw/ceph.conf" -n client.admin "$@" </dev/null >>"$DATA/log/rgw-tools.log" 2>&1
}

rgw_ready() { port_open "${VALUES[store_port]}" && curl -fsS --max-time 5 -o /dev/null "http://127.0.0.1:${VALUES[store_port]}/" 2>/dev/null; }

# The gateway answers, and knows our user.
rgw_await() {
  wait_ready store rgw_ready "$RGW_READY_S" || return 1
  if [[ ! -e $DATA/rgw/user ]]; then
    rgw_tool radosgw-admin user create --uid=salur --display-name=salur \
      --access-key="${VALUES[store_access_key]}" --secret-key="${VALUES[store_secret_key]}" || return 1
    touch "$DATA/rgw/user"
  fi
}

rgw_stop() {
  local part
  for part in store rgw-osd rgw-mon; do terminate "$part" TERM "$RGW_STOP_S"; done
}
