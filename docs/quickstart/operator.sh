# What an operator does for a source, once. First a user of the broker: the address goes to the source, the definitions into the broker.
SALUR_AMQP_URL=$(salur broker-access dinsos-belitung --definitions "$TRY/access.json")
scripts/services broker-import "$TRY/access.json" # a broker of your own: rabbitmqctl import_definitions FILE

# Then a token for HTTP. Administrators make it, and the first administrator is made by whoever holds the database.
export SALUR_AMQP_URL SALUR_HOME=$TRY
code=$(salur actor bootstrap quick.admin | sed -n 's/.*--code //p')
salur login --server "$SALUR_PORTAL" --as quick.admin --code "$code"
salur actor add dinsos.sender --role upstream --system --source dinsos-belitung
SALUR_TOKEN=$(salur actor token dinsos.sender --purpose quickstart | sed -n 1p)
export SALUR_TOKEN
