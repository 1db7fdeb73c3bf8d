# The same families for the next tranche, over HTTP. The batch's name makes it safe to send again.
curl -sS --fail-with-body -H "Authorization: Bearer $SALUR_TOKEN" -H "Content-Type: text/csv" \
  --data-binary @docs/quickstart/families.csv "$SALUR_PORTAL/api/batches?tranche=BST-5&batch=quickstart-5"
echo
# What became of each row so far; it takes a moment until all four are there.
until rows=$(curl -sS --fail -H "Authorization: Bearer $SALUR_TOKEN" "$SALUR_PORTAL/api/batches/quickstart-5/rows") &&
  [ "$(printf %s "$rows" | grep -o '"row":' | wc -l)" -eq 4 ]; do sleep 1; done
printf '%s\n' "$rows"
