-- The pages of cash show an office with its tellers, and what moved and was counted there: each is found by its own name, not among the whole country's.
CREATE INDEX tellers_office ON tellers (office);
CREATE INDEX cash_moves_from ON cash_moves (programme, from_place);
CREATE INDEX cash_moves_to ON cash_moves (programme, to_place);
CREATE INDEX cash_counts_teller ON cash_counts (programme, teller, decided_at);
