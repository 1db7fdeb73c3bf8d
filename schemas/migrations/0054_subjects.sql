-- Everything about one person, in under a minute: what became a payment is found by its account, what is held by indexes of its own. Rows that were refused
-- have none; they are few.
CREATE INDEX recipients_rejected ON recipients (account) WHERE intake = 'rejected' AND account IS NOT NULL;
