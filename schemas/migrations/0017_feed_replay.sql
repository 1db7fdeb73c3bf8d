-- feed-replay tells outcomes again. It reads what others wrote, and writes nothing.
DO $$ BEGIN
  CREATE ROLE salur_stage_feed_replay NOLOGIN;
EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;  -- roles belong to the cluster: another database may have made it
END $$;
SELECT pg_advisory_xact_lock(7226310001);
DO $$ BEGIN
  IF NOT pg_has_role('salur_worker', 'salur_stage_feed_replay', 'MEMBER') THEN
    GRANT salur_stage_feed_replay TO salur_worker;
  END IF;
END $$;
GRANT SELECT ON batches, recipients, row_conflicts, row_decisions, row_warnings, batch_parts, payments, hand_overs, hold_decisions, withdrawals TO
  salur_stage_feed_replay;
