# shellcheck shell=bash
# `scripts/bench cheques`: cheques signed and drawn per second and core, as pictures and as packs, beside Pillow + qrcode and reportlab in the same run.

readonly PEER_CHEQUES=300

cheques() {
  ensure_rust
  ensure_compiler
  if [[ ! -e /usr/share/fonts/truetype/dejavu/DejaVuSansCondensed.ttf ]]; then install_packages fonts-dejavu-core fonts-dejavu-extra; fi
  cargo build --release -p salur-media --example cheque_rate >&2
  make_python tests/load/cheques-requirements.txt
  local ours theirs
  ours=$("$TARGET/release/examples/cheque_rate" "$CHEQUES")
  theirs=$(PYTHONDONTWRITEBYTECODE=1 "$PYTHON" tests/load/cheques.py "$PEER_CHEQUES")
  if ((${#JSON[@]} > 0)); then
    printf '{"ours":%s,"peers":%s}\n' "$ours" "$theirs"
    return 0
  fi
  printf '%s\n%s\n' "$ours" "$theirs" | tr -d '{}" ' | tr ',' '\n' | awk -F: '{ printf "%-32s %12s\n", $1, $2 }'
}
