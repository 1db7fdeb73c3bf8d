-- Every kind of transfer that the chart of accounts knows (workers/lib/store/src/ledger/chart.rs), so that what comes later only has to be granted.
-- A payment leaves once in each round: handed over, returned, cancelled or withdrawn. A hand-over or return that is undone ends its round, and the
-- next way out bears the next number: payments.round is the number of the round under way.
ALTER TABLE transfers DROP CONSTRAINT transfers_kind_check;
ALTER TABLE transfers ADD CONSTRAINT transfers_kind_check CHECK (kind IN (
  'programme_funded', 'batch_reserved', 'hold_reserved', 'withdrawn', 'recipient_funded', 'cancelled', 'cash_to_office', 'cash_back_to_bank',
  'cash_to_teller', 'cash_back_to_office', 'cash_between_tellers', 'cash_short', 'cash_over', 'second_pay_out', 'difference_settled', 'hand_over',
  'hand_over_undone', 'not_proven', 'return', 'return_unfunded', 'return_reversed', 'reserve_unused', 'allocation_unused', 'remitted'));
DROP INDEX transfers_one_way_out;
CREATE UNIQUE INDEX transfers_one_way_out ON transfers (tranche, subject, n)
  WHERE kind IN ('hand_over', 'return', 'return_unfunded', 'cancelled', 'withdrawn');
ALTER TABLE payments ADD COLUMN round smallint NOT NULL DEFAULT 1 CHECK (round BETWEEN 1 AND 99);
