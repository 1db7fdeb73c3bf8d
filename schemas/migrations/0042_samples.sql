-- Auditors draw proofs at random, and draw the same ones again from the same seed. A seed ranks the numbers of proofs; those that fit the filters and rank
-- lowest are the sample, so ten million proofs need a number each, found by an index, and no sort. Gaps do no harm. A capture's id will not do: devices
-- make it.
ALTER TABLE proofs ADD COLUMN n bigint GENERATED ALWAYS AS IDENTITY;
CREATE UNIQUE INDEX proofs_n ON proofs (n);
-- what of a sample somebody has opened, and how often somebody asked for a NIK, stands in the audit alone
GRANT SELECT (at, actor, act, detail) ON audit TO salur_portal;
