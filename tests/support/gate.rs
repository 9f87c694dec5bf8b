//! A barrier at an org: holds a request until the test lets it go.

use std::sync::{Mutex, mpsc};

use relay_scrub::simulator::OrgState;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

/// Tells when the request is there, and holds it until it is opened or dropped.
///
/// The org answers nothing else meanwhile, and a look at its relays waits too.
pub(crate) struct Gate {
    arrived: UnboundedReceiver<()>,
    open: mpsc::Sender<()>,
}

impl Gate {
    /// A gate, and the script of the fault that stands in it, which wants a runtime of several threads.
    pub(crate) fn new() -> (Self, impl Fn(&mut OrgState) + Send + Sync + 'static) {
        let (arrives, arrived) = unbounded_channel();
        let (open, opened) = mpsc::channel();
        let opened = Mutex::new(opened);
        let script = move |_: &mut OrgState| {
            let _ = arrives.send(());
            // An error is the gate's end: the request goes on.
            let _ = tokio::task::block_in_place(|| opened.lock().expect("one at a time").recv());
        };
        (Self { arrived, open }, script)
    }

    /// Waits until the request is held.
    pub(crate) async fn reached(&mut self) {
        self.arrived.recv().await.expect("a request at the gate");
    }

    /// Lets the request go.
    pub(crate) fn open(self) {
        let _ = self.open.send(());
    }
}
