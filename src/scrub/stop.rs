//! How a run is asked to end before its time.

use tokio_util::sync::CancellationToken;

/// The two ways to end a run early. Whoever asks for the second has asked for the first.
#[derive(Clone, Debug, Default)]
pub struct Stop {
    /// In order: no org is begun, logins and reads end at once, and a write under way ends and is read back.
    pub in_order: CancellationToken,
    /// At once: nothing is waited for, and the report says of what is not known.
    pub at_once: CancellationToken,
}
