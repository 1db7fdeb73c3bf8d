-- Replays that a person asked for, because the portal, which knows who asks, holds no key that opens a sealed body, and the workers, which hold it, know
-- no persons. The portal writes the wish; a worker takes it for a minute, publishes the letter and writes what came of it.
CREATE TABLE dead_letter_replays (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  request uuid NOT NULL,                -- what was asked for at once
  letter uuid NOT NULL REFERENCES dead_letters,
  actor text NOT NULL REFERENCES actors,
  reason text NOT NULL,
  asked_at timestamptz NOT NULL DEFAULT now(),
  taken_until timestamptz,              -- a worker is at it; one that dies leaves it to the next
  ended_at timestamptz,
  effect text CHECK (effect IN ('replayed', 'died_again', 'refused')),
  CHECK ((ended_at IS NULL) = (effect IS NULL))
);
CREATE UNIQUE INDEX dead_letter_replays_open ON dead_letter_replays (letter) WHERE ended_at IS NULL;
CREATE INDEX dead_letter_replays_request ON dead_letter_replays (request);

GRANT SELECT, INSERT (request, letter, actor, reason) ON dead_letter_replays TO salur_portal;
GRANT SELECT, UPDATE (taken_until, ended_at, effect) ON dead_letter_replays TO salur_worker;
GRANT SELECT ON dead_letter_replays TO salur_auditor;
