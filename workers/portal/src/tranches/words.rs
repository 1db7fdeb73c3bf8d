//! What the pages of tranches say.

use crate::words::words;

words! {
    title: "Tahap", "Tranches";
    lead: "Setiap tahap dengan alokasinya, masa bayarnya, siapa yang mengisi, dan siapa yang menyetujui.",
        "Each tranche with its allocation, its window, who entered it and who approved it.";
    none: "Belum ada tahap. Bendahara mengisi program dengan berkas penyiapan.", "There is no tranche yet. A treasurer enters a programme by a setup file.";
    tranche: "Tahap", "Tranche";
    programme: "Program", "Programme";
    allocation: "Alokasi", "Allocation";
    each: "Tiap keluarga", "Each family";
    window: "Masa bayar", "Window";
    from_to: "sampai", "to";
    returns_at: "Dikembalikan mulai", "Goes back from";
    entered_by: "Diisi oleh", "Entered by";
    approved_by: "Disetujui oleh", "Approved by";
    nobody: "belum ada", "nobody yet";
    not_needed: "tidak perlu, di bawah ambang", "not needed, within the threshold";
    document: "Dokumen", "Document";
    threshold: "Ambang persetujuan", "Threshold of approval";
    returns: "Pengembalian dan penutupan", "Returns and closing";
    all: "Semua tahap", "All tranches";

    waits: "menunggu persetujuan", "waits for approval";
    paused: "dijeda", "paused";
    early: "belum dimulai", "not begun";
    paying: "sedang dibayar", "being paid";
    over: "masa bayar selesai", "window over";
    returning: "sedang dikembalikan", "being returned";
    returned: "sudah dikembalikan", "returned";
    closed: "ditutup", "closed";

    parts: "Alokasi per kabupaten/kota", "Allocation by regency";
    entries: "Yang diisi dan yang diubah kemudian", "What was entered, and what was changed later";
    entries_lead: "Terbaru di atas. Periksa sebelum menyetujui: yang disetujui adalah jumlah yang Anda lihat di sini.",
        "The newest first. Check before you approve: what you approve is the sum you see here.";
    no_entries: "Tidak ada berkas penyiapan yang tersimpan untuk tahap ini.", "No setup file is kept for this tranche.";
    entered: "Tahap diisi", "Tranche entered";
    changed: "Diubah", "Changed";
    added: "alokasi ditambahkan", "allocations added";
    was: "semula", "was";

    approve: "Setujui tahap", "Approve the tranche";
    two: "Dua orang: yang mengisi tidak menyetujui. Setelah disetujui, jumlah, besaran, dan masa bayar tidak berubah lagi.",
        "Two people: who entered it does not approve it. Once approved, its sum, its amount and its window change no more.";
    approve_at: "Anda menyetujui", "You approve";
    document_hint: "Surat di balik persetujuan, misalnya SK Mensos 22/2020.", "The paper behind the approval, for example SK Mensos 22/2020.";
    yours: "Anda ikut mengisi tahap ini, jadi tombol persetujuan tidak ada: bendahara lain harus menyetujuinya.",
        "You had a part in entering this tranche, so there is no button: another treasurer must approve it.";
    not_your_role: "Tahap ini menunggu persetujuan seorang bendahara yang tidak ikut mengisinya.",
        "This tranche waits for the approval of a treasurer who had no part in entering it.";
    not_your_region: "Satu tahap berlaku untuk seluruh negeri, dan Anda bertindak untuk satu wilayah: bendahara tanpa wilayah harus menyetujuinya.",
        "A tranche is the whole country's, and you act for a region: a treasurer without one must approve it.";
    empty: "Belum ada alokasi, jadi belum ada yang dapat disetujui.", "There is no allocation yet, so there is nothing to approve.";

    sent: "Persetujuan terkirim dan belum diputuskan. Muat ulang sebentar lagi.", "The approval was sent and is not decided yet. Reload in a moment.";
    approved: "Disetujui: tahap ini terbuka.", "Approved: this tranche is open.";
    wrong_document: "Tulis nama dokumen, 1 sampai 200 huruf dalam satu baris.", "Name the document, in 1 to 200 characters on one line.";
    wrong_sum: "Jumlah yang disetujui tidak terbaca. Muat ulang halaman ini.", "The sum that is approved cannot be read. Open this page again.";
    was_open: "Tahap ini sudah terbuka.", "This tranche is open already.";
    was_changed: "Alokasinya berubah sejak Anda melihatnya. Tidak ada yang disetujui; periksa jumlah yang baru.",
        "Its allocation changed since you saw it. Nothing was approved; look at the new sum.";

    f_amount: "Tiap keluarga", "Each family";
    f_name: "Nama", "Name";
    f_code: "Kode", "Code";
    f_opens: "Penyerahan pertama", "First hand-over";
    f_closes: "Penyerahan terakhir", "Last hand-over";
    f_returns: "Mulai dikembalikan", "Goes back from";
    f_stored: "Gambar cek disimpan", "Pictures of cheques are kept";
    f_specimen: "Cek bertanda CONTOH", "Cheques say CONTOH";
}

/// What a column of the setup file is called; its own name where it has none here.
pub fn field<'a>(w: &'static Words, name: &'a str) -> &'a str {
    match name {
        "amount" => w.f_amount,
        "name" => w.f_name,
        "code" => w.f_code,
        "opens_at" => w.f_opens,
        "closes_at" => w.f_closes,
        "returns_at" => w.f_returns,
        "cheques_stored" => w.f_stored,
        "specimen" => w.f_specimen,
        other => other,
    }
}

/// What a refusal of an approval means, by its code.
pub fn refusal(w: &'static Words, code: &str) -> Option<&'static str> {
    Some(match code {
        "document" => w.wrong_document,
        "allocation" => w.wrong_sum,
        "open" => w.was_open,
        "entered" => w.yours,
        "changed" => w.was_changed,
        "empty" => w.empty,
        _ => return None,
    })
}
