//! One integration binary: real RabbitMQ, PostgreSQL and object store, named by the environment (`eval "$(scripts/services env)"`).

mod broker;
