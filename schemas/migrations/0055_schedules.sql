-- When and where each family comes. The window is law, the slot is advice: nothing about money reads these tables. A pay point says how many families an hour
-- and a day take and on which days it is closed; who cannot come is visited by the pay point of kind home_visit that serves the village. A slot is a row per
-- payment and version, and the newest version is meant: another plan, or a pay point that closes, is another version. A family without a slot has a row
-- as well, with the reason. Loads of hours are counted from the rows, so that nothing can differ from them.
ALTER TABLE pay_points
  ADD COLUMN per_hour int CHECK (per_hour > 0),
  ADD COLUMN per_day int CHECK (per_day > 0),
  ADD COLUMN closed date[] NOT NULL DEFAULT '{}';

CREATE TABLE home_visit_villages (
  village text PRIMARY KEY CHECK (village ~ '^[0-9]{10}$'),
  pay_point text NOT NULL REFERENCES pay_points
);

CREATE TABLE pay_point_closings (
  id uuid PRIMARY KEY,
  pay_point text NOT NULL,
  from_day date NOT NULL,
  instead text NOT NULL,
  document text NOT NULL,
  actor text NOT NULL,
  effect text NOT NULL CHECK (effect IN ('closed', 'refused')),
  refused text NOT NULL CHECK (refused IN ('', 'unknown', 'itself', 'closed')),
  decided_at timestamptz NOT NULL DEFAULT now(),
  CHECK ((effect = 'refused') = (refused <> ''))
);

-- One schedule is under way in a tranche, or several: each plans who has no slot when it comes to the village.
CREATE TABLE schedules (
  id uuid NOT NULL,
  tranche int NOT NULL,
  rule text NOT NULL CHECK (rule IN ('villages', 'last_digit', 'birth_month')),
  per_hour int CHECK (per_hour > 0),              -- at pay points that say nothing of it
  closing uuid REFERENCES pay_point_closings,     -- null: of all who have none
  actor text NOT NULL,
  effect text NOT NULL CHECK (effect IN ('planned', 'refused')),
  refused text NOT NULL CHECK (refused IN ('', 'unknown', 'over')),
  decided_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (id, tranche),
  CHECK ((effect = 'refused') = (refused <> ''))
);

-- What a pay point has to take in all, seen when the schedule began: its pace.
CREATE TABLE schedule_points (
  schedule uuid NOT NULL,
  tranche int NOT NULL,
  pay_point text NOT NULL,
  families bigint NOT NULL CHECK (families > 0),
  PRIMARY KEY (schedule, tranche, pay_point),
  FOREIGN KEY (schedule, tranche) REFERENCES schedules (id, tranche)
);

CREATE TABLE schedule_steps (
  schedule uuid NOT NULL,
  tranche int NOT NULL,
  after text NOT NULL,                            -- village; '' the first step
  last text,                                      -- village; null: it was the last step
  placed int NOT NULL CHECK (placed >= 0),
  missing int NOT NULL CHECK (missing >= 0),
  at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (schedule, tranche, after),
  FOREIGN KEY (schedule, tranche) REFERENCES schedules (id, tranche)
);

CREATE TABLE slots (
  tranche int NOT NULL,
  payment uuid NOT NULL,
  version smallint NOT NULL CHECK (version > 0),
  schedule uuid NOT NULL,
  pay_point text NOT NULL,                        -- '' without a slot
  day date,
  starts time,
  reason text NOT NULL CHECK (reason IN ('', 'no_capacity', 'no_day', 'large_household', 'full', 'no_point')),
  planned_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (tranche, payment, version),
  FOREIGN KEY (tranche, payment) REFERENCES payments (tranche, id),
  CHECK ((day IS NULL) = (reason <> '') AND (starts IS NULL) = (reason <> '') AND (pay_point = '') = (reason <> ''))
);
CREATE INDEX slots_hours ON slots (pay_point, day, starts) INCLUDE (tranche, payment, version);

-- What each step moved, by regency and day: the board adds it up instead of ten million slots.
CREATE TABLE schedule_days (
  schedule uuid NOT NULL,
  tranche int NOT NULL,
  after text NOT NULL,
  regency text NOT NULL CHECK (regency ~ '^[0-9]{4}$'),
  day date NOT NULL,
  families int NOT NULL,                          -- negative: they were to come on that day, and come on another
  rupiah bigint NOT NULL,
  PRIMARY KEY (schedule, tranche, after, regency, day),
  FOREIGN KEY (schedule, tranche, after) REFERENCES schedule_steps (schedule, tranche, after)
);

DO $$
DECLARE t text;
BEGIN
  FOREACH t IN ARRAY ARRAY['pay_point_closings', 'schedules', 'schedule_points', 'schedule_steps', 'schedule_days', 'slots'] LOOP
    EXECUTE format('CREATE TRIGGER insert_only BEFORE UPDATE OR DELETE OR TRUNCATE ON %I EXECUTE FUNCTION refuse_change()', t);
  END LOOP;
END $$;

-- The newest version of each slot.
CREATE VIEW slots_now AS
  SELECT tranche, payment, version, schedule, pay_point, day, starts, reason, planned_at FROM slots s
  WHERE NOT EXISTS (SELECT FROM slots n WHERE n.tranche = s.tranche AND n.payment = s.payment AND n.version > s.version);

DO $$ BEGIN
  CREATE ROLE salur_stage_slot_planning NOLOGIN;
EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;  -- roles belong to the cluster: another database may have made it
END $$;
SELECT pg_advisory_xact_lock(7226310001);
DO $$ BEGIN
  IF NOT pg_has_role('salur_worker', 'salur_stage_slot_planning', 'MEMBER') THEN
    GRANT salur_stage_slot_planning TO salur_worker;
  END IF;
END $$;
-- It opens the rows of families for a date of birth, and moves nothing.
GRANT SELECT ON payments, recipients, batches, tranches, pay_points, home_visit_villages TO salur_stage_slot_planning;
GRANT SELECT, INSERT ON pay_point_closings, schedules, schedule_points, schedule_steps, schedule_days, slots TO salur_stage_slot_planning;
GRANT SELECT ON slots_now TO salur_stage_slot_planning;
GRANT SELECT ON pay_point_closings, schedules, schedule_points, schedule_steps, schedule_days, slots, slots_now, home_visit_villages
  TO salur_worker, salur_portal;
GRANT SELECT ON slots, slots_now TO salur_stage_cheque_rendering, salur_stage_pack_making;
GRANT SELECT, INSERT, UPDATE ON home_visit_villages TO salur_stage_programme_setup;
