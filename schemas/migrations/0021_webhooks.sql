-- Upstream systems that hear of their batches over HTTP: whom to tell, what there was to tell, and what became of each telling. A phase of a batch is
-- noticed once, with its totals of that moment, so that every attempt says the same bytes. Secrets are kept nowhere: they are derived from the id.
DO $$ BEGIN
  CREATE ROLE salur_webhooks NOLOGIN;
EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;  -- roles belong to the cluster: another database may have made it
END $$;
SELECT pg_advisory_xact_lock(7226310001);
DO $$ BEGIN
  IF NOT pg_has_role('salur_worker', 'salur_webhooks', 'MEMBER') THEN
    GRANT salur_webhooks TO salur_worker;
  END IF;
END $$;

CREATE TABLE webhooks (
  id uuid PRIMARY KEY,                  -- random: the secret is derived from it
  source text NOT NULL REFERENCES sources,
  url text NOT NULL CHECK (length(url) <= 500),
  created_by text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  revoked_at timestamptz
);
CREATE INDEX webhooks_live ON webhooks (source) WHERE revoked_at IS NULL;

CREATE TABLE batch_phases (
  batch uuid NOT NULL,
  phase text NOT NULL CHECK (phase IN ('completed', 'released', 'funded', 'settled')),
  reached_at timestamptz NOT NULL,      -- by the rows, whenever it was noticed
  totals jsonb NOT NULL,                -- families and rupiah by status, when it was noticed
  noticed_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (batch, phase)
);
CREATE TRIGGER insert_only BEFORE UPDATE OR DELETE OR TRUNCATE ON batch_phases EXECUTE FUNCTION refuse_change();

-- How far the rows of a batch have been looked through for one that keeps it from a phase: a look goes on where the last one stood.
CREATE TABLE phase_looks (
  batch uuid NOT NULL,
  phase text NOT NULL CHECK (phase IN ('funded', 'settled')),
  row text COLLATE "C" NOT NULL,        -- every row before it was looked at
  whole boolean NOT NULL,               -- this pass began at the first row and has met none that waits
  PRIMARY KEY (batch, phase)
);

CREATE TABLE webhook_deliveries (
  id uuid PRIMARY KEY,                  -- of webhook, batch and phase: the receiver's key to know it again
  webhook uuid NOT NULL REFERENCES webhooks,
  batch uuid NOT NULL,
  phase text NOT NULL,
  made_at timestamptz NOT NULL DEFAULT now(),
  attempts int NOT NULL DEFAULT 0,      -- that failed since it was made or tried again by an operator
  next_at timestamptz NOT NULL DEFAULT now(),
  tried_at timestamptz,
  failure text,                         -- of the last attempt
  delivered_at timestamptz,
  dead_at timestamptz,                  -- the ladder is over: an operator decides
  UNIQUE (webhook, batch, phase),
  FOREIGN KEY (batch, phase) REFERENCES batch_phases,
  CHECK (delivered_at IS NULL OR dead_at IS NULL)
);
CREATE INDEX webhook_deliveries_due ON webhook_deliveries (next_at) WHERE delivered_at IS NULL AND dead_at IS NULL;

-- Every row with its status in upstream's words, and whether it keeps its batch from a phase.
CREATE VIEW row_statuses AS
  SELECT s.batch, s.row, s.amount, s.status,
    s.payment IS NOT NULL AND s.funded_at IS NULL AND s.status NOT IN ('returned', 'cancelled') AS waits_for_funding,
    s.status NOT IN ('rejected', 'paid', 'returned', 'cancelled') AND s.decision IS DISTINCT FROM 'already' AS waits_for_end,
    s.funded_at, greatest(s.staged_at, s.decided_at, s.ended_at, s.paid_at, s.returned_at, s.cancelled_at) AS moved_at
  FROM (
    SELECT r.batch, r.row, r.amount, r.staged_at, d.decision, d.decided_at, e.decided_at AS ended_at, p.id AS payment, p.funded_at, p.paid_at,
      p.returned_at, p.cancelled_at,
      CASE WHEN p.id IS NOT NULL THEN p.status WHEN d.decision = 'already' THEN 'accepted'
        WHEN e.effect = 'rejected' OR d.decision = 'ended' THEN 'rejected'
        WHEN d.decision = 'held' THEN 'held' WHEN r.intake = 'staged' AND q.held_at IS NOT NULL THEN 'held' WHEN r.intake = 'substitute' THEN 'staged'
        ELSE r.intake END AS status
    FROM recipients r
    LEFT JOIN row_decisions d ON d.batch = r.batch AND d.row = r.row
    LEFT JOIN batch_parts q ON q.batch = r.batch AND q.regency = left(r.village, 4)
    LEFT JOIN LATERAL (SELECT h.effect, h.decided_at FROM hold_decisions h WHERE h.batch = r.batch AND h.effect <> 'refused' AND (h.row = r.row
        OR (h.row IS NULL AND r.intake = 'staged' AND d.batch IS NULL AND h.regency = q.regency)) ORDER BY h.decided_at DESC, h.id LIMIT 1) AS e ON true
    LEFT JOIN payments p ON p.tranche = r.tranche AND p.id = r.payment AND p.batch = r.batch AND p.row = r.row) AS s;

GRANT SELECT ON batches, sources, tranches, row_statuses TO salur_webhooks;
GRANT SELECT ON webhooks, batch_phases, phase_looks, webhook_deliveries TO salur_webhooks, salur_portal, salur_worker, salur_auditor;
GRANT INSERT ON batch_phases TO salur_webhooks;
GRANT INSERT, UPDATE ON phase_looks TO salur_webhooks;
GRANT INSERT ON webhook_deliveries TO salur_webhooks;
GRANT UPDATE (attempts, next_at, tried_at, failure, delivered_at, dead_at) ON webhook_deliveries TO salur_webhooks;
GRANT INSERT ON webhooks TO salur_portal;
GRANT UPDATE (revoked_at) ON webhooks TO salur_portal;
GRANT UPDATE (attempts, next_at, dead_at) ON webhook_deliveries TO salur_portal;
