-- A declaration may name its programme and the window of payment. Where they are not the tranche's, the batch waits and says both.
ALTER TABLE batches ADD COLUMN declared_mismatch text;
GRANT UPDATE (declared_mismatch) ON batches TO salur_stage_intake;
