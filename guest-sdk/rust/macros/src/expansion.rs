//! What the attribute writes beside the function.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::ItemFn;
use syn::spanned::Spanned;

use crate::declaration::{Arguments, docs};
use crate::signature;

/// The function, followed by the export of it, or by the errors that explain why there is none.
pub fn expand(arguments: &Arguments, function: &ItemFn) -> TokenStream {
    match export(arguments, function) {
        Ok(export) => quote!(#function #export),
        Err(error) => {
            // Kept, so that the only errors are the ones about the attribute.
            let errors = error.into_compile_error();
            quote!(#function #errors)
        }
    }
}

fn export(arguments: &Arguments, function: &ItemFn) -> syn::Result<TokenStream> {
    let signature = signature::check(function)?;
    let name = &function.sig.ident;
    let step_name = arguments.step_name(name);
    let docs = docs(&function.attrs)?;
    let codes = arguments
        .errors
        .iter()
        .map(|(code, docs)| quote!((#code, #docs)));
    let input = signature.input;
    let output = signature.output;

    // Each bound stands at the span of its type, so that a missing derive is reported there.
    let input_bounds = quote_spanned! {input.span()=>
        ::anyam_sdk::__private::accepts_input::<#input>();
    };
    let output_bounds = quote_spanned! {output.span()=>
        ::anyam_sdk::__private::accepts_output::<#output>();
    };
    // A name that is taken twice in the whole crate is the one thing that an attribute, which sees
    // a single function, can use to notice its twin. The compiler prints the name.
    let once = quote_spanned! {name.span()=>
        #[doc(hidden)]
        #[allow(non_local_definitions)]
        #[macro_export]
        macro_rules! a_crate_has_only_one_step { () => {}; }
    };

    Ok(quote! {
        #once

        const _: () = {
            #[allow(dead_code)]
            const fn signature() {
                #input_bounds
                #output_bounds
            }

            #[allow(dead_code)]
            const DECLARATION: ::anyam_sdk::__private::Declaration = ::anyam_sdk::__private::Declaration {
                name: #step_name,
                version: ::core::env!("CARGO_PKG_VERSION"),
                docs: #docs,
                errors: &[#(#codes),*],
            };

            #[cfg(target_family = "wasm")]
            struct Component;

            #[cfg(target_family = "wasm")]
            impl ::anyam_sdk::__private::Step for Component {
                fn invoke(
                    context: &::anyam_sdk::Context,
                    input: &str,
                ) -> ::core::result::Result<::std::string::String, ::anyam_sdk::StepError> {
                    ::anyam_sdk::invoke(#name, context, input)
                }

                fn describe() -> ::anyam_sdk::__private::Description {
                    ::anyam_sdk::__private::describe(&DECLARATION, #name)
                }
            }

            #[cfg(target_family = "wasm")]
            ::anyam_sdk::__private::bindings::export!(
                Component with_types_in ::anyam_sdk::__private::bindings
            );
        };
    })
}
