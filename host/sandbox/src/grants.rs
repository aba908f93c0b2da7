//! What a tenant lets its steps reach, and what a process leaves of that to one step.

mod check;

use std::collections::BTreeSet;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::outside::{NothingOutside, Outside};
use crate::pattern;

/// What may be granted beyond pure computation. The names are those in [`Grants`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Capability {
    /// Outgoing HTTP (`wasi:http`).
    Http,
    /// The key-value stores of the tenant (`wasi:keyvalue`).
    KeyValue,
    /// The blob containers of the tenant (`wasi:blobstore`).
    BlobStore,
    /// The configuration of the tenant (`wasi:config`).
    Config,
    /// Publishing messages to the tenant's processes (`anyam:step/messaging`).
    Messaging,
}

impl Capability {
    /// The name of its member in [`Grants`] in JSON.
    fn member(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::KeyValue => "keyValue",
            Self::BlobStore => "blobStore",
            Self::Config => "config",
            Self::Messaging => "messaging",
        }
    }

    /// The member of [`Grants`] in JSON that grants it, with a value to start from.
    pub fn ask_for(&self) -> &'static str {
        match self {
            Self::Http => r#""http": [{"host": "api.example.com"}]"#,
            Self::KeyValue => r#""keyValue": ["*"]"#,
            Self::BlobStore => r#""blobStore": ["*"]"#,
            Self::Config => r#""config": ["*"]"#,
            Self::Messaging => r#""messaging": ["*"]"#,
        }
    }
}

/// What it is, for people, in the plural.
impl std::fmt::Display for Capability {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Http => "outgoing HTTP requests (wasi:http)",
            Self::KeyValue => "key-value stores (wasi:keyvalue)",
            Self::BlobStore => "blob containers (wasi:blobstore)",
            Self::Config => "configuration values (wasi:config)",
            Self::Messaging => "messages to processes (anyam:step/messaging)",
        })
    }
}

/// What is granted, as it stands in JSON. What is absent is denied.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase", default)]
pub struct Grants {
    /// Where outgoing requests may go: one of the rules has to allow a request.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub http: Vec<HttpRule>,
    /// The key-value stores that may be opened; `*` stands for any text in a name.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub key_value: Vec<String>,
    /// The blob containers that may be opened; `*` stands for any text in a name.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub blob_store: Vec<String>,
    /// The configuration keys that may be read; `*` stands for any text in a key.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub config: Vec<String>,
    /// The names of the messages that may be published; `*` stands for any text in a name.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub messaging: Vec<String>,
}

/// Requests that are allowed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct HttpRule {
    /// The host: a name, `*.` and a name for all below it, or an address.
    pub host: String,
    /// `https` or `http`.
    #[serde(default = "https")]
    pub scheme: String,
    /// The port; that of the scheme where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub port: Option<u16>,
    /// The methods; all where empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub methods: Vec<String>,
    /// The paths; `*` stands for any text. All where empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub paths: Vec<String>,
    /// The names of the secrets that may be put into these requests.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub secrets: Vec<String>,
    /// Whether the host may have an address that is not of the public internet: loopback,
    /// link-local, private and the like.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub private_addresses: bool,
}

fn https() -> String {
    "https".to_owned()
}

impl Grants {
    /// Whether anything of a capability is granted.
    pub fn has(&self, capability: Capability) -> bool {
        match capability {
            Capability::Http => !self.http.is_empty(),
            Capability::KeyValue => !self.key_value.is_empty(),
            Capability::BlobStore => !self.blob_store.is_empty(),
            Capability::Config => !self.config.is_empty(),
            Capability::Messaging => !self.messaging.is_empty(),
        }
    }

    /// Whether what has this name may be reached. Requests have more to them than a name.
    fn names(&self, capability: Capability, name: &str) -> bool {
        let patterns = match capability {
            Capability::Http => return false,
            Capability::KeyValue => &self.key_value,
            Capability::BlobStore => &self.blob_store,
            Capability::Config => &self.config,
            Capability::Messaging => &self.messaging,
        };
        patterns.iter().any(|each| pattern::matches(each, name))
    }
}

/// What one call may reach. Cheap to clone.
#[derive(Clone)]
pub struct Access {
    /// What the tenant grants.
    pub tenant: Arc<Grants>,
    /// What the deployed process leaves of it to this step; all where absent. Both must allow.
    pub step: Option<Arc<Grants>>,
    /// What lies outside.
    pub outside: Arc<dyn Outside>,
}

impl Access {
    /// No grants, and nothing outside but the system's clock and randomness.
    pub fn nothing() -> Self {
        Self {
            tenant: Arc::default(),
            step: None,
            outside: Arc::new(NothingOutside),
        }
    }

    /// The layers of grants, each of which must allow what a call wants.
    pub fn layers(&self) -> impl Iterator<Item = &Grants> {
        std::iter::once(&*self.tenant).chain(self.step.as_deref())
    }

    /// Whether a store, container, configuration value or message of this name may be reached.
    ///
    /// # Errors
    /// Which of the layers refuses it, as a sentence for people.
    pub(crate) fn allows(&self, capability: Capability, name: &str) -> Result<(), String> {
        let member = capability.member();
        if !self.tenant.names(capability, name) {
            return Err(format!(
                "`{name}` is not among the {capability} that the tenant grants; add it to \
                 `{member}` in the tenant's grants"
            ));
        }
        let step = self.step.as_deref();
        if step.is_some_and(|grants| !grants.names(capability, name)) {
            return Err(format!(
                "`{name}` is not among the {capability} that the process leaves to the step; add \
                 it to `{member}` in the property `anyam:grants` of the service task"
            ));
        }
        Ok(())
    }

    /// What keeps a step that needs these capabilities from being called, as a sentence for people.
    pub(crate) fn lacks(&self, needed: &BTreeSet<Capability>) -> Option<String> {
        let missing = |grants: &Grants| needed.iter().copied().find(|needs| !grants.has(*needs));
        if let Some(capability) = missing(&self.tenant) {
            return Some(format!(
                "the step uses {capability}, which its tenant does not grant; grant {} to the \
                 tenant",
                capability.ask_for()
            ));
        }
        let capability = missing(self.step.as_deref()?)?;
        Some(format!(
            "the step uses {capability}, which the process does not leave to it; add {} to the \
             property `anyam:grants` of the service task",
            capability.ask_for()
        ))
    }
}

impl std::fmt::Debug for Access {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Access")
            .field("tenant", &self.tenant)
            .field("step", &self.step)
            .finish_non_exhaustive()
    }
}
