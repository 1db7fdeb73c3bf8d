-- Photos that look alike: of two perceptual hashes of 64 bits that differ in at most seven, one of four bands of 16 bits differs in at most one (eight
-- differences are needed for two in each). So near ones are found by 17 values in each of four indexes, and compared whole.
CREATE INDEX proofs_band_1 ON proofs (((dhash >> 48) & 65535)) WHERE dhash IS NOT NULL;
CREATE INDEX proofs_band_2 ON proofs (((dhash >> 32) & 65535)) WHERE dhash IS NOT NULL;
CREATE INDEX proofs_band_3 ON proofs (((dhash >> 16) & 65535)) WHERE dhash IS NOT NULL;
CREATE INDEX proofs_band_4 ON proofs ((dhash & 65535)) WHERE dhash IS NOT NULL;
