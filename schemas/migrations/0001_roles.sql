-- One database role per stage, because "one writer per status" should be a grant and not a promise. A worker logs in as a member of
-- salur_worker and says SET LOCAL ROLE salur_stage_<name> in each transaction; what the stage may not write, PostgreSQL refuses.
-- Roles belong to the whole cluster, so another database of the same cluster may have made them already; creating them is guarded by a
-- lock, since two databases may be migrated at the same moment.
SELECT pg_advisory_xact_lock(7226310001);
DO $$
DECLARE role text;
BEGIN
  FOREACH role IN ARRAY ARRAY[
    'salur_worker', 'salur_portal', 'salur_auditor',
    'salur_stage_intake', 'salur_stage_release', 'salur_stage_account_creation', 'salur_stage_transfer_posting',
    'salur_stage_cheque_rendering', 'salur_stage_photo_ingest', 'salur_stage_status_finalizer']
  LOOP
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = role) THEN
      EXECUTE format('CREATE ROLE %I NOLOGIN', role);
    END IF;
    IF role LIKE 'salur_stage_%' AND NOT pg_has_role('salur_worker', role, 'MEMBER') THEN
      EXECUTE format('GRANT %I TO salur_worker', role);
    END IF;
  END LOOP;
END $$;

-- Refuses every change to a row once written. Missing grants stop the stages; this stops everyone else, owners included.
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% is insert-only: a correction is a new row', TG_TABLE_NAME USING ERRCODE = '55000';
END $$;
