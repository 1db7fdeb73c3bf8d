-- Reminders, one per payment, because a family is not to be called twice. Planned by reminder-planning alone.
DO $$ BEGIN
  CREATE ROLE salur_stage_reminder_planning NOLOGIN;
EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;  -- roles belong to the cluster: another database may have made it
END $$;

CREATE TABLE reminders (
  tranche int NOT NULL,
  payment uuid NOT NULL,
  due_at timestamptz NOT NULL,
  planned_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (tranche, payment),
  FOREIGN KEY (tranche, payment) REFERENCES payments (tranche, id)
);
CREATE TRIGGER insert_only BEFORE UPDATE OR DELETE OR TRUNCATE ON reminders EXECUTE FUNCTION refuse_change();
GRANT SELECT, INSERT ON reminders TO salur_stage_reminder_planning;
