//! Which tenant a request is for.

use anyam_store::{TenantId, TenantReader};

use super::problem::Problem;
use crate::runtime::Runtime;

/// The tenant of a request that names none.
pub const DEFAULT: &str = "<default>";

/// Longest tenant id, in bytes.
pub const MAX_TENANT_BYTES: usize = 256;

/// The tenant a request names, or the default one.
///
/// # Errors
/// 400 unless it is `<default>` or 1 to 256 of the characters `A-Z a-z 0-9 _ @ . + -`.
pub fn named(tenant: Option<String>) -> Result<String, Problem> {
    let Some(tenant) = tenant else {
        return Ok(DEFAULT.to_owned());
    };
    if is_tenant(&tenant) {
        return Ok(tenant);
    }
    Err(Problem::invalid(format!(
        "tenantId must be '{DEFAULT}' or 1 to {MAX_TENANT_BYTES} letters, digits or characters of _@.+-"
    )))
}

fn is_tenant(tenant: &str) -> bool {
    let allowed = |c: u8| c.is_ascii_alphanumeric() || b"_@.+-".contains(&c);
    tenant == DEFAULT
        || (1..=MAX_TENANT_BYTES).contains(&tenant.len()) && tenant.bytes().all(allowed)
}

/// As [`named`], for a tenant that must be known to the server.
///
/// # Errors
/// 400 as [`named`], 404 for a tenant that has nothing.
pub fn known(runtime: &Runtime, tenant: Option<String>) -> Result<(String, TenantId), Problem> {
    let name = named(tenant)?;
    match runtime.tenants().id(&name) {
        Some(id) => Ok((name, id)),
        None => Err(Problem::not_found(format!("there is no tenant '{name}'"))),
    }
}

/// Reads the one thing that `key` names, from the rows of the tenant that owns it.
///
/// # Errors
/// 404 where nothing has the key, 500 where the store fails.
pub fn find<R>(
    runtime: &Runtime,
    (what, key): (&str, u64),
    get: impl FnOnce(TenantReader<'_>, u64) -> anyam_store::Result<Option<R>>,
) -> Result<(TenantId, R), Problem> {
    let missing = || Problem::not_found(format!("there is no {what} {key}"));
    let address = runtime.locate(key)?.ok_or_else(missing)?;
    let reader = runtime.read()?;
    let found = get(reader.tenant(address.tenant), address.instance)?;
    found
        .map(|record| (address.tenant, record))
        .ok_or_else(missing)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tenant_ids_are_checked_at_their_edges() {
        assert_eq!(named(None).unwrap(), DEFAULT);
        let longest = "x".repeat(MAX_TENANT_BYTES);
        for name in [DEFAULT, "a", "A.b_c@d+e-1", &longest] {
            assert_eq!(named(Some(name.to_owned())).unwrap(), name);
        }
        for name in ["", "<other>", "a b", "é", "a/b", &format!("{longest}x")] {
            assert_eq!(
                named(Some(name.to_owned())).unwrap_err().status,
                400,
                "{name}"
            );
        }
    }
}
