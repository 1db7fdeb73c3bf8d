# shellcheck shell=bash
# `scripts/bench photos`: photos of 3 and 12 megapixels examined per second and core, in this process and through a child as a worker does, beside Pillow and
# vipsthumbnail in the same run.

readonly PEER_PHOTOS=60

photos() {
  ensure_rust
  ensure_compiler
  if ! command -v vipsthumbnail >/dev/null; then install_packages libvips-tools; fi
  cargo build --release -p salur-media --example photo_rate >&2
  make_python tests/load/cheques-requirements.txt
  local -r folder=$(mktemp -d /var/tmp/salur-photos-XXXXXX)
  local size ours theirs line=''
  for size in 3 12; do
    mkdir "$folder/$size"
    "$TARGET/release/examples/photo_rate" make "$folder/$size" "$size" 12
    ours=$("$TARGET/release/examples/photo_rate" run "$folder/$size" "$((PHOTOS * 3 / size))")
    theirs=$(PYTHONDONTWRITEBYTECODE=1 "$PYTHON" tests/load/photos.py "$folder/$size" "$PEER_PHOTOS")
    line+=",\"${size}mp\":{\"ours\":$ours,\"peers\":$theirs}"
  done
  rm -rf "$folder"
  if ((${#JSON[@]} > 0)); then
    printf '{%s}\n' "${line#,}"
    return 0
  fi
  printf '%s\n' "${line#,}" | sed 's/"peers"://g; s/"ours"://g' | tr -d '{}" ' | tr ',' '\n' | awk -F: '{ printf "%-32s %12s\n", $(NF-1), $NF }'
}
