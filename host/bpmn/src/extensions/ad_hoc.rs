//! `zeebe:adHoc`: settings of an ad-hoc sub-process.

use super::output::{self, Output};
use crate::draft::Draft;
use crate::graph::ExprIx;
use crate::xml::Element;

/// What it holds.
#[derive(Default)]
pub(crate) struct Settings {
    pub(crate) active_elements: Option<ExprIx>,
    pub(crate) output: Output,
}

/// Reads it, where there is one.
pub(crate) fn read<'a>(draft: &mut Draft<'a, '_>, element: Element<'a>) -> Option<Settings> {
    let Some(ad_hoc) = element.extension("adHoc") else {
        return Some(Settings::default());
    };
    Some(Settings {
        active_elements: super::expression(draft, ad_hoc, "activeElementsCollection")?,
        output: output::read(draft, ad_hoc)?,
    })
}
