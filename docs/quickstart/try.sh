# Something to try on: private services, a fictitious programme with the tranches BST-4 and BST-5, the workers, the portal.
TRY=$(mktemp -d)
scripts/services start
eval "$(scripts/services env)"
salur migrate
salur simulate programme --out "$TRY" --recipients 100
salur setup "$TRY/setup.toml"
salur run --all 2>"$TRY/workers.log" &
SALUR__PORTAL__LISTEN=127.0.0.1:0 salur portal --address-file "$TRY/portal" 2>"$TRY/portal.log" &
until [ -s "$TRY/portal" ]; do sleep 0.2; done
SALUR_PORTAL=$(cat "$TRY/portal")
export SALUR_PORTAL
