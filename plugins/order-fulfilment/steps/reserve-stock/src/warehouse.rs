//! What lies where. It stands in for the warehouse's own service, so that the example needs none.

const NORTH: &[(&str, u64)] = &[
    ("chair-oak", 40),
    ("desk-ash", 6),
    ("lamp-brass", 15),
    ("shelf-pine", 2),
];

/// A place with articles in it.
pub struct Warehouse {
    shelves: &'static [(&'static str, u64)],
}

impl Warehouse {
    /// The warehouse called `name`, if there is one.
    pub fn named(name: &str) -> Option<Self> {
        (name == "north").then_some(Self { shelves: NORTH })
    }

    /// How many of an article are there; none of an unknown one.
    pub fn on_hand(&self, sku: &str) -> u64 {
        self.shelves
            .iter()
            .find(|(article, _)| *article == sku)
            .map_or(0, |(_, count)| *count)
    }
}
