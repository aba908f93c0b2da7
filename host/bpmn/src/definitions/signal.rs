//! Signals (8.4.12) as events refer to them.

use crate::draft::Draft;
use crate::graph::{SignalDefinition, SignalIx};
use crate::xml::Element;

impl<'a> Draft<'a, '_> {
    /// The signal that `referrer` names.
    pub(crate) fn signal(&mut self, referrer: Element<'a>) -> Option<SignalIx> {
        let Some(id) = referrer.reference("signalRef") else {
            let message = format!("'{}' has no signalRef; choose a signal", referrer.name());
            self.error("signal-missing", referrer, message);
            return None;
        };
        let Some(signal) = self.definitions.signals.get(id).copied() else {
            let text = format!("there is no signal '{id}'; add it or choose another signalRef");
            self.error("signal-ref-missing", referrer, text);
            return None;
        };
        if let Some(known) = self.signals_by_id.get(id) {
            return *known;
        }
        let name = match signal.attribute("name") {
            Some(name) if !name.trim().is_empty() => self.value(signal, name),
            _ => {
                let text = format!("the signal '{id}' has no name; give it one");
                self.error("signal-name-missing", signal, text);
                None
            }
        };
        let ix = name.map(|name| {
            self.add_signal(SignalDefinition {
                id: id.into(),
                name,
            })
        });
        self.signals_by_id.insert(id, ix);
        ix
    }
}
