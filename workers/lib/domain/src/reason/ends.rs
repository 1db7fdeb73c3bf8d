//! The table goes on: why what was accepted, or came too late to be, ended without a hand-over.

use super::{Code, Entry, Outcome};

/// In the order of [`Code`], after the last of the other table.
pub(super) const ENDS: &[Entry] = &[
    Entry {
        code: Code::Trn03,
        text: "TRN03",
        outcome: Outcome::Reject,
        column: "tranche",
        id: ("masa penyaluran tahap sudah berakhir", "kirim keluarga ini di tahap berikutnya"),
        en: ("the time of the tranche is over", "send the family in the next tranche"),
    },
    Entry {
        code: Code::Ret01,
        text: "RET01",
        outcome: Outcome::Reject,
        column: "row",
        id: (
            "dikembalikan ke kas negara: keluarga tidak hadir sampai masa penyaluran berakhir",
            "kirim lagi di tahap berikutnya bila masih berhak",
        ),
        en: (
            "returned to the treasury: nobody came while the window was open",
            "send the family in the next tranche if it is still entitled",
        ),
    },
    Entry {
        code: Code::Ret02,
        text: "RET02",
        outcome: Outcome::Reject,
        column: "row",
        id: ("dikembalikan ke kas negara: penerima meninggal", "perbarui data penerima"),
        en: ("returned to the treasury: the recipient has died", "update the list of recipients"),
    },
    Entry {
        code: Code::Ret03,
        text: "RET03",
        outcome: Outcome::Reject,
        column: "village",
        id: ("dikembalikan ke kas negara: penerima pindah", "perbarui alamat penerima"),
        en: ("returned to the treasury: the recipient has moved", "update the recipient's address"),
    },
    Entry {
        code: Code::Ret04,
        text: "RET04",
        outcome: Outcome::Reject,
        column: "name",
        id: ("dikembalikan ke kas negara: penerima tidak dikenal di alamatnya", "periksa nama dan alamat penerima"),
        en: ("returned to the treasury: nobody at the address knows the recipient", "check the recipient's name and address"),
    },
    Entry {
        code: Code::Ret05,
        text: "RET05",
        outcome: Outcome::Reject,
        column: "row",
        id: ("dikembalikan ke kas negara: keluarga menolak bantuan", "tidak wajib; catat penolakannya"),
        en: ("returned to the treasury: the family declined", "none required; record that it declined"),
    },
    Entry {
        code: Code::Ret06,
        text: "RET06",
        outcome: Outcome::Reject,
        column: "row",
        id: ("dikembalikan ke kas negara: keluarga tidak berhak", "perbarui daftar penerima"),
        en: ("returned to the treasury: the family is not entitled", "update the list of recipients"),
    },
    Entry {
        code: Code::Ret07,
        text: "RET07",
        outcome: Outcome::Reject,
        column: "nik",
        id: ("dikembalikan ke kas negara: penerima ganda", "hapus baris ganda dari daftar"),
        en: ("returned to the treasury: the recipient was paid under another name", "remove the duplicate from the list"),
    },
    Entry {
        code: Code::Ret08,
        text: "RET08",
        outcome: Outcome::Reject,
        column: "row",
        id: (
            "dikembalikan ke kas negara: masa berakhir sebelum dana sampai ke rekening",
            "tanyakan sebabnya kepada pengelola penyaluran, lalu kirim lagi di tahap berikutnya",
        ),
        en: (
            "returned to the treasury: the window closed before the payment was funded",
            "ask those who run the system why, then send the family in the next tranche",
        ),
    },
    Entry {
        code: Code::Rev01,
        text: "REV01",
        outcome: Outcome::Warn,
        column: "row",
        id: ("penyerahan uang dibatalkan, uang kembali di laci: pembayaran terbuka lagi", "tidak ada; keluarga masih dapat datang"),
        en: ("the hand-over was undone, the cash is back in the drawer: the payment is open again", "nothing; the family may still come"),
    },
    Entry {
        code: Code::Rev02,
        text: "REV02",
        outcome: Outcome::Warn,
        column: "row",
        id: ("penyerahan uang tidak terbukti: pembayaran terbuka lagi dengan cek baru", "tidak ada; keluarga menerima cek baru"),
        en: ("the hand-over was not proven: the payment is open again, with a new cheque", "nothing; the family gets a new cheque"),
    },
];
