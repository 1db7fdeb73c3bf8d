-- Programmes that exclude each other: who is paid by one is held by the other (NIK11). One row a pair, the lesser code first, so that "A excludes B" and
-- "B excludes A" are one statement. rival_tranches reads it from a tranche's side: releases of rival tranches go one after another, as those of one
-- tranche do, so that "already paid by the other programme" is a question with one answer.
CREATE TABLE programme_exclusions (
  programme text COLLATE "C" NOT NULL REFERENCES programmes,
  other text COLLATE "C" NOT NULL REFERENCES programmes,
  PRIMARY KEY (programme, other),
  CHECK (programme < other)
);

CREATE VIEW rival_tranches AS
  SELECT t.id AS tranche, r.id AS rival
  FROM tranches t
  JOIN programme_exclusions x ON t.programme IN (x.programme, x.other)
  JOIN tranches r ON r.programme IN (x.programme, x.other) AND r.programme <> t.programme;

GRANT SELECT ON programme_exclusions, rival_tranches TO salur_worker, salur_portal, salur_auditor, salur_stage_release;
