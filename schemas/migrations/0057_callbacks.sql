-- Families who are called back after they were paid, and asked whether they got the whole amount: a photo shows that money was handed over, and not that it
-- was kept. A sample keeps what it was drawn from and with what, so that anybody can draw it again; its classes keep the chance of each family; what was
-- answered is a row per call, and the first answer stands. Nothing here moves money or changes a status: an answer that money is missing is lodged as a
-- complaint, which a supervisor answers. Notes are of the office and hold no name and no number.
CREATE TABLE callback_samples (
  id uuid PRIMARY KEY,                  -- made from the request of who draws it
  tranche int NOT NULL REFERENCES tranches,
  region text NOT NULL CHECK (region ~ '^([0-9]{2}){0,2}$'),
  seed text NOT NULL CHECK (length(seed) BETWEEN 1 AND 40),
  as_of bigint NOT NULL,                -- what transactions below this one wrote was drawn from
  confidence smallint NOT NULL CHECK (confidence IN (90, 95, 99)),
  margin smallint NOT NULL CHECK (margin BETWEEN 10 AND 200),     -- in thousandths
  members int NOT NULL CHECK (members > 0),
  why text NOT NULL CHECK (length(why) BETWEEN 3 AND 200),
  actor text NOT NULL REFERENCES actors,
  drawn_at timestamptz NOT NULL DEFAULT now(),
  tx bigint NOT NULL DEFAULT pg_current_xact_id()::text::bigint
);
CREATE INDEX callback_samples_time ON callback_samples (drawn_at, id);

CREATE TABLE callback_classes (
  sample uuid NOT NULL REFERENCES callback_samples,
  weight smallint NOT NULL CHECK (weight IN (1, 2, 4, 8)),
  members int NOT NULL,
  drawn int NOT NULL CHECK (drawn BETWEEN 0 AND members),
  tx bigint NOT NULL DEFAULT pg_current_xact_id()::text::bigint,
  PRIMARY KEY (sample, weight)
);

CREATE TABLE callback_families (
  sample uuid NOT NULL REFERENCES callback_samples,
  place int NOT NULL CHECK (place > 0), -- in the order in which they were drawn
  n bigint NOT NULL,                    -- number of the proof that handed over
  tranche int NOT NULL,
  payment uuid NOT NULL,
  weight smallint NOT NULL,
  signs text[] NOT NULL,
  tx bigint NOT NULL DEFAULT pg_current_xact_id()::text::bigint,
  PRIMARY KEY (sample, place),
  UNIQUE (sample, payment),
  FOREIGN KEY (sample, weight) REFERENCES callback_classes (sample, weight),
  FOREIGN KEY (tranche, payment) REFERENCES payments (tranche, id)
);
CREATE INDEX callback_families_payment ON callback_families (tranche, payment);

CREATE TABLE callback_results (
  id uuid PRIMARY KEY,                  -- made from the request of who recorded it
  sample uuid NOT NULL,
  payment uuid NOT NULL,
  outcome text NOT NULL CHECK (outcome IN ('not_reached', 'got_all', 'kept_back', 'did_not_get', 'not_known')),
  rupiah bigint CHECK (rupiah > 0),     -- kept back
  note text NOT NULL CHECK (length(note) <= 300),
  complaint uuid REFERENCES complaints, -- that was lodged for it
  actor text NOT NULL REFERENCES actors,
  recorded_at timestamptz NOT NULL DEFAULT now(),
  tx bigint NOT NULL DEFAULT pg_current_xact_id()::text::bigint,
  FOREIGN KEY (sample, payment) REFERENCES callback_families (sample, payment),
  CHECK ((rupiah IS NOT NULL) = (outcome = 'kept_back')),
  CHECK ((complaint IS NOT NULL) = (outcome IN ('kept_back', 'did_not_get')))
);
CREATE UNIQUE INDEX callback_results_once ON callback_results (sample, payment) WHERE outcome <> 'not_reached';
CREATE INDEX callback_results_family ON callback_results (sample, payment, recorded_at);

DO $$
DECLARE t text;
BEGIN
  FOREACH t IN ARRAY ARRAY['callback_samples', 'callback_classes', 'callback_families', 'callback_results'] LOOP
    EXECUTE format('CREATE TRIGGER insert_only BEFORE UPDATE OR DELETE OR TRUNCATE ON %I EXECUTE FUNCTION refuse_change()', t);
    EXECUTE format('CREATE INDEX %I ON %I USING brin (tx) WITH (pages_per_range = 32, autosummarize = on)', t || '_tx', t);
    EXECUTE format('GRANT SELECT ON %I TO salur_worker, salur_portal', t);
    EXECUTE format('GRANT INSERT ON %I TO salur_portal', t);
  END LOOP;
END $$;
