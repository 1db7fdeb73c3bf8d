//! Names of nobody: given names and words of the archipelago, put together by chance.

/// Given names of women.
pub const WOMEN: &[&str] = &[
    "Aminah", "Anggrek", "Asih", "Ayu", "Bunga", "Cempaka", "Dahlia", "Dewi", "Endang", "Fatimah", "Gita", "Halimah", "Indah", "Intan",
    "Juwita", "Kartini", "Kencana", "Laras", "Lestari", "Mawar", "Melati", "Mutiara", "Nirmala", "Nur", "Permata", "Puspa", "Rahayu",
    "Ratna", "Rohani", "Rosmini", "Sari", "Sekar", "Seruni", "Siti", "Sri", "Sulastri", "Tirta", "Wati", "Wulan", "Zubaidah",
];

/// Given names of men.
pub const MEN: &[&str] = &[
    "Adi", "Agus", "Ahmad", "Bagas", "Bambang", "Bayu", "Budi", "Cahyo", "Darma", "Dedi", "Eko", "Fajar", "Guntur", "Hadi", "Harun",
    "Idris", "Jaya", "Joko", "Karta", "Kurnia", "Lukman", "Mahmud", "Nanang", "Omar", "Panji", "Rahmat", "Rizal", "Saiful", "Samsul",
    "Slamet", "Surya", "Sutrisno", "Taufik", "Umar", "Wahyu", "Wawan", "Yanto", "Yusuf", "Zainal", "Zulkifli",
];

/// Second names.
pub const SECOND: &[&str] = &[
    "Abadi",
    "Anggara",
    "Baskara",
    "Cakrawala",
    "Cendana",
    "Damai",
    "Embun",
    "Fitrah",
    "Gemilang",
    "Gunawan",
    "Hakim",
    "Hidayat",
    "Irawan",
    "Jatmiko",
    "Kelana",
    "Kusuma",
    "Laksana",
    "Lazuardi",
    "Mahardika",
    "Mandala",
    "Nugraha",
    "Nusantara",
    "Pamungkas",
    "Pelangi",
    "Pradana",
    "Prakasa",
    "Purnama",
    "Rinjani",
    "Samudra",
    "Santosa",
    "Saputra",
    "Segara",
    "Sejati",
    "Setiawan",
    "Sukma",
    "Suryana",
    "Utama",
    "Wibawa",
    "Wijaya",
    "Yudha",
];

/// Streets that every town has.
pub const STREETS: &[&str] = &[
    "Anggrek",
    "Cempaka",
    "Dahlia",
    "Flamboyan",
    "Gereja",
    "Kemuning",
    "Kenanga",
    "Lapangan",
    "Masjid",
    "Mawar",
    "Melati",
    "Merdeka",
    "Nelayan",
    "Pahlawan",
    "Pantai",
    "Pasar",
    "Pelabuhan",
    "Sawah",
    "Sekolah",
    "Teratai",
];
