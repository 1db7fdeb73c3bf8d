//! One integration binary: real RabbitMQ, PostgreSQL and object store, named by the environment (`eval "$(scripts/services env)"`).

mod bank;
mod broker;
mod cash;
mod conformance;
mod database;
mod database_access;
mod evidence;
mod grants;
mod journey;
mod ledger;
mod packs;
mod pages;
mod pauses;
mod portal;
mod quickstart;
mod registry;
mod returns;
mod reversals;
mod rules;
mod schedules;
mod setup;
mod stores;
mod summaries;
mod verify;
mod visits;
mod webhooks;
