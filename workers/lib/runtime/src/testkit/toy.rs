//! The smallest honest stage: stamps coins. Each coin gets a serial number, remembered in a row, so that a coin seen again is answered from
//! its row. A coin says what shall go wrong with it, so that tests can ask for every way a fact can go.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::{Mutex, MutexGuard},
    time::Duration,
};

use chrono::{DateTime, Utc};
use salur_domain::{Disposed, Disposition, StageName};
use salur_schemas::{Fact, FactType, Route, messages};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::stage::{Delay, Failure, Flight, Policy, Stage, UnitOfWork, Verdict, Verdicts};

/// What shall happen to a coin.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Fate {
    /// It is stamped.
    #[default]
    Stamp,
    /// It is taken and nothing follows.
    Keep,
    /// It is put off, every time.
    Wait,
    /// It is put off once, then stamped.
    WaitOnce,
    /// Its row moves twice before it is stamped.
    Move,
    /// Its row moves for ever.
    MoveOn,
    /// Its preparation fails for good.
    Bad,
    /// Its preparation panics.
    Panic,
    /// Any transaction with it fails for good.
    Poison,
    /// Any transaction with it panics.
    Bomb,
    /// Its preparation ends the process.
    Kill,
}

/// A coin was dropped in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Coin {
    /// Natural key.
    pub id: String,
    /// Who dropped it.
    pub source: String,
    /// What shall happen.
    #[serde(default)]
    pub fate: Fate,
}

/// A coin was stamped.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Stamped {
    /// The coin.
    pub id: String,
    /// Who dropped it.
    pub source: String,
    /// Serial number from the row.
    pub serial: u64,
    /// When, from the row.
    pub at: DateTime<Utc>,
}

/// What the one who dropped it hears.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Told {
    /// The coin.
    pub id: String,
    /// Who dropped it.
    pub source: String,
    /// When, from the row.
    pub at: DateTime<Utc>,
}

impl Fact for Coin {
    const TYPE: FactType = FactType { name: "coins.dropped", version: 1, route: Route::Upstream };
    fn key(&self) -> String {
        self.id.clone()
    }
    fn source(&self) -> Option<&str> {
        Some(&self.source)
    }
}

impl Fact for Stamped {
    const TYPE: FactType = FactType { name: "coins.stamped", version: 1, route: Route::Stage };
    fn key(&self) -> String {
        self.id.clone()
    }
    fn at(&self) -> Option<DateTime<Utc>> {
        Some(self.at)
    }
    fn source(&self) -> Option<&str> {
        Some(&self.source)
    }
}

impl Fact for Told {
    const TYPE: FactType = FactType { name: "coins.told", version: 1, route: Route::Outcomes };
    fn key(&self) -> String {
        self.id.clone()
    }
    fn at(&self) -> Option<DateTime<Utc>> {
        Some(self.at)
    }
    fn source(&self) -> Option<&str> {
        Some(&self.source)
    }
    fn routing_key(&self) -> String {
        format!("{}.stamped", self.source)
    }
}

messages! {
    /// What the toy hears.
    pub enum Heard { Coin }
}
messages! {
    /// What the toy says.
    pub enum Said { Stamped, Told }
}
messages! {
    /// What the second toy hears.
    pub enum HeardStamped { Stamped }
}
messages! {
    /// What the second toy says.
    pub enum SaidTold { Told }
}

/// A row of the book.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Row {
    /// Serial number: the count of rows when it was made.
    pub serial: u64,
    /// Transactions that made it; more than one is a fault.
    pub made: u32,
}

/// Where the toy's truth lives.
#[derive(Debug, Default)]
pub struct Book(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    rows: BTreeMap<String, Row>,
    moves: BTreeMap<String, u32>,
    commits: u64,
    refusals: VecDeque<Disposition>,
}

impl Book {
    /// All rows.
    pub fn rows(&self) -> BTreeMap<String, Row> {
        self.state().rows.clone()
    }

    /// Transactions that became durable.
    pub fn commits(&self) -> u64 {
        self.state().commits
    }

    /// The next transactions fail like this.
    pub fn refuse(&self, how: impl IntoIterator<Item = Disposition>) {
        self.state().refusals.extend(how);
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().expect("no holder panics")
    }
}

/// Writes not yet durable.
#[derive(Debug, Default)]
pub struct Draft {
    ids: Vec<String>,
    /// Rows there were when it was begun.
    base: usize,
    /// Whether rows made by others meanwhile do no harm.
    patient: bool,
}

/// What the toy finds wrong.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Asked for.
    #[error("coin {0} is bad")]
    Coin(String),
    /// Asked for.
    #[error("the book refuses")]
    Refused(Disposition),
}

impl Disposed for Error {
    fn disposition(&self) -> Disposition {
        match self {
            Self::Coin(_) => Disposition::Permanent,
            Self::Refused(how) => *how,
        }
    }
}

impl UnitOfWork for Book {
    type Tx = Draft;
    async fn begin(&self, _stage: StageName) -> Result<Draft, Failure> {
        let refusal = self.state().refusals.pop_front();
        match refusal {
            Some(how) => Err(Error::Refused(how).into()),
            None => Ok(Draft { base: self.state().rows.len(), ..Draft::default() }),
        }
    }
    /// Two drafts over the same rows: the second loses the race, as in a serialisable database.
    async fn commit(&self, tx: Draft) -> Result<(), Failure> {
        let mut state = self.state();
        if !tx.patient && !tx.ids.is_empty() && tx.base != state.rows.len() {
            return Err(Error::Refused(Disposition::Retry).into());
        }
        state.commits += 1;
        for id in tx.ids {
            let serial = state.rows.len() as u64 + 1;
            state.rows.entry(id).or_insert(Row { serial, made: 0 }).made += 1;
        }
        Ok(())
    }
}

/// The stage. `book` is the same as its unit of work.
#[derive(Debug)]
pub struct Toy {
    /// Its rows, to read in `load` and `commit`.
    pub book: std::sync::Arc<Book>,
    /// Sizes.
    pub policy: Policy,
}

impl Toy {
    /// A toy with a book.
    pub fn new(book: std::sync::Arc<Book>) -> Self {
        Self { book, policy: Policy { deadline: Duration::from_secs(5), ..Policy::default() } }
    }

    fn decide(&self, tx: &mut Draft, coin: &Coin) -> Verdict<Said> {
        match coin.fate {
            Fate::Keep => Verdict::Done,
            Fate::Wait => Verdict::Later(Delay::Seconds5, "asked to wait"),
            Fate::WaitOnce if self.moved(&coin.id) == 1 => Verdict::Later(Delay::Seconds5, "asked to wait once"),
            Fate::MoveOn => Verdict::Again,
            Fate::Move if self.moved(&coin.id) <= 2 => Verdict::Again,
            _ => Verdict::Emit(self.stamp(tx, coin)),
        }
    }

    fn moved(&self, id: &str) -> u32 {
        let mut state = self.book.state();
        let moves = state.moves.entry(id.to_owned()).or_default();
        *moves += 1;
        *moves
    }

    fn stamp(&self, tx: &mut Draft, coin: &Coin) -> Vec<Said> {
        let remembered = self.book.rows().get(&coin.id).map(|row| row.serial);
        let serial = remembered.unwrap_or_else(|| {
            let at = tx.ids.iter().position(|id| *id == coin.id).unwrap_or_else(|| {
                tx.ids.push(coin.id.clone());
                tx.ids.len() - 1
            });
            (tx.base + at) as u64 + 1
        });
        let at = DateTime::from_timestamp(i64::try_from(serial).expect("few coins"), 0).expect("seconds after 1970");
        let (id, source) = (coin.id.clone(), coin.source.clone());
        vec![Stamped { id: id.clone(), source: source.clone(), serial, at }.into(), Told { id, source, at }.into()]
    }
}

impl Stage for Toy {
    const NAME: StageName = "toy";
    type In = Heard;
    type Out = Said;
    type Context = ();
    type Ready = Coin;
    type Work = Book;

    fn policy(&self) -> Policy {
        self.policy
    }

    async fn load(&self, _facts: &[Heard]) -> Result<(), Failure> {
        Ok(())
    }

    async fn prepare(&self, fact: &Heard, _context: &()) -> Result<Coin, Failure> {
        let Heard::Coin(coin) = fact;
        match coin.fate {
            Fate::Bad => Err(Error::Coin(coin.id.clone()).into()),
            Fate::Panic => panic!("asked to panic"),
            Fate::Kill => std::process::abort(),
            _ => Ok(coin.clone()),
        }
    }

    async fn commit(&self, tx: &mut Draft, flight: &Flight<'_, Coin>) -> Result<Verdicts<Said>, Failure> {
        for coin in flight.facts() {
            match coin.fate {
                Fate::Poison => return Err(Error::Coin(coin.id.clone()).into()),
                Fate::Bomb => panic!("asked to panic"),
                _ => {}
            }
        }
        Ok(flight.judge(|coin| self.decide(tx, coin)))
    }
}

/// A second stage behind the first: tells what was stamped.
#[derive(Debug, Default)]
pub struct Teller;

impl Stage for Teller {
    const NAME: StageName = "toy-teller";
    type In = HeardStamped;
    type Out = SaidTold;
    type Context = ();
    type Ready = Stamped;
    type Work = Book;

    async fn load(&self, _facts: &[HeardStamped]) -> Result<(), Failure> {
        Ok(())
    }

    async fn prepare(&self, fact: &HeardStamped, _context: &()) -> Result<Stamped, Failure> {
        let HeardStamped::Stamped(stamped) = fact;
        Ok(stamped.clone())
    }

    async fn commit(&self, tx: &mut Draft, flight: &Flight<'_, Stamped>) -> Result<Verdicts<SaidTold>, Failure> {
        tx.patient = true;
        Ok(flight.judge(|stamped| {
            tx.ids.push(stamped.id.clone());
            Verdict::emit(Told { id: stamped.id.clone(), source: stamped.source.clone(), at: stamped.at })
        }))
    }
}
