-- An office looks for a family by name within its village: names are sealed, so the village's rows are opened, and they must be found without reading a
-- tranche. Villages of a part are inserted together, so the index grows at its end and costs release little.
CREATE INDEX payments_village ON payments (tranche, village);
