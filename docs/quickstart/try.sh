# Something to try on: private services, the workers, the portal.
TRY=$(mktemp -d)
export SALUR_HOME=$TRY # where the keys of the people lie whom you play here
scripts/services start
eval "$(scripts/services env)"
salur migrate
salur run --all 2>"$TRY/workers.log" &
SALUR__PORTAL__LISTEN=127.0.0.1:0 salur portal --address-file "$TRY/portal" 2>"$TRY/portal.log" &
until [ -s "$TRY/portal" ]; do sleep 0.2; done
SALUR_PORTAL=$(cat "$TRY/portal")
export SALUR_PORTAL

# Whoever holds the database makes the first administrator; administrators make everybody else.
code=$(salur actor bootstrap quick.admin | sed -n 's/.*--code //p')
salur login --server "$SALUR_PORTAL" --as quick.admin --code "$code"

# A treasurer sets up a fictitious programme with the tranches BST-4 and BST-5.
code=$(salur actor add quick.treasurer --role treasurer | sed -n 's/.*--code //p')
salur login --as quick.treasurer --code "$code"
salur simulate programme --out "$TRY" --recipients 100
salur setup "$TRY/setup.toml"
