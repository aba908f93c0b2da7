//! Transaction (10.3.5): a sub-process that can be cancelled.

use super::{Class, Kind, sub_process};
use crate::draft::{Draft, Place};
use crate::graph::{NodeKind, SubProcessFlavour};

pub(super) static KIND: Kind = Kind {
    name: "transaction",
    element_type: "TRANSACTION",
    class: Class::SubProcess,
    parts: &[],
    extensions: &["ioMapping"],
    read,
};

fn read<'a>(_: &mut Draft<'a, '_>, _: Place<'a>) -> Option<NodeKind> {
    Some(sub_process::of(SubProcessFlavour::Transaction))
}
