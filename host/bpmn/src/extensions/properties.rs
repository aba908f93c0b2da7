//! `zeebe:properties`.

use crate::xml::Element;

/// The properties with a name, in document order.
pub(crate) fn read(element: Element<'_>) -> Vec<(Box<str>, Box<str>)> {
    let Some(list) = element.extension("properties") else {
        return Vec::new();
    };
    let properties = list.parts().filter(|part| part.name() == "property");
    properties
        .filter_map(|property| {
            let name = property.attribute("name").filter(|name| !name.is_empty())?;
            Some((
                name.into(),
                property.attribute("value").unwrap_or_default().into(),
            ))
        })
        .collect()
}
