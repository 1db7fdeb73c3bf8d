//! What the pages of devices say.

use crate::words::words;

words! {
    title: "Perangkat", "Devices";
    lead: "Perangkat yang membayar, menurut titik bayar, dan kapan terakhir dipakai.", "Devices that pay, by pay point, and when each was last used.";
    none: "Tidak ada perangkat yang cocok.", "No device fits this.";
    device: "Perangkat", "Device";
    pay_point: "Titik bayar", "Pay point";
    state: "Keadaan", "State";
    all: "Semua", "All";
    active: "aktif", "active";
    invited: "belum memasang kunci", "no key yet";
    revoked: "dicabut", "revoked";
    show: "Tampilkan", "Show";
    next: "Berikutnya", "Next";
    first: "Dari awal", "From the start";
    last: "Terakhir dipakai", "Last used";
    packs: "Paket luring", "Packs without a network";
    no_packs: "Tidak ada paket luring yang berlaku.", "No pack without a network is live.";
    pack_families: "keluarga", "families";
    pack_until: "terkunci di loket lain sampai", "locked at other counters until";
    pack_copied: "Ada tanda salinan paket perangkat ini:", "There are signs of a copied pack of this device:";
    pack_hand_overs: "penyerahan", "hand-overs";
    never: "belum pernah", "never";
    waits: "Kode berlaku sampai", "Code good until";
    no_code: "tidak ada kode yang berlaku", "no code is good";
    revoked_at: "Dicabut pada", "Revoked on";

    register: "Daftarkan perangkat", "Register a device";
    register_lead: "Perangkat membuat kuncinya sendiri dan memasangnya dengan kode sekali pakai ini.",
        "The device makes its own key and hands it in with this one-time code.";
    code: "Kode perangkat", "Code of the device";
    code_hint: "1 sampai 32 huruf, angka, tanda hubung, misalnya TABLET-9.", "1 to 32 letters, digits, hyphens, for example TABLET-9.";
    pay_point_hint: "Kode titik bayar di wilayah Anda.", "Code of a pay point of your region.";
    register_button: "Daftarkan", "Register";

    secret: "Hanya ditampilkan sekali", "Shown this once";
    code_is: "Kode sekali pakai untuk perangkat", "One-time code for the device";
    until: "berlaku sampai", "good until";
    read_out: "Ketik di perangkat itu, atau bacakan kepada pemegangnya. Kode ini tidak disimpan dan tidak dapat ditampilkan lagi.",
        "Type it in at the device, or read it out to who holds it. It is kept nowhere and cannot be shown again.";
    made: "Didaftarkan:", "Registered:";
    was_revoked: "Dicabut. Permintaan berikutnya dari perangkat ini ditolak.", "Revoked. Its next request is turned away.";

    back: "Semua perangkat", "All devices";
    new_code: "Kode sekali pakai baru", "A new one-time code";
    new_code_lead: "Kode sebelumnya tidak berlaku lagi.", "The code before is dead.";
    make_code: "Buat kode", "Make a code";
    has_key: "Perangkat ini sudah punya kunci, dan kunci tidak pernah diganti: yang ditandatangani harus selalu dapat diperiksa.",
        "This device has its key, and a key is never replaced: what it signed must verify for ever.";
    revoke: "Cabut", "Revoke";
    revoke_lead: "Hilang, dicuri, atau rusak. Berlaku saat itu juga dan tidak dapat dibatalkan.", "Lost, stolen or broken. At once, and for good.";
    reason: "Alasan", "Reason";
    reason_hint: "Jangan sebut nama keluarga atau NIK.", "Name no family and no NIK.";

    e_code: "Kode ini sudah ada, juga bila dicabut, atau tidak boleh dipakai. Pilih kode lain.",
        "This code is taken, even if revoked, or cannot be one. Take another.";
    e_pay_point: "Tidak ada titik bayar ini di wilayah Anda.", "There is no such pay point in your region.";
    e_reason: "Tulis alasannya dalam satu baris, tanpa nama keluarga atau NIK.", "Say why, on one line; name no family and no NIK.";
    e_revoked: "Sudah dicabut; daftarkan yang baru.", "It was revoked; register another one.";
}

/// What a refusal means, by its code.
pub fn refusal(w: &'static Words, code: &str) -> Option<&'static str> {
    Some(match code {
        "code" => w.e_code,
        "pay_point" => w.e_pay_point,
        "reason" => w.e_reason,
        "revoked" => w.e_revoked,
        "enrolled" => w.has_key,
        _ => return None,
    })
}
