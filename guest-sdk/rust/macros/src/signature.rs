//! Whether a function has the shape of a step.

use syn::spanned::Spanned;
use syn::{Error, FnArg, ItemFn, Result, ReturnType, Safety, Type};

/// The types in the signature of a step.
pub struct Signature<'a> {
    /// Type of the input.
    pub input: &'a Type,
    /// Everything after the `->`.
    pub output: &'a Type,
}

/// Checks the signature of `function`. All that is wrong is reported, each at its place.
pub fn check(function: &ItemFn) -> Result<Signature<'_>> {
    const SHAPE: &str =
        "a step is `fn name(ctx: &Context, input: Input) -> Result<Output, StepError>`";
    let signature = &function.sig;
    let mut problems: Vec<Error> = Vec::new();
    let mut complain =
        |span, what: &str| problems.push(Error::new(span, format!("{what}; {SHAPE}")));

    if let Some(token) = &signature.asyncness {
        complain(
            token.span(),
            "a step is not `async`: the host calls it and waits",
        );
    }
    if let Safety::Unsafe(token) = &signature.safety {
        complain(token.span(), "a step is not `unsafe`");
    }
    if let Some(token) = &signature.abi {
        complain(
            token.span(),
            "a step has no `extern`: the attribute makes the export",
        );
    }
    if !signature.generics.params.is_empty() {
        complain(
            signature.generics.span(),
            "a step has no generic parameters: name its types",
        );
    }
    if let Some(where_clause) = &signature.generics.where_clause {
        complain(where_clause.span(), "a step has no `where` clause");
    }

    let types: Vec<Option<&Type>> = signature
        .inputs
        .iter()
        .map(|argument| match argument {
            FnArg::Typed(argument) => Some(&*argument.ty),
            FnArg::Receiver(_) => None,
        })
        .collect();
    let input = match types[..] {
        [Some(context), Some(input)] => {
            if !matches!(context, Type::Reference(reference) if reference.mutability.is_none()) {
                complain(context.span(), "the first parameter must be `&Context`");
            }
            if matches!(input, Type::Reference(_)) {
                complain(
                    input.span(),
                    "the input is handed over, not lent: drop the `&`",
                );
            }
            Some(input)
        }
        _ if types.iter().any(Option::is_none) => {
            complain(
                signature.inputs.span(),
                "a step is a free function, without `self`",
            );
            None
        }
        _ => {
            complain(
                signature.paren_token.span.join(),
                "a step has exactly two parameters",
            );
            None
        }
    };
    let output = match &signature.output {
        ReturnType::Type(_, output) => Some(&**output),
        ReturnType::Default => {
            complain(signature.ident.span(), "a step returns a `Result`");
            None
        }
    };

    let combined = problems.into_iter().reduce(|mut all, next| {
        all.combine(next);
        all
    });
    match (combined, input, output) {
        (None, Some(input), Some(output)) => Ok(Signature { input, output }),
        (Some(problems), ..) => Err(problems),
        (None, ..) => Err(Error::new(signature.ident.span(), SHAPE)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use syn::parse_quote;

    fn problems(function: ItemFn) -> Vec<String> {
        match check(&function) {
            Ok(_) => Vec::new(),
            Err(error) => error
                .into_iter()
                .map(|one| {
                    one.to_string()
                        .split(';')
                        .next()
                        .unwrap_or_default()
                        .to_owned()
                })
                .collect(),
        }
    }

    #[test]
    fn the_shape_of_a_step_passes() {
        assert!(
            problems(parse_quote!(
                fn a(c: &Context, i: I) -> Result<O, StepError> {
                    x
                }
            ))
            .is_empty()
        );
        assert!(
            problems(parse_quote!(
                pub fn a(_: &anyam_sdk::Context, I { x }: I) -> R {
                    x
                }
            ))
            .is_empty()
        );
    }

    #[test]
    fn every_deviation_is_named() {
        assert_eq!(
            problems(parse_quote!(
                async unsafe extern "C" fn a<T>(c: Context, i: &T)
                where
                    T: X,
                {
                }
            )),
            [
                "a step is not `async`: the host calls it and waits",
                "a step is not `unsafe`",
                "a step has no `extern`: the attribute makes the export",
                "a step has no generic parameters: name its types",
                "a step has no `where` clause",
                "the first parameter must be `&Context`",
                "the input is handed over, not lent: drop the `&`",
                "a step returns a `Result`",
            ]
        );
        assert_eq!(
            problems(parse_quote!(
                fn a(i: I) -> R {
                    x
                }
            )),
            ["a step has exactly two parameters"]
        );
        assert_eq!(
            problems(parse_quote!(
                fn a(&self, i: I) -> R {
                    x
                }
            )),
            ["a step is a free function, without `self`"]
        );
    }
}
