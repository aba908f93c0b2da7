//! What is written in the attribute and beside it: name, errors, docs.

use syn::ext::IdentExt;
use syn::parse::{Parse, ParseStream};
use syn::punctuated::Punctuated;
use syn::spanned::Spanned;
use syn::{
    Attribute, Error, Expr, ExprLit, Ident, Lit, LitStr, Meta, Result, Token, parenthesized,
};

/// The arguments of `#[step(...)]`.
#[derive(Default)]
pub struct Arguments {
    name: Option<LitStr>,
    /// BPMN error codes and when each is thrown.
    pub errors: Vec<(String, String)>,
}

impl Arguments {
    /// The step's name: the given one, or the function's in kebab-case.
    pub fn step_name(&self, function: &Ident) -> String {
        match &self.name {
            Some(name) => name.value(),
            None => function
                .unraw()
                .to_string()
                .trim_matches('_')
                .replace('_', "-"),
        }
    }
}

impl Parse for Arguments {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        let mut arguments = Self::default();
        let mut seen_errors = false;
        while !input.is_empty() {
            let key: Ident = input.parse()?;
            if key == "name" {
                input.parse::<Token![=]>()?;
                let name: LitStr = input.parse()?;
                check_name(&name)?;
                if arguments.name.replace(name).is_some() {
                    return Err(Error::new(key.span(), "`name` is given twice"));
                }
            } else if key == "errors" {
                if std::mem::replace(&mut seen_errors, true) {
                    return Err(Error::new(
                        key.span(),
                        "`errors` is given twice: put all codes in one list",
                    ));
                }
                arguments.errors = parse_errors(input)?;
            } else {
                return Err(Error::new(
                    key.span(),
                    format!(
                        "unknown argument `{key}`: `#[step]` takes `name = \"...\"` and `errors(CODE = \"...\")`"
                    ),
                ));
            }
            if !input.is_empty() {
                input.parse::<Token![,]>()?;
            }
        }
        Ok(arguments)
    }
}

fn parse_errors(input: ParseStream<'_>) -> Result<Vec<(String, String)>> {
    let list;
    parenthesized!(list in input);
    let mut errors: Vec<(String, String)> = Vec::new();
    for error in Punctuated::<ErrorCode, Token![,]>::parse_terminated(&list)? {
        if errors.iter().any(|(code, _)| *code == error.code) {
            return Err(Error::new(
                error.span,
                format!("error code `{}` is given twice", error.code),
            ));
        }
        errors.push((error.code, error.docs));
    }
    Ok(errors)
}

struct ErrorCode {
    code: String,
    docs: String,
    span: proc_macro2::Span,
}

impl Parse for ErrorCode {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        let (code, span) = if input.peek(LitStr) {
            let code: LitStr = input.parse()?;
            (code.value(), code.span())
        } else {
            let code = Ident::parse_any(input)?;
            (code.unraw().to_string(), code.span())
        };
        if code.is_empty() {
            return Err(Error::new(span, "an error code cannot be empty"));
        }
        input.parse::<Token![=]>()?;
        let docs: LitStr = input.parse()?;
        Ok(Self {
            code,
            docs: docs.value(),
            span,
        })
    }
}

fn check_name(name: &LitStr) -> Result<()> {
    let text = name.value();
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    if text.is_empty() || !text.chars().all(allowed) {
        return Err(Error::new(
            name.span(),
            "a step's name is made of ASCII letters, digits, `-`, `_` and `.`",
        ));
    }
    Ok(())
}

/// The text of the doc comment, without the space after each `///`.
pub fn docs(attributes: &[Attribute]) -> Result<String> {
    let mut lines = Vec::new();
    for attribute in attributes
        .iter()
        .filter(|attribute| attribute.path().is_ident("doc"))
    {
        let Meta::NameValue(meta) = &attribute.meta else {
            continue;
        };
        let Expr::Lit(ExprLit {
            lit: Lit::Str(text),
            ..
        }) = &meta.value
        else {
            return Err(Error::new(
                meta.value.span(),
                "`#[step]` needs the description as plain text, in a `///` comment",
            ));
        };
        for line in text.value().lines() {
            lines.push(line.strip_prefix(' ').unwrap_or(line).trim_end().to_owned());
        }
        if text.value().is_empty() {
            lines.push(String::new());
        }
    }
    Ok(lines.join("\n").trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use syn::parse_quote;

    fn message(arguments: &str) -> String {
        match syn::parse_str::<Arguments>(arguments) {
            Ok(_) => panic!("`{arguments}` was accepted"),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn the_name_comes_from_the_function_unless_given() {
        let none = Arguments::default();
        assert_eq!(none.step_name(&parse_quote!(credit_check)), "credit-check");
        assert_eq!(none.step_name(&parse_quote!(r#match)), "match");
        let given: Arguments = parse_quote!(name = "CreditCheck.v2");
        assert_eq!(
            given.step_name(&parse_quote!(credit_check)),
            "CreditCheck.v2"
        );
    }

    #[test]
    fn error_codes_are_identifiers_or_texts() {
        let arguments: Arguments = parse_quote!(errors(
            OUT_OF_STOCK = "None left.",
            "no-such-item" = "Never sold.",
        ),);
        let expected = [
            ("OUT_OF_STOCK", "None left."),
            ("no-such-item", "Never sold."),
        ];
        let found: Vec<_> = arguments
            .errors
            .iter()
            .map(|(c, d)| (c.as_str(), d.as_str()))
            .collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn wrong_arguments_are_explained() {
        assert!(message("version = \"1\"").contains("unknown argument `version`"));
        assert!(message("name = \"a b\"").contains("ASCII letters"));
        assert!(message("name = \"\"").contains("ASCII letters"));
        assert!(message("name = \"a\", name = \"b\"").contains("`name` is given twice"));
        assert!(message("errors(A = \"x\", A = \"y\")").contains("error code `A` is given twice"));
        assert!(
            message("errors(A = \"x\"), errors(B = \"y\")").contains("`errors` is given twice")
        );
        assert!(message("errors(\"\" = \"x\")").contains("cannot be empty"));
    }

    #[test]
    fn docs_are_the_comment_as_written() {
        let function: syn::ItemFn = parse_quote! {
            /// Checks the credit.
            ///
            /// - once
            ///   only
            #[inline]
            fn f() {}
        };
        assert_eq!(
            docs(&function.attrs).unwrap(),
            "Checks the credit.\n\n- once\n  only"
        );
        let hidden: syn::ItemFn = parse_quote!(
            #[doc = include_str!("x")]
            fn f() {}
        );
        assert!(
            docs(&hidden.attrs)
                .unwrap_err()
                .to_string()
                .contains("plain text")
        );
    }
}
