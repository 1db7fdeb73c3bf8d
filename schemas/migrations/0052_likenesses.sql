-- How photos look, small. The same bytes twice are found by their digest; a photo that was saved again, scaled, brightened, mirrored or cropped has other bytes
-- and is found here. Hashes of 64 bits find candidates: over the programme those of which one band of 16 bits is equal (of any two that differ in at most three
-- bits one is), at a pay point on one day all. The cells decide (32 x 32 grey levels). Kept beside `proofs`, since a row of that is read often and this is
-- large; and since it goes with the photo when that is destroyed, it is no evidence and has no trigger against it.
CREATE TABLE likenesses (
  capture uuid PRIMARY KEY,
  claim uuid NOT NULL,                  -- visits are compared, not captures: two photos of one visit may look alike
  programme text NOT NULL,
  pay_point text NOT NULL,
  day date NOT NULL,                    -- of the scan, by the clock of the pay point
  difference bigint NOT NULL,           -- difference hash: moves little when a border is cut off
  dct bigint NOT NULL,                  -- DCT hash: moves hardly at all when a picture is saved or scaled again
  cells bytea NOT NULL CHECK (length(cells) = 1024)
);

-- With what is compared, so that the wide rows are read for candidates alone.
CREATE INDEX likenesses_day ON likenesses (pay_point, day) INCLUDE (difference, claim, capture);
CREATE INDEX likenesses_band_1 ON likenesses (((dct >> 48) & 65535), programme) INCLUDE (dct, claim, capture);
CREATE INDEX likenesses_band_2 ON likenesses (((dct >> 32) & 65535), programme) INCLUDE (dct, claim, capture);
CREATE INDEX likenesses_band_3 ON likenesses (((dct >> 16) & 65535), programme) INCLUDE (dct, claim, capture);
CREATE INDEX likenesses_band_4 ON likenesses ((dct & 65535), programme) INCLUDE (dct, claim, capture);

GRANT SELECT ON likenesses TO salur_worker;
GRANT SELECT, INSERT ON likenesses TO salur_stage_photo_ingest;
