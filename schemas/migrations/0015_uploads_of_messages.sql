-- What a pain.001 calls itself, because the pain.002 that answers it must name it. payment_id: where it has one payment information alone.
ALTER TABLE uploads ADD COLUMN message text, ADD COLUMN message_id text, ADD COLUMN payment_id text,
  ADD CHECK ((message IS NULL) = (message_id IS NULL)), ADD CHECK (payment_id IS NULL OR message_id IS NOT NULL);
