//! The `#[step]` attribute of `anyam-sdk`.

mod declaration;
mod expansion;
mod signature;

use proc_macro::TokenStream;
use syn::{ItemFn, parse_macro_input};

/// Makes a function the step of its crate.
///
/// The function takes a `&Context` and the input and returns `Result<Output, StepError>`. The input
/// type derives `serde::Deserialize` and `schemars::JsonSchema`, the output type `serde::Serialize`
/// and `schemars::JsonSchema`; the output must be a struct or a map, for a step answers with a JSON
/// object. The function stays what it was, so tests call it directly.
///
/// On a wasm target the attribute exports the component's handler and its manifest:
///
/// * the name is the function's name in kebab-case, or `#[step(name = "...")]`;
/// * the version is the one in the crate's `Cargo.toml`;
/// * the description is the doc comment;
/// * the BPMN errors are `#[step(errors(CODE = "when it is thrown", "any text" = "..."))]`.
///
/// A crate has one step, because a component is one step:
///
/// ```compile_fail,E0428
/// # use anyam_sdk::{Context, StepError};
/// # #[derive(serde::Deserialize, serde::Serialize, schemars::JsonSchema)]
/// # struct Empty {}
/// #[anyam_sdk::step]
/// fn one(_ctx: &Context, input: Empty) -> Result<Empty, StepError> {
///     Ok(input)
/// }
///
/// #[anyam_sdk::step]
/// fn two(_ctx: &Context, input: Empty) -> Result<Empty, StepError> {
///     Ok(input)
/// }
/// ```
///
/// Types without the derives are refused where they stand in the signature:
///
/// ```compile_fail,E0277
/// # use anyam_sdk::{Context, StepError};
/// # #[derive(serde::Deserialize, serde::Serialize, schemars::JsonSchema)]
/// # struct Empty {}
/// struct NoSchema {}
///
/// #[anyam_sdk::step]
/// fn one(_ctx: &Context, input: NoSchema) -> Result<Empty, StepError> {
///     Ok(Empty {})
/// }
/// ```
#[proc_macro_attribute]
pub fn step(arguments: TokenStream, item: TokenStream) -> TokenStream {
    let arguments = parse_macro_input!(arguments as declaration::Arguments);
    let function = parse_macro_input!(item as ItemFn);
    expansion::expand(&arguments, &function).into()
}
