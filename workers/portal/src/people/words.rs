//! What the pages of people say.

use crate::words::words;

words! {
    title: "Orang dan sistem", "People and systems";
    lead: "Siapa yang boleh masuk, dengan peran apa, untuk wilayah mana.", "Who may come in, in which role, for which region.";
    none: "Tidak ada yang cocok.", "Nobody fits this.";
    role: "Peran", "Role";
    region: "Wilayah", "Region";
    region_hint: "Kosong: seluruh negeri. Dua angka: provinsi. Empat angka: kabupaten/kota.",
        "Empty: the country. Two digits: a province. Four digits: a regency.";
    country: "Seluruh negeri", "The whole country";
    state: "Keadaan", "State";
    all: "Semua", "All";
    active: "aktif", "active";
    invited: "belum memasang sandi atau kunci", "no password or key yet";
    revoked: "dicabut", "revoked";
    show: "Tampilkan", "Show";
    next: "Berikutnya", "Next";
    first: "Dari awal", "From the start";
    name: "Nama", "Name";
    kind: "Jenis", "Kind";
    person: "orang", "person";
    system: "sistem", "system";
    source: "Sumber", "Source";
    source_hint: "Hanya untuk dinas sosial dan sistem pengirim.", "For social offices and upstream systems only.";
    teller: "Kode juru bayar", "Code of the teller";
    pay_point: "Titik bayar", "Pay point";
    teller_hint: "Kode juru bayar dan titik bayar hanya untuk peran juru bayar.", "Teller and pay point are for the role of a teller only.";
    last: "Terakhir masuk", "Last signed in";
    never: "belum pernah", "never";
    made_by: "Dibuat oleh", "Made by";

    add: "Tambah", "Add somebody";
    add_lead: "Orang menerima kode sekali pakai untuk memasang sandi atau kunci sendiri; sistem menerima token di halamannya.",
        "A person gets a one-time code to set an own password or key; a system gets a token on its page.";
    name_hint: "2 sampai 48 huruf kecil, angka, titik, tanda hubung.", "2 to 48 lower-case letters, digits, dots, hyphens.";
    add_button: "Tambahkan", "Add";
    no_change: "Peran dan wilayah tidak diubah: cabut, lalu buat yang baru. Yang pernah dilakukan tetap atas nama lama.",
        "A role or region is never changed: revoke, and make another one. What was done stays under the old name.";

    secret: "Hanya ditampilkan sekali", "Shown this once";
    code_is: "Kode sekali pakai untuk", "One-time code for";
    token_is: "Token untuk", "Token for";
    until: "berlaku sampai", "good until";
    read_out: "Bacakan atau serahkan langsung kepada orangnya. Kode ini tidak disimpan dan tidak dapat ditampilkan lagi.",
        "Read it out or hand it over in person. It is kept nowhere and cannot be shown again.";
    made: "Dibuat:", "Made:";
    was_revoked: "Dicabut. Sesi dan tokennya berakhir.", "Revoked. Its sessions and tokens are over.";

    back: "Semua orang dan sistem", "All people and systems";
    signs_in: "Masuk dengan", "Signs in with";
    password: "sandi dan autentikator", "password and authenticator";
    key: "kunci sendiri", "an own key";
    account: "akun sistem lain", "an account of another system";
    waits_code: "kode sekali pakai menunggu dipakai", "a one-time code waits to be used";
    nothing: "belum ada", "nothing yet";
    new_code: "Kode sekali pakai baru", "A new one-time code";
    new_code_lead: "Untuk yang lupa sandi atau kehilangan kunci. Yang lama berlaku sampai kode dipakai.",
        "For who forgot the password or lost the key. The old one is good until the code is used.";
    make_code: "Buat kode", "Make a code";
    accounts: "Akun sistem lain", "Accounts of other systems";
    accounts_lead: "Orang ini boleh masuk dengan akun ini. Tanyakan langsung kepadanya apa subjeknya: halaman masuk menampilkannya.",
        "This person may sign in with these accounts. Ask the person for the subject: the page of signing in shows it.";
    issuer: "Penerbit", "Issuer";
    subject: "Subjek", "Subject";
    link: "Tautkan", "Link";
    unlink: "Lepaskan", "End the link";
    was_linked: "Ditautkan.", "Linked.";
    was_unlinked: "Tautan berakhir.", "The link is over.";
    e_linked: "Akun ini sudah milik seseorang. Lepaskan dahulu.", "This account is somebody's already. End that link first.";
    e_many: "Terlalu banyak akun. Lepaskan satu dahulu.", "Too many accounts. End one first.";
    e_subject: "Tulis penerbit dan subjek seperti yang ditampilkan halaman masuk.", "Name issuer and subject as the page of signing in shows them.";
    tokens: "Token yang berlaku", "Tokens that are good";
    no_tokens: "Tidak ada token yang berlaku.", "No token is good.";
    new_token: "Token baru", "A new token";
    purpose: "Untuk apa", "What for";
    days: "Berlaku berapa hari", "For how many days";
    make_token: "Buat token", "Make a token";
    revoke: "Cabut", "Revoke";
    revoke_lead: "Berlaku saat itu juga dan tidak dapat dibatalkan.", "At once, and for good.";
    reason: "Alasan", "Reason";
    reason_hint: "Jangan sebut nama keluarga atau NIK.", "Name no family and no NIK.";
    not_self: "Ini Anda sendiri: administrator lain yang dapat mencabut.", "This is you: another administrator can revoke.";

    roles: "Apa yang boleh dilakukan tiap peran", "What each role may do";
    r_administrator: "Menambah dan mencabut orang, sistem, dan perangkat. Tidak melihat uang dan keluarga.",
        "Makes and revokes people, systems and devices. Sees no money and no family.";
    r_treasurer: "Mengisi program, menyetujui yang diisi orang lain, memindahkan kas, mencocokkan bank.",
        "Enters programmes, approves what another entered, moves cash, reconciles the bank.";
    r_upstream: "Mengirim daftar dari sumbernya dan mendengar hasilnya.", "Sends lists of its source and hears what became of them.";
    r_office: "Mengirim daftar dengan tangan, mencari keluarga, menerima pengaduan di wilayahnya.",
        "Sends lists by hand, finds families and hears complaints of its region.";
    r_supervisor: "Memutuskan yang ditahan dan bukti yang dipertanyakan, menutup hari juru bayar.",
        "Decides what is held and proofs in question, closes tellers' days.";
    r_teller: "Melihat laci dan penyerahan sendiri, tidak yang lain.", "Sees the own drawer and hand-overs, and nothing of others.";
    r_auditor: "Melihat semuanya, tidak mengubah apa pun.", "Sees everything, changes nothing.";
    r_ops: "Menjalankan mesin: antrean, jeda, pesan mati.", "Runs the machines: queues, pauses, dead letters.";
    r_viewer: "Melihat angka papan secara persis, tanpa keluarga.", "Sees the board's exact figures, and no family.";

    e_name: "Nama ini sudah ada, juga bila dicabut, atau tidak boleh dipakai. Pilih nama lain.",
        "This name is taken, even if revoked, or cannot be one. Take another.";
    e_kind: "Sistem hanya berperan sistem pengirim. Kode untuk orang, token untuk sistem.",
        "A system is an upstream system only. Codes are for persons, tokens for systems.";
    e_role: "Pilih peran.", "Choose a role.";
    e_source: "Dinas sosial dan sistem pengirim menyebut sumbernya; peran lain tidak.", "Offices and upstream systems name a source; other roles none.";
    e_region: "Wilayah tidak terbaca, atau di luar wilayah Anda.", "The region cannot be read, or lies outside yours.";
    e_teller: "Juru bayar menyebut kode juru bayar di wilayahnya; peran lain tidak.", "A teller names the code of a teller of the region; other roles none.";
    e_pay_point: "Tidak ada titik bayar ini di wilayah itu.", "There is no such pay point in the region.";
    e_reason: "Tulis alasannya dalam satu baris, tanpa nama keluarga atau NIK.", "Say why, on one line; name no family and no NIK.";
    e_purpose: "Tulis untuk apa, dan 1 sampai 366 hari.", "Say what it is for, and 1 to 366 days.";
    e_revoked: "Sudah dicabut; buat yang baru.", "It was revoked; make another one.";
    e_self: "Tidak ada yang mencabut dirinya sendiri.", "Nobody revokes themselves.";
}

/// What a refusal means, by its code.
pub fn refusal(w: &'static Words, code: &str) -> Option<&'static str> {
    Some(match code {
        "name" => w.e_name,
        "kind" => w.e_kind,
        "role" => w.e_role,
        "source" => w.e_source,
        "region" => w.e_region,
        "teller" => w.e_teller,
        "pay_point" => w.e_pay_point,
        "reason" => w.e_reason,
        "purpose" => w.e_purpose,
        "subject" => w.e_subject,
        "linked" => w.e_linked,
        "many" => w.e_many,
        "revoked" => w.e_revoked,
        "self" => w.e_self,
        _ => return None,
    })
}
