//! Statements as a bank writes them, the same day in either format.

use std::fmt::Write;

/// The account of these tests.
pub const ACCOUNT: &str = "0021-01-000123-30-5";

/// A booked line.
#[derive(Debug, Clone, Copy)]
pub struct Booked {
    /// `C`, `D`, `RC` or `RD`.
    pub mark: &'static str,
    pub amount: i64,
    /// The bank's own name for it.
    pub bank: &'static str,
    /// What the payer named it; empty: nothing.
    pub reference: &'static str,
    pub text: &'static str,
}

/// A statement of a day.
#[derive(Debug, Clone)]
pub struct Day {
    pub number: u32,
    /// Its day, in July 2020.
    pub of_july: u32,
    pub opening: i64,
    pub lines: Vec<Booked>,
}

impl Booked {
    /// Money in.
    pub fn credit(amount: i64, bank: &'static str, reference: &'static str) -> Self {
        Self { mark: "C", amount, bank, reference, text: "Dana bantuan" }
    }

    fn signed(&self) -> i64 {
        if ["C", "RD"].contains(&self.mark) { self.amount } else { -self.amount }
    }
}

impl Day {
    /// The statement of a number, on the 14th, from nothing.
    pub fn new(number: u32, lines: &[Booked]) -> Self {
        Self { number, of_july: 14, opening: 0, lines: lines.to_vec() }
    }

    pub fn closing(&self) -> i64 {
        self.lines.iter().map(Booked::signed).sum::<i64>() + self.opening
    }

    /// As MT940.
    pub fn mt940(&self) -> String {
        let Self { number, of_july: day, opening, .. } = self;
        let mut file = format!(":20:STMT{number}\r\n:25:{ACCOUNT}\r\n:28C:{number:05}/1\r\n:60F:C2007{day:02}IDR{opening},\r\n");
        for Booked { mark, amount, bank, reference, text } in &self.lines {
            let reference = if reference.is_empty() { "NONREF" } else { reference };
            write!(file, ":61:2007{day:02}07{day:02}{mark}{amount},00NTRF{reference}//{bank}\r\n:86:{text}\r\n").expect("memory takes it");
        }
        write!(file, ":62F:C2007{day:02}IDR{},\r\n-\r\n", self.closing()).expect("memory takes it");
        file
    }

    /// As camt.053.001.08.
    pub fn camt053(&self) -> String {
        let entries: String = self.lines.iter().map(|line| self.entry(line)).collect();
        let (opening, closing) = (self.balance("OPBD", self.opening), self.balance("CLBD", self.closing()));
        format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Document xmlns=\"urn:iso:std:iso:20022:tech:xsd:camt.053.001.08\"><BkToCstmrStmt>\
             <GrpHdr><MsgId>M-{0}</MsgId><CreDtTm>2020-07-15T01:00:00+07:00</CreDtTm></GrpHdr><Stmt><Id>S-{0}</Id><LglSeqNb>{0}</LglSeqNb>\
             <Acct><Id><Othr><Id>{ACCOUNT}</Id></Othr></Id><Ccy>IDR</Ccy></Acct>{opening}{closing}{entries}</Stmt></BkToCstmrStmt></Document>\n",
            self.number
        )
    }

    fn balance(&self, code: &str, amount: i64) -> String {
        format!(
            "<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp><Amt Ccy=\"IDR\">{amount}</Amt><CdtDbtInd>CRDT</CdtDbtInd>\
             <Dt><Dt>2020-07-{:02}</Dt></Dt></Bal>",
            self.of_july
        )
    }

    fn entry(&self, line: &Booked) -> String {
        let Booked { mark, amount, bank, reference, text } = line;
        let way = if line.signed() > 0 { "CRDT" } else { "DBIT" };
        let reversal = if mark.starts_with('R') { "<RvslInd>true</RvslInd>" } else { "" };
        let reference = if reference.is_empty() { "NOTPROVIDED" } else { reference };
        format!(
            "<Ntry><Amt Ccy=\"IDR\">{amount}.00</Amt><CdtDbtInd>{way}</CdtDbtInd>{reversal}<Sts><Cd>BOOK</Cd></Sts><BookgDt><Dt>2020-07-{0:02}</Dt>\
             </BookgDt><ValDt><Dt>2020-07-{0:02}</Dt></ValDt><AcctSvcrRef>{bank}</AcctSvcrRef><NtryDtls><TxDtls><Refs><EndToEndId>{reference}\
             </EndToEndId></Refs><RmtInf><Ustrd>{text}</Ustrd></RmtInf></TxDtls></NtryDtls></Ntry>",
            self.of_july
        )
    }
}
