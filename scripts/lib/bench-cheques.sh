# shellcheck shell=bash
# `scripts/bench cheques`: cheques signed and drawn per second and core, as pictures and as packs, beside Pillow + qrcode and reportlab in the same run.

readonly PEER_CHEQUES=300

cheques() {
  ensure_rust
  ensure_compiler
  if [[ ! -e /usr/share/fonts/truetype/dejavu/DejaVuSansCondensed.ttf ]]; then install_packages fonts-dejavu-core fonts-dejavu-extra; fi
  cargo build --release -p salur-media --example cheque_rate >&2
  cheques_python
  local ours theirs
  ours=$("$TARGET/release/examples/cheque_rate" "$CHEQUES")
  theirs=$(PYTHONDONTWRITEBYTECODE=1 "$PYTHON" tests/load/cheques.py "$PEER_CHEQUES")
  if ((${#JSON[@]} > 0)); then
    printf '{"ours":%s,"peers":%s}\n' "$ours" "$theirs"
    return 0
  fi
  printf '%s\n%s\n' "$ours" "$theirs" | tr -d '{}" ' | tr ',' '\n' | awk -F: '{ printf "%-32s %12s\n", $1, $2 }'
}

cheques_python() {
  local -r wanted=tests/load/cheques-requirements.txt
  local -r kept=/var/tmp/salur-cheques-$EUID-$(sha256sum <"$wanted" | head -c 8)
  PYTHON=$kept/bin/python
  ensure_python
  if [[ -e $kept && ! -O $kept ]]; then die "$kept belongs to another user"; fi
  if [[ -e $kept/complete ]]; then return 0; fi
  rm -rf "$kept"
  if ! python3 -m venv "$kept" >&2; then
    install_packages python3-venv
    /usr/bin/python3 -m venv --clear "$kept" >&2
  fi
  "$PYTHON" -m pip install --quiet --disable-pip-version-check --only-binary :all: --requirement "$wanted" >&2
  touch "$kept/complete"
}
