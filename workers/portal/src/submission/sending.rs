//! The second reading: blocks of rows, published and confirmed.

use futures::{StreamExt, TryStreamExt, stream};
use salur_domain::{Disposed, Disposition};
use salur_runtime::{client::Client, stage::Failure};
use salur_schemas::{BatchDeclared, RecipientSubmitted, messages};
use tokio::sync::mpsc;

use super::{BLOCK_ROWS, LANES, batch::Batch, reading, reading::Document, reading::Summary};

const PRODUCER: &str = "submit";

messages! {
    /// What submit says first.
    pub enum Declared { BatchDeclared }
}
messages! {
    /// What submit says then.
    pub enum Submitted { RecipientSubmitted }
}

/// Why not all of it was sent. Submitting the same file again sends the rest: rows that arrived are recognised.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The broker does not take it.
    #[error("the list was not sent completely; submit it again when the broker is back")]
    Publish(#[source] Failure),
    /// The file cannot be read any more.
    #[error(transparent)]
    Read(#[from] reading::Error),
    /// The file is not the one that was counted.
    #[error("the file changed while it was read: {counted} rows were declared, {found} found; submit the whole file under another --batch")]
    Changed {
        /// Rows of the first reading.
        counted: u64,
        /// Rows of the second.
        found: u64,
    },
}

impl Disposed for Error {
    fn disposition(&self) -> Disposition {
        match self {
            Self::Publish(failure) => failure.disposition,
            Self::Read(_) | Self::Changed { .. } => Disposition::Permanent,
        }
    }
}

/// Declares the batch, sends its rows; the number of messages. `sent` hears how many rows were confirmed each time.
pub async fn send(client: &Client, document: &Document, batch: &Batch, summary: &Summary, sent: impl Fn(usize)) -> Result<usize, Error> {
    let id = batch.id().to_string();
    let declared = [Declared::from(batch.declared(summary))];
    let first = client.publish_facts(PRODUCER, &format!("{id}/declared"), &declared).await.map_err(Error::Publish)?.messages;
    let (blocks, reader) = read_blocks(document, batch.clone())?;
    let publish = |(part, facts): (usize, Vec<Submitted>)| {
        let (id, sent) = (&id, &sent);
        async move {
            let published = client.publish_facts(PRODUCER, &format!("{id}/{part}"), &facts).await.map_err(Error::Publish)?;
            sent(facts.len());
            Ok::<_, Error>(published.messages)
        }
    };
    let in_order = stream::unfold(blocks, |mut blocks| async move { Some((blocks.recv().await?, blocks)) });
    let messages: Vec<usize> = in_order.enumerate().map(publish).buffer_unordered(LANES).try_collect().await?;
    let found = reader.await.unwrap_or_default();
    if found != summary.rows {
        return Err(Error::Changed { counted: summary.rows, found });
    }
    Ok(first + messages.iter().sum::<usize>())
}

type Blocks = mpsc::Receiver<Vec<Submitted>>;

/// Reads on a thread of its own, at most [`LANES`] blocks ahead; ends with the number of rows read.
fn read_blocks(document: &Document, batch: Batch) -> Result<(Blocks, tokio::task::JoinHandle<u64>), Error> {
    let rows = document.rows()?;
    let (to, blocks) = mpsc::channel(LANES);
    let reader = tokio::task::spawn_blocking(move || {
        let Ok(rows) = rows else { return 0 };
        let mut facts = rows.flatten().map(|(_, row)| Submitted::from(batch.row(row)));
        let mut count = 0;
        loop {
            let block: Vec<Submitted> = facts.by_ref().take(BLOCK_ROWS).collect();
            count += block.len() as u64;
            if block.is_empty() || to.blocking_send(block).is_err() {
                return count;
            }
        }
    });
    Ok((blocks, reader))
}
