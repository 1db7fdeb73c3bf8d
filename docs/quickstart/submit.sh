# The same families for the next tranche, over HTTP. The batch's name makes it safe to send again.
curl -sS --fail-with-body -H "Authorization: Bearer $SALUR_TOKEN" -H "Content-Type: text/csv" \
  --data-binary @docs/quickstart/families.csv "$SALUR_PORTAL/api/batches?tranche=BST-5&batch=quickstart-5"
echo
# What became of each row so far; it takes a moment until the first is there.
curl -sS --fail --retry 20 --retry-delay 1 --retry-all-errors -H "Authorization: Bearer $SALUR_TOKEN" \
  "$SALUR_PORTAL/api/batches/quickstart-5/rows"
echo
