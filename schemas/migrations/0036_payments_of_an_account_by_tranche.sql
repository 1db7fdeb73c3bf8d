-- Ids of accounts are random: an index of the accounts of all tranches takes each new payment on another page, and beside ten million older ones every page of
-- it is read, changed and logged again. By tranche it grows from nothing, and who asks for a person's payments knows the tranches.
DROP INDEX payments_account;
CREATE INDEX payments_account ON payments (tranche, account);
