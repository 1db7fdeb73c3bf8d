//! What is said of how a case is sealed.

use crate::words::words;

words! {
    title: "Segel bukti", "Seal of the evidence";
    holds: "Jejak dari bukti ini sampai akar yang disegel sudah dihitung ulang dan cocok.",
        "The path from this proof to the sealed root was computed again, and it holds.";
    waits: "Belum disegel. Penyegelan berikutnya dalam", "Not sealed yet. The next seal is within";
    seconds: "detik, bila penyegel berjalan", "seconds, if the sealer runs";
    older: "Bukti ini lebih tua daripada jurnal dan tidak disegel.", "This proof is older than the journal and was not sealed.";
    broken: "TIDAK COCOK DENGAN SEGEL. Bukti berubah sejak ditulis, atau segelnya rusak. Jangan dipercaya; beri tahu operator: `salur audit verify`.",
        "DOES NOT FIT ITS SEAL. The proof was changed, or the seal is damaged. Do not believe it; tell the operator: `salur audit verify`.";
    unsigned: "Kunci log tidak dikenal portal ini (evidence.log_key): tanda tangan akar tidak diperiksa.",
        "This portal does not know the key of the log (evidence.log_key): the signature of the root was not checked.";
    leaf: "Daun: baris bukti", "Leaf: the row of the proof";
    group: "Akar tulisan", "Root of the commit";
    rows: "baris dalam tahap", "rows in tranche";
    commit: "Tulisan", "Commit";
    transaction: "transaksi", "transaction";
    signed_by: "ditandatangani oleh", "signed by";
    root: "Akar log", "Root of the log";
    entries: "tulisan", "commits";
    entry: "nomor", "number";
    sealed_at: "Disegel", "Sealed";
    steps: "langkah", "steps";
    drawing: "Jejak dari daun ke akar", "Path from the leaf to the root";
    details: "Setiap langkah", "Each step";
    left: "kiri", "left";
    right: "kanan", "right";
}
