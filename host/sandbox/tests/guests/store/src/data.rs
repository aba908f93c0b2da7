//! Key-value stores.

use anyam_sdk::json;
use anyam_sdk::keyvalue::Store;
use serde::Deserialize;

use crate::bindings::wasi::{keyvalue0_2_0_draft as draft, keyvalue0_2_0_draft2 as draft2};
use crate::{Outcome, tell};

#[derive(Deserialize)]
pub struct Action {
    store: String,
    #[serde(flatten)]
    act: Act,
}

#[derive(Deserialize)]
#[serde(tag = "act", rename_all = "kebab-case")]
enum Act {
    Get {
        key: String,
    },
    Set {
        key: String,
        value: String,
    },
    /// Sets a value of that many bytes.
    Fill {
        key: String,
        size: usize,
    },
    Delete {
        key: String,
    },
    Exists {
        key: String,
    },
    Increment {
        key: String,
        delta: i64,
    },
    Keys,
    /// Opens it that many times and keeps all of them.
    Hold {
        times: usize,
    },
    GetMany {
        keys: Vec<String>,
    },
    SetMany {
        pairs: Vec<(String, String)>,
    },
    DeleteMany {
        keys: Vec<String>,
    },
    /// Remembers, sets the value to `meanwhile` where there is one, and swaps; once more where
    /// that fails.
    Swap {
        key: String,
        value: String,
        meanwhile: Option<String>,
    },
    /// As the first draft has them.
    PagesOfDraft1,
    IncrementOfDraft1 {
        key: String,
        delta: u64,
    },
    CursorOfDraft1 {
        cursor: u64,
    },
}

fn text(bytes: Vec<u8>) -> String {
    String::from_utf8_lossy(&bytes).into_owned()
}

pub fn act(action: Action) -> Outcome {
    let name = &action.store;
    let store = || Store::open(name).map_err(|error| error.to_string());
    let said = |error: anyam_sdk::keyvalue::Error| error.to_string();
    match action.act {
        Act::Get { key } => Ok(json!(store()?.get(&key).map_err(said)?.map(text))),
        Act::Set { key, value } => Ok(json!(store()?.set(&key, value).map_err(said)?)),
        Act::Fill { key, size } => Ok(json!(store()?.set(&key, vec![b'x'; size]).map_err(said)?)),
        Act::Delete { key } => Ok(json!(store()?.delete(&key).map_err(said)?)),
        Act::Exists { key } => Ok(json!(store()?.exists(&key).map_err(said)?)),
        Act::Increment { key, delta } => Ok(json!(store()?.increment(&key, delta).map_err(said)?)),
        Act::Keys => {
            let keys: Result<Vec<_>, _> = store()?.keys().collect();
            Ok(json!(keys.map_err(said)?))
        }
        Act::Hold { times } => {
            let held: Result<Vec<_>, _> = (0..times).map(|_| store()).collect();
            Ok(json!(held?.len()))
        }
        Act::GetMany { keys } => {
            let bucket = open2(name)?;
            let pairs = draft2::batch::get_many(&bucket, &keys);
            tell(pairs.map(|pairs| {
                let each = pairs.into_iter();
                each.map(|pair| pair.map(|(key, value)| (key, text(value))))
                    .collect::<Vec<_>>()
            }))
        }
        Act::SetMany { pairs } => {
            let pairs: Vec<_> = pairs
                .into_iter()
                .map(|(key, value)| (key, value.into_bytes()))
                .collect();
            tell(draft2::batch::set_many(&open2(name)?, &pairs))
        }
        Act::DeleteMany { keys } => tell(draft2::batch::delete_many(&open2(name)?, &keys)),
        Act::Swap {
            key,
            value,
            meanwhile,
        } => swap(name, &key, &value, meanwhile),
        Act::PagesOfDraft1 => {
            let bucket = open1(name)?;
            let (mut pages, mut cursor) = (Vec::new(), None);
            loop {
                let page = bucket
                    .list_keys(cursor)
                    .map_err(|error| format!("{error:?}"))?;
                pages.push(page.keys);
                cursor = page.cursor;
                if cursor.is_none() {
                    return Ok(json!(pages));
                }
            }
        }
        Act::IncrementOfDraft1 { key, delta } => {
            tell(draft::atomics::increment(&open1(name)?, &key, delta))
        }
        Act::CursorOfDraft1 { cursor } => {
            tell(open1(name)?.list_keys(Some(cursor)).map(|page| page.keys))
        }
    }
}

fn open1(name: &str) -> Result<draft::store::Bucket, String> {
    draft::store::open(name).map_err(|error| format!("{error:?}"))
}

fn open2(name: &str) -> Result<draft2::store::Bucket, String> {
    draft2::store::open(name).map_err(|error| format!("{error:?}"))
}

fn swap(name: &str, key: &str, value: &str, meanwhile: Option<String>) -> Outcome {
    use draft2::atomics::{Cas, CasError, swap};
    let bucket = open2(name)?;
    let cas = Cas::new(&bucket, key).map_err(|error| format!("{error:?}"))?;
    if let Some(meanwhile) = meanwhile {
        bucket
            .set(key, meanwhile.as_bytes())
            .map_err(|error| format!("{error:?}"))?;
    }
    match swap(cas, value.as_bytes()) {
        Ok(()) => Ok(json!("swapped")),
        Err(CasError::StoreError(error)) => Err(format!("{error:?}")),
        Err(CasError::CasFailed(again)) => {
            let now = again.current().map_err(|error| format!("{error:?}"))?;
            let retried = swap(again, value.as_bytes()).is_ok();
            Ok(json!({ "now": now.map(text), "retried": retried }))
        }
    }
}
