-- A payment is written three times within seconds: accepted, account open, funded. At 40 % a page held two versions of each row, and a quarter of the
-- updates went to another page and through every index. At 30 % all three fit (183 bytes a row; 13 rows, 39 versions).
ALTER TABLE payments SET (fillfactor = 30);
