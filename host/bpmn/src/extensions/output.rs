//! `outputCollection` and `outputElement`: what repeated work collects.

use super::variable_path;
use crate::draft::Draft;
use crate::graph::ExprIx;
use crate::xml::Element;

/// Both or none of them.
#[derive(Default)]
pub(crate) struct Output {
    pub(crate) collection: Option<Box<str>>,
    pub(crate) element: Option<ExprIx>,
}

/// Reads both attributes.
pub(crate) fn read<'a>(draft: &mut Draft<'a, '_>, settings: Element<'a>) -> Option<Output> {
    let rule = "output-collection-invalid";
    let collection = variable_path::variable(draft, settings, "outputCollection", rule)?;
    let element = super::expression(draft, settings, "outputElement")?;
    if collection.is_some() != element.is_some() {
        let message = "outputCollection and outputElement belong together; give both or none";
        draft.error("output-collection-incomplete", settings, message.to_owned());
        return None;
    }
    Some(Output {
        collection,
        element,
    })
}
