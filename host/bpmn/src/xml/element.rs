//! One XML element.

use roxmltree::Node;

use super::{BPMN, ZEEBE};
use crate::graph::Location;

/// An XML element of the file.
#[derive(Clone, Copy)]
pub(crate) struct Element<'a> {
    node: Node<'a, 'a>,
    places: &'a [Location],
}

impl<'a> Element<'a> {
    pub(super) fn new(node: Node<'a, 'a>, places: &'a [Location]) -> Self {
        Self { node, places }
    }

    /// The name without its prefix.
    pub(crate) fn name(self) -> &'a str {
        self.node.tag_name().name()
    }

    pub(crate) fn is_bpmn(self) -> bool {
        self.node.tag_name().namespace() == Some(BPMN)
    }

    /// The namespace of its name.
    pub(crate) fn namespace(self) -> Option<&'a str> {
        self.node.tag_name().namespace()
    }

    /// What a prefix stands for here.
    pub(crate) fn namespace_of(self, prefix: &str) -> Option<&'a str> {
        self.node.lookup_namespace_uri(Some(prefix))
    }

    /// The child elements of its own namespace.
    pub(crate) fn own_children(self) -> impl Iterator<Item = Self> {
        self.elements()
            .filter(move |child| child.namespace() == self.namespace())
    }

    /// The first child element of its own namespace with this name.
    pub(crate) fn own_child(self, name: &str) -> Option<Self> {
        self.own_children().find(|child| child.name() == name)
    }

    /// The element itself and every element of its own namespace below it.
    pub(crate) fn own_descendants(self) -> impl Iterator<Item = Self> {
        let places = self.places;
        self.node
            .descendants()
            .filter(Node::is_element)
            .map(move |node| Self { node, places })
            .filter(move |element| element.namespace() == self.namespace())
    }

    /// Its `id`, or that of the nearest element around it that has one.
    pub(crate) fn nearest_id(self) -> Option<&'a str> {
        let around = self.node.ancestors().filter(Node::is_element);
        around.filter_map(|node| node.attribute("id")).next()
    }

    fn is_zeebe(self) -> bool {
        self.node.tag_name().namespace() == Some(ZEEBE)
    }

    pub(crate) fn location(self) -> Location {
        self.places
            .get(self.node.id().get_usize())
            .copied()
            .unwrap_or_default()
    }

    /// An attribute without a prefix.
    pub(crate) fn attribute(self, name: &str) -> Option<&'a str> {
        self.node.attribute(name)
    }

    /// An `xsd:boolean` attribute without a prefix.
    ///
    /// # Errors
    /// What is wrong with it and how to mend it.
    pub(crate) fn flag(self, name: &str, absent: bool) -> Result<bool, String> {
        match self.attribute(name).map(str::trim) {
            None => Ok(absent),
            Some("true" | "1") => Ok(true),
            Some("false" | "0") => Ok(false),
            Some(other) => Err(format!(
                "{name}=\"{other}\" is not a boolean; write true or false"
            )),
        }
    }

    /// The `id` that an attribute refers to. A prefix bound to the target namespace is dropped
    /// (references to root elements are QNames).
    pub(crate) fn reference(self, name: &str) -> Option<&'a str> {
        Some(self.local_id(self.attribute(name)?))
    }

    /// The `id` that a QName written in this element refers to.
    pub(crate) fn local_id(self, text: &str) -> &str {
        let text = text.trim();
        let Some((prefix, local)) = text.split_once(':') else {
            return text;
        };
        let root = self.node.ancestors().filter(Node::is_element).last();
        let target = root.and_then(|root| root.attribute("targetNamespace"));
        let bound = self.node.lookup_namespace_uri(Some(prefix));
        if bound.is_some() && bound == target {
            local
        } else {
            text
        }
    }

    /// The text directly inside, without surrounding white space.
    pub(crate) fn text(self) -> String {
        let parts = self
            .node
            .children()
            .filter(Node::is_text)
            .filter_map(|node| node.text());
        parts.collect::<String>().trim().to_owned()
    }

    /// The child elements of the BPMN namespace.
    pub(crate) fn children(self) -> impl Iterator<Item = Self> {
        self.elements().filter(|child| child.is_bpmn())
    }

    /// The first child element of the BPMN namespace with this name.
    pub(crate) fn child(self, name: &str) -> Option<Self> {
        self.children().find(|child| child.name() == name)
    }

    /// The `zeebe:` elements in its `extensionElements`.
    pub(crate) fn extensions(self) -> impl Iterator<Item = Self> {
        self.children()
            .filter(|child| child.name() == "extensionElements")
            .flat_map(Self::parts)
    }

    /// The first `zeebe:` element in its `extensionElements` with this name.
    pub(crate) fn extension(self, name: &str) -> Option<Self> {
        self.extensions().find(|extension| extension.name() == name)
    }

    /// The `zeebe:` elements directly inside.
    pub(crate) fn parts(self) -> impl Iterator<Item = Self> {
        self.elements().filter(|child| child.is_zeebe())
    }

    /// The element itself and every BPMN element below it, except below those that may
    /// hold anything (`extensionElements`, documentation, scripts).
    pub(crate) fn model(self) -> impl Iterator<Item = Self> {
        const OPEN: [&str; 4] = ["documentation", "extensionElements", "script", "text"];
        let places = self.places;
        let mut skip_until = 0;
        self.node
            .descendants()
            .filter(Node::is_element)
            .map(move |node| Self { node, places })
            .filter(move |element| {
                let range = element.node.range();
                if range.start < skip_until {
                    return false;
                }
                if element.is_bpmn() && OPEN.contains(&element.name()) {
                    skip_until = range.end;
                }
                element.is_bpmn()
            })
    }

    /// The flow element or root element that this element is or is a part of.
    pub(crate) fn owner(self) -> Self {
        const HOLDERS: [&str; 5] = [
            "definitions",
            "process",
            "subProcess",
            "adHocSubProcess",
            "transaction",
        ];
        let mut owner = self;
        while let Some(parent) = owner.node.parent_element() {
            let parent = Self {
                node: parent,
                places: self.places,
            };
            if parent.is_bpmn() && HOLDERS.contains(&parent.name()) && owner.is_bpmn() {
                let name = owner.name();
                let is_part = name == "extensionElements" || name.ends_with("LoopCharacteristics");
                return if is_part { parent } else { owner };
            }
            owner = parent;
        }
        owner
    }

    fn elements(self) -> impl Iterator<Item = Self> {
        let places = self.places;
        self.node
            .children()
            .filter(Node::is_element)
            .map(move |node| Self { node, places })
    }
}

impl PartialEq for Element<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.node.id() == other.node.id()
    }
}
