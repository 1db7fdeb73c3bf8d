-- Lists and devices are shown page by page by key: each page is found where the last one ended, however many came before it. What is not released, and what
-- nobody declared, comes first.
CREATE INDEX batches_latest ON batches (coalesce(released_at, 'infinity') DESC, coalesce(declared_at, 'infinity') DESC, id DESC);
CREATE INDEX devices_in_order ON devices (pay_point, code);
CREATE INDEX bank_statements_latest ON bank_statements (programme, sent_at DESC, id DESC);
CREATE INDEX bank_sheets_file ON bank_sheets (file);
