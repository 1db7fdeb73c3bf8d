# shellcheck shell=bash
# Who acts in a script: an administrator whom the database's holder makes, and the people that the administrator makes. Each signs in with a key of
# their own in a home of their own below $PEOPLE; `as WHO COMMAND..` runs salur as one of them.

as() {
  local -r who=$1
  shift
  SALUR_HOME=$PEOPLE/$who "$SALUR_BIN" "$@"
}

# begin_people SERVER: the first administrator.
begin_people() {
  SERVER=$1
  ADMIN=the.admin
  enrol "$ADMIN" "$(as "$ADMIN" actor bootstrap "$ADMIN" --json | field code)"
}

# add_person NAME ROLE [more arguments of `salur actor add`]
add_person() {
  local -r name=$1 role=$2
  shift 2
  enrol "$name" "$(as "$ADMIN" actor add "$name" --role "$role" "$@" --json | field code)"
}

enrol() { as "$1" login --server "$SERVER" --as "$1" --code "$2" >&2; }

# A text of a JSON object on one line.
field() { sed -n "s/.*\"$1\":\"\([^\"]*\)\".*/\1/p"; }

# approve_tranches WHO [CODE]: what waits for approval, or this one of it, at the sum that stands there.
approve_tranches() {
  local tranche
  while read -r tranche; do
    as "$1" tranche approve "$(field code <<<"$tranche")" --document "SK CONTOH" \
      --allocation "$(sed 's/.*"allocation":\([0-9]*\).*/\1/' <<<"$tranche")" >&2
  done < <(as "$1" tranche list --json | tr '{' '\n' | grep '"opened_at":null' | grep "\"code\":\"${2:-}")
}
