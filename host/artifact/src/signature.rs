//! Signatures of step versions: Ed25519 (RFC 8032) over name, version and digest.
//!
//! What is signed is a [`Statement`], so that a signature cannot be taken over to another version
//! or another name. Keys are PEM files as `openssl genpkey -algorithm ed25519` writes them.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use ed25519_dalek::pkcs8::spki::der::pem::LineEnding;
use ed25519_dalek::pkcs8::{
    DecodePrivateKey as _, DecodePublicKey as _, EncodePrivateKey as _, EncodePublicKey as _,
};
use ed25519_dalek::{Signer as _, SigningKey, VerifyingKey};
use serde::{Deserialize, Serialize};

use crate::digest::Digest;

/// Most bytes of a key file.
const MOST_KEY_BYTES: usize = 4 << 10;

/// What is signed: that these bytes are this version of this step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Statement<'a> {
    /// The step's name.
    pub name: &'a str,
    /// Its version.
    pub version: &'a str,
    /// The component's digest.
    pub digest: Digest,
}

impl Statement<'_> {
    /// The bytes under the signature: four lines, each ended by a line feed. Names and versions of
    /// steps hold no line feeds, so that no two statements have the same bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        format!(
            "anyam-step-signature-v1\n{}\n{}\nsha256:{}\n",
            self.name, self.version, self.digest
        )
        .into_bytes()
    }
}

/// A key or a signature that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignatureError {
    /// A key file is something else.
    #[error("the {what} is not an Ed25519 key in PEM: {reason}")]
    Key {
        /// Which key.
        what: &'static str,
        /// Why.
        reason: String,
    },
    /// A signature's text is something else.
    #[error("'{text}' is not a signature; it is KEY-ID:BASE64, as `anyam step sign` writes it")]
    Text {
        /// The beginning of the text.
        text: String,
    },
    /// The system gave no randomness for a new key.
    #[error("the system gives no random bytes: {0}")]
    Random(String),
}

/// A key that signs.
pub struct PrivateKey(SigningKey);

impl PrivateKey {
    /// A new key.
    ///
    /// # Errors
    /// [`SignatureError::Random`].
    pub fn generate() -> Result<Self, SignatureError> {
        let mut bytes = [0; 32];
        getrandom::fill(&mut bytes).map_err(|error| SignatureError::Random(error.to_string()))?;
        Ok(Self(SigningKey::from_bytes(&bytes)))
    }

    /// Reads PKCS#8 in PEM.
    ///
    /// # Errors
    /// [`SignatureError::Key`].
    pub fn from_pem(text: &str) -> Result<Self, SignatureError> {
        let key = SigningKey::from_pkcs8_pem(bounded("private key", text)?);
        key.map(Self)
            .map_err(|error| not_a_key("private key", &error))
    }

    /// Writes PKCS#8 in PEM.
    pub fn to_pem(&self) -> String {
        let pem = self.0.to_pkcs8_pem(LineEnding::LF);
        pem.expect("an Ed25519 key always encodes").to_string()
    }

    /// The key that verifies what this one signs.
    pub fn public(&self) -> PublicKey {
        PublicKey(self.0.verifying_key())
    }

    /// Signs a statement.
    pub fn sign(&self, statement: &Statement<'_>) -> Signature {
        Signature {
            key_id: self.public().id(),
            bytes: self.0.sign(&statement.to_bytes()).to_bytes(),
        }
    }
}

/// A key that verifies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicKey(VerifyingKey);

impl PublicKey {
    /// Reads SubjectPublicKeyInfo in PEM.
    ///
    /// # Errors
    /// [`SignatureError::Key`].
    pub fn from_pem(text: &str) -> Result<Self, SignatureError> {
        let key = VerifyingKey::from_public_key_pem(bounded("public key", text)?);
        key.map(Self)
            .map_err(|error| not_a_key("public key", &error))
    }

    /// Writes SubjectPublicKeyInfo in PEM.
    pub fn to_pem(&self) -> String {
        let pem = self.0.to_public_key_pem(LineEnding::LF);
        pem.expect("an Ed25519 key always encodes")
    }

    /// A short name of the key: the first 16 digits of the SHA-256 of its 32 bytes.
    pub fn id(&self) -> String {
        Digest::of(self.0.as_bytes()).to_string()[..16].to_owned()
    }

    /// Whether `signature` is one of this key under `statement`.
    pub fn verifies(&self, statement: &Statement<'_>, signature: &Signature) -> bool {
        let bytes = ed25519_dalek::Signature::from_bytes(&signature.bytes);
        signature.key_id == self.id() && self.0.verify_strict(&statement.to_bytes(), &bytes).is_ok()
    }
}

fn bounded<'a>(what: &'static str, text: &'a str) -> Result<&'a str, SignatureError> {
    if text.len() > MOST_KEY_BYTES {
        let reason = format!("it has more than {MOST_KEY_BYTES} bytes");
        return Err(SignatureError::Key { what, reason });
    }
    Ok(text)
}

fn not_a_key(what: &'static str, error: &dyn std::fmt::Display) -> SignatureError {
    let reason = error.to_string();
    SignatureError::Key { what, reason }
}

/// A signature. As a text it is `KEY-ID:BASE64`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signature {
    /// Which key made it.
    pub key_id: String,
    /// Its 64 bytes.
    pub bytes: [u8; 64],
}

impl std::fmt::Display for Signature {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}", self.key_id, BASE64.encode(self.bytes))
    }
}

impl std::str::FromStr for Signature {
    type Err = SignatureError;

    fn from_str(text: &str) -> Result<Self, SignatureError> {
        let wrong = || SignatureError::Text {
            text: text.chars().take(40).collect(),
        };
        let (key_id, bytes) = text.split_once(':').ok_or_else(wrong)?;
        let digits = |c: char| c.is_ascii_digit() || ('a'..='f').contains(&c);
        if key_id.len() != 16 || !key_id.chars().all(digits) || bytes.len() > 100 {
            return Err(wrong());
        }
        let bytes = BASE64.decode(bytes).map_err(|_| wrong())?;
        Ok(Self {
            key_id: key_id.to_owned(),
            bytes: bytes.try_into().map_err(|_| wrong())?,
        })
    }
}

/// Which signatures a tenant asks for. As JSON it is
/// `{"minimum": 1, "keys": [{"name": "release", "publicKey": "-----BEGIN PUBLIC KEY-----..."}]}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Policy {
    /// How many of the keys must have signed a step version.
    pub minimum: usize,
    /// The keys that count.
    pub keys: Vec<TrustedKey>,
}

/// A key that counts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct TrustedKey {
    /// What people call it.
    pub name: String,
    /// SubjectPublicKeyInfo in PEM.
    pub public_key: String,
}

/// The most keys of a policy, and the most signatures of a step version.
pub const MOST_KEYS: usize = 32;
/// The longest name of a key, in bytes.
pub const MOST_KEY_NAME: usize = 128;

/// A policy that makes no sense, with the JSON member that is wrong.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{member}: {reason}")]
pub struct PolicyError {
    /// The member, such as `keys[0].publicKey`.
    pub member: String,
    /// What is wrong.
    pub reason: String,
}

/// A signature as a policy sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Signed {
    /// The key's id.
    pub key_id: String,
    /// The key's name in the policy; absent where the policy does not know it.
    pub key_name: Option<String>,
    /// Whether it was verified with a key of the policy.
    pub verified: bool,
    /// The signature as a text.
    pub signature: String,
}

impl Policy {
    /// Checks the policy itself.
    ///
    /// # Errors
    /// The first member that is wrong.
    pub fn check(&self) -> Result<(), PolicyError> {
        let wrong = |member: String, reason: String| Err(PolicyError { member, reason });
        if self.keys.is_empty() || self.keys.len() > MOST_KEYS {
            return wrong(
                "keys".into(),
                format!("there must be 1 to {MOST_KEYS} keys"),
            );
        }
        if self.minimum == 0 || self.minimum > self.keys.len() {
            let most = self.keys.len();
            return wrong(
                "minimum".into(),
                format!("it must be 1 to {most}, the number of keys"),
            );
        }
        let mut ids = Vec::new();
        for (at, key) in self.keys.iter().enumerate() {
            if key.name.is_empty() || key.name.len() > MOST_KEY_NAME {
                let reason = format!("it must have 1 to {MOST_KEY_NAME} bytes");
                return wrong(format!("keys[{at}].name"), reason);
            }
            let member = format!("keys[{at}].publicKey");
            match PublicKey::from_pem(&key.public_key) {
                Ok(public) if ids.contains(&public.id()) => {
                    return wrong(member, "this key is in the list already".into());
                }
                Ok(public) => ids.push(public.id()),
                Err(error) => return wrong(member, error.to_string()),
            }
        }
        Ok(())
    }

    /// What the policy makes of the signatures of a step version.
    pub fn see(&self, statement: &Statement<'_>, signatures: &[Signature]) -> Vec<Signed> {
        let keys: Vec<(&str, PublicKey)> = self
            .keys
            .iter()
            .filter_map(|key| Some((&*key.name, PublicKey::from_pem(&key.public_key).ok()?)))
            .collect();
        let see = |signature: &Signature| {
            let key = keys.iter().find(|(_, key)| key.id() == signature.key_id);
            Signed {
                key_id: signature.key_id.clone(),
                key_name: key.map(|(name, _)| (*name).to_owned()),
                verified: key.is_some_and(|(_, key)| key.verifies(statement, signature)),
                signature: signature.to_string(),
            }
        };
        signatures.iter().map(see).collect()
    }

    /// Whether enough different keys have signed a step version.
    ///
    /// # Errors
    /// A sentence that says what lacks and what to do.
    pub fn allows(
        &self,
        statement: &Statement<'_>,
        signatures: &[Signature],
    ) -> Result<(), String> {
        let mut verified: Vec<String> = self
            .see(statement, signatures)
            .into_iter()
            .filter(|signed| signed.verified)
            .map(|signed| signed.key_id)
            .collect();
        verified.sort();
        verified.dedup();
        if verified.len() >= self.minimum {
            return Ok(());
        }
        let names: Vec<&str> = self.keys.iter().map(|key| &*key.name).collect();
        Err(format!(
            "step {} {} has {} of the {} signatures that the tenant's signature policy asks for; \
             sign it with a key of {} (`anyam step sign`) and push it with the signature",
            statement.name,
            statement.version,
            verified.len(),
            self.minimum,
            names.join(", ")
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DIGEST: Digest = Digest([7; 32]);

    fn statement() -> Statement<'static> {
        Statement {
            name: "credit-check",
            version: "1.0.0",
            digest: DIGEST,
        }
    }

    fn policy(keys: &[&PrivateKey], minimum: usize) -> Policy {
        let keys = keys.iter().enumerate().map(|(at, key)| TrustedKey {
            name: format!("key {at}"),
            public_key: key.public().to_pem(),
        });
        Policy {
            minimum,
            keys: keys.collect(),
        }
    }

    #[test]
    fn keys_and_signatures_are_read_as_they_are_written() {
        let key = PrivateKey::generate().unwrap();
        let read = PrivateKey::from_pem(&key.to_pem()).unwrap();
        let signature = read.sign(&statement());
        assert_eq!(signature.to_string().parse(), Ok(signature.clone()));
        let public = PublicKey::from_pem(&key.public().to_pem()).unwrap();
        assert!(public.verifies(&statement(), &signature));
    }

    #[test]
    fn a_key_made_by_openssl_is_read() {
        let pem = "-----BEGIN PRIVATE KEY-----\n\
                   MC4CAQAwBQYDK2VwBCIEINt2gug01CPylsSmkU1htJau6qwbcQTzeLC4Pxl1l+HD\n\
                   -----END PRIVATE KEY-----\n";
        let public = "-----BEGIN PUBLIC KEY-----\n\
                      MCowBQYDK2VwAyEAUCxxsbllT5ufTchF8RUKckaQKcDPkn5T9aZKuJ4vHQ4=\n\
                      -----END PUBLIC KEY-----\n";
        let key = PrivateKey::from_pem(pem).unwrap();
        assert_eq!(key.public().to_pem(), public);
    }

    #[test]
    fn a_signature_holds_for_its_statement_alone() {
        let key = PrivateKey::generate().unwrap();
        let signature = key.sign(&statement());
        let others = [
            Statement {
                name: "credit",
                ..statement()
            },
            Statement {
                version: "1.0.1",
                ..statement()
            },
            Statement {
                digest: Digest([8; 32]),
                ..statement()
            },
        ];
        for other in others {
            assert!(!key.public().verifies(&other, &signature), "{other:?}");
        }
        let mut damaged = signature;
        damaged.bytes[3] ^= 1;
        assert!(!key.public().verifies(&statement(), &damaged));
    }

    #[test]
    fn texts_that_are_no_signature_are_refused() {
        for text in [
            "",
            "abc",
            "0123456789abcdef:",
            "0123456789abcdef:AAAA",
            ":AAAA",
            "x:y:z",
        ] {
            assert!(text.parse::<Signature>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_policy_counts_different_keys_that_it_knows() {
        let keys = [(); 3].map(|()| PrivateKey::generate().unwrap());
        let stranger = PrivateKey::generate().unwrap();
        let two = policy(&[&keys[0], &keys[1], &keys[2]], 2);
        two.check().unwrap();
        let sign = |key: &PrivateKey| key.sign(&statement());
        let refused = two.allows(
            &statement(),
            &[sign(&keys[0]), sign(&keys[0]), sign(&stranger)],
        );
        let text = refused.unwrap_err();
        assert!(
            text.contains("1 of the 2") && text.contains("key 1"),
            "{text}"
        );
        assert_eq!(
            two.allows(&statement(), &[sign(&keys[0]), sign(&keys[2])]),
            Ok(())
        );
        let seen = two.see(&statement(), &[sign(&keys[1]), sign(&stranger)]);
        assert!(seen[0].verified && seen[0].key_name.as_deref() == Some("key 1"));
        assert!(!seen[1].verified && seen[1].key_name.is_none());
    }

    #[test]
    fn a_policy_that_makes_no_sense_names_the_member() {
        let key = PrivateKey::generate().unwrap();
        let member = |policy: Policy| policy.check().unwrap_err().member;
        assert_eq!(member(policy(&[], 1)), "keys");
        assert_eq!(member(policy(&[&key], 0)), "minimum");
        assert_eq!(member(policy(&[&key], 2)), "minimum");
        assert_eq!(member(policy(&[&key, &key], 1)), "keys[1].publicKey");
        let mut odd = policy(&[&key], 1);
        odd.keys[0].public_key = "no key".into();
        assert_eq!(member(odd), "keys[0].publicKey");
        let mut nameless = policy(&[&key], 1);
        nameless.keys[0].name.clear();
        assert_eq!(member(nameless), "keys[0].name");
        let mut most = policy(&[&key], 1);
        most.keys[0].name = "n".repeat(MOST_KEY_NAME);
        most.check().unwrap();
        most.keys[0].name.push('n');
        assert_eq!(member(most), "keys[0].name");
    }
}
