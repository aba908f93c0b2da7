//! How large a model may be.

/// Bounds on what one model may hold. A model beyond one of them is refused by a finding whose rule
/// is `limit-` and the name of the bound.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of the file.
    pub model_bytes: usize,
    /// XML elements in the file, those of the diagram included.
    pub elements: usize,
    /// How deep XML elements may nest; the root element has depth 1.
    pub depth: usize,
    /// Attributes of one XML element, namespace declarations included.
    pub attributes: usize,
    /// Namespace declarations in the file.
    pub namespaces: usize,
    /// Bytes of one attribute value or of one stretch of text.
    pub text_bytes: usize,
    /// Bytes of the `id` of a BPMN element.
    pub id_bytes: usize,
    /// Sequence flows in the executable processes of the file.
    pub flows: usize,
    /// Different FEEL expressions in the executable processes of the file.
    pub expressions: usize,
    /// Incoming sequence flows of the inclusive and complex gateways of the file that join tokens,
    /// each times the elements of its process.
    pub join_bits: usize,
    /// Errors that are reported of one file; and as many warnings.
    pub findings: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            model_bytes: 4 << 20,
            elements: 50_000,
            depth: 64,
            attributes: 64,
            namespaces: 256,
            text_bytes: 64 << 10,
            id_bytes: 256,
            flows: 10_000,
            expressions: 10_000,
            join_bits: 64 << 20,
            findings: 200,
        }
    }
}
