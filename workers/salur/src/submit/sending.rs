//! The second reading: blocks of rows, published and confirmed.

use std::path::Path;

use futures::{StreamExt, TryStreamExt, stream};
use indicatif::{ProgressBar, ProgressStyle};
use salur_domain::{Disposed, Disposition};
use salur_formats::csv::Rows;
use salur_runtime::{broker::Broker, client::Client, config::Config, stage::Failure};
use salur_schemas::{BatchDeclared, RecipientSubmitted, messages};
use tokio::sync::mpsc;

use super::{BLOCK_ROWS, LANES, batch::Batch, reading, reading::Summary};

const PRODUCER: &str = "submit";
const TEMPLATE: &str = "{bar:30} {human_pos}/{human_len} rows {per_sec} {eta}";

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

/// Declares the batch, sends its rows; the number of messages.
pub async fn send(config: &Config, path: &Path, batch: &Batch, summary: &Summary) -> Result<usize, Error> {
    let broker = Broker::connect(config).await.map_err(Error::Publish)?;
    broker.declare(&salur_pipeline::specs()).await.map_err(Error::Publish)?;
    let client = Client::new(&broker);
    let id = batch.id().to_string();
    let declared = [Declared::from(batch.declared(summary))];
    let mut messages = client.publish_facts(PRODUCER, &format!("{id}/declared"), &declared).await.map_err(Error::Publish)?.messages;
    let progress = ProgressBar::new(summary.rows).with_style(ProgressStyle::with_template(TEMPLATE).expect("a template that is tested"));
    let (blocks, reader) = read_blocks(path, batch.clone())?;
    let publish = |(part, facts): (usize, Vec<Submitted>)| {
        let (id, client, progress) = (&id, &client, &progress);
        async move {
            let published = client.publish_facts(PRODUCER, &format!("{id}/{part}"), &facts).await.map_err(Error::Publish)?;
            progress.inc(facts.len() as u64);
            Ok::<_, Error>(published.messages)
        }
    };
    let in_order = stream::unfold(blocks, |mut blocks| async move { Some((blocks.recv().await?, blocks)) });
    let sent: Vec<usize> = in_order.enumerate().map(publish).buffer_unordered(LANES).try_collect().await?;
    messages += sent.iter().sum::<usize>();
    progress.finish_and_clear();
    broker.close().await;
    let found = reader.await.unwrap_or_default();
    if found == summary.rows { Ok(messages) } else { Err(Error::Changed { counted: summary.rows, found }) }
}

type Blocks = mpsc::Receiver<Vec<Submitted>>;

/// Reads on a thread of its own, at most [`LANES`] blocks ahead; ends with the number of rows read.
fn read_blocks(path: &Path, batch: Batch) -> Result<(Blocks, tokio::task::JoinHandle<u64>), Error> {
    let file = reading::open(path)?;
    let (to, blocks) = mpsc::channel(LANES);
    let reader = tokio::task::spawn_blocking(move || {
        let Ok(rows) = Rows::new(file) else { return 0 };
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

#[cfg(test)]
mod tests {
    #[test]
    fn the_template_of_the_progress_bar_is_one() {
        indicatif::ProgressStyle::with_template(super::TEMPLATE).expect("a template");
    }
}
