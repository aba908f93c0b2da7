//! What differs from language to language: a module each.

mod assemblyscript;
mod c;
mod cpp;
mod go;
mod javascript;
mod moonbit;
mod python;
mod rust;
mod typescript;
mod zig;

pub use assemblyscript::camel_case;

use crate::error::ToolchainError;
use crate::language::Language;
use crate::tools::Tools;
use crate::work::Work;

/// Whether a language's own tool decides what is built again.
pub fn decides_itself(language: Language) -> bool {
    language == Language::Rust
}

/// The tools and embedded files a build depends on, as a text that differs whenever they do.
/// Installs the tools that are missing.
pub fn identity(
    language: Language,
    tools: &Tools,
    report: &dyn Fn(&str),
) -> Result<String, ToolchainError> {
    match language {
        Language::Rust => Ok(String::new()),
        Language::Go => go::identity(tools, report),
        Language::C => c::identity(tools, report),
        Language::Cpp => cpp::identity(tools, report),
        Language::Zig => zig::identity(tools, report),
        Language::AssemblyScript => assemblyscript::identity(tools, report),
        Language::MoonBit => moonbit::identity(tools, report),
        Language::Python => python::identity(tools, report),
        Language::TypeScript => typescript::identity(tools, report),
        Language::JavaScript => javascript::identity(tools, report),
    }
}

/// Builds a step and gives the component's bytes.
pub fn build(language: Language, work: &Work) -> Result<Vec<u8>, ToolchainError> {
    match language {
        Language::Rust => rust::build(work),
        Language::Go => go::build(work),
        Language::C => c::build(work),
        Language::Cpp => cpp::build(work),
        Language::Zig => zig::build(work),
        Language::AssemblyScript => assemblyscript::build(work),
        Language::MoonBit => moonbit::build(work),
        Language::Python => python::build(work),
        Language::TypeScript => typescript::build(work),
        Language::JavaScript => javascript::build(work),
    }
}
