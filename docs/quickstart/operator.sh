# What an administrator does for a source, once. First a user of the broker: the address goes to the source, the definitions into the broker.
salur login --as quick.admin
SALUR_AMQP_URL=$(salur broker-access dinsos-belitung --definitions "$TRY/access.json")
scripts/services broker-import "$TRY/access.json" # a broker of your own: rabbitmqctl import_definitions FILE

# Then a system that sends lists for the source over HTTP, and its token.
salur actor add dinsos.sender --role upstream --system --source dinsos-belitung
SALUR_TOKEN=$(salur actor token dinsos.sender --purpose quickstart | sed -n 1p)
export SALUR_AMQP_URL SALUR_TOKEN
