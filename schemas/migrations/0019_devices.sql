-- A device makes its key itself and hands in the public half for a one-time code, because a key that an administrator types is a key that the
-- administrator may have. A registered device has no key until then. A key once taken stays: what was signed with it must verify for ever, so a device
-- that lost its key ends, and is registered again under another code.
ALTER TABLE devices ALTER COLUMN public_key DROP NOT NULL;

CREATE TABLE device_codes (
  code_digest bytea PRIMARY KEY CHECK (length(code_digest) = 32),
  device text NOT NULL REFERENCES devices,
  created_at timestamptz NOT NULL DEFAULT now(),
  expires_at timestamptz NOT NULL,
  ended_at timestamptz                  -- used, or another one was made
);
CREATE INDEX device_codes_device ON device_codes (device) WHERE ended_at IS NULL;

GRANT INSERT (code, pay_point), UPDATE (public_key, revoked_at) ON devices TO salur_portal;
GRANT SELECT, INSERT ON device_codes TO salur_portal;
GRANT UPDATE (ended_at) ON device_codes TO salur_portal;
