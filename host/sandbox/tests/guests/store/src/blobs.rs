//! Blob containers.

use anyam_sdk::json;
use serde::Deserialize;

use crate::bindings::wasi::blobstore::blobstore;
use crate::bindings::wasi::blobstore::container::Container;
use crate::bindings::wasi::blobstore::types::{IncomingValue, ObjectId, OutgoingValue};
use crate::bindings::wasi::io::streams::StreamError;
use crate::{Outcome, tell};

#[derive(Deserialize)]
pub struct Action {
    container: String,
    #[serde(flatten)]
    act: Act,
}

#[derive(Deserialize)]
#[serde(tag = "act", rename_all = "kebab-case")]
enum Act {
    Create,
    Remove,
    Exists,
    Info,
    /// Writes through a stream in pieces; `late` names the object after the writing, and
    /// `unfinished` does not say that it is complete.
    Put {
        object: String,
        #[serde(default)]
        text: String,
        #[serde(default)]
        size: usize,
        #[serde(default)]
        late: bool,
        #[serde(default)]
        unfinished: bool,
    },
    /// A part, both ends inclusive, in one piece or through a stream.
    Get {
        object: String,
        start: u64,
        end: u64,
        #[serde(default)]
        stream: bool,
    },
    /// Pages of that many names.
    List {
        page: u64,
    },
    Skip {
        count: u64,
    },
    Delete {
        object: String,
    },
    DeleteMany {
        objects: Vec<String>,
    },
    Has {
        object: String,
    },
    ObjectInfo {
        object: String,
    },
    Clear,
    Copy {
        object: String,
        to_container: String,
        to: String,
    },
    Move {
        object: String,
        to_container: String,
        to: String,
    },
}

pub fn act(action: Action) -> Outcome {
    let name = &action.container;
    let open = || blobstore::get_container(name);
    let id = |container: &str, object: &str| ObjectId {
        container: container.to_owned(),
        object: object.to_owned(),
    };
    match action.act {
        Act::Create => Ok(json!(blobstore::create_container(name)?.name()?)),
        Act::Remove => tell(Ok::<_, ()>(blobstore::delete_container(name)?)),
        Act::Exists => Ok(json!(blobstore::container_exists(name)?)),
        Act::Info => {
            let info = open()?.info()?;
            Ok(json!([info.name, info.created_at]))
        }
        Act::Put {
            object,
            text,
            size,
            late,
            unfinished,
        } => {
            let bytes = if size > 0 {
                vec![b'x'; size]
            } else {
                text.into_bytes()
            };
            put(&open()?, &object, &bytes, late, unfinished)
        }
        Act::Get {
            object,
            start,
            end,
            stream,
        } => {
            let value = open()?.get_data(&object, start, end)?;
            let size = value.size();
            let bytes = if stream {
                read(value)?
            } else {
                IncomingValue::incoming_value_consume_sync(value)?
            };
            assert_eq!(size, bytes.len() as u64);
            Ok(json!(String::from_utf8_lossy(&bytes)))
        }
        Act::List { page } => {
            let names = open()?.list_objects()?;
            let mut pages = Vec::new();
            loop {
                let (page, ends) = names.read_stream_object_names(page)?;
                pages.push(page);
                if ends {
                    return Ok(json!(pages));
                }
            }
        }
        Act::Skip { count } => {
            let names = open()?.list_objects()?;
            let skipped = names.skip_stream_object_names(count)?;
            let rest = names.read_stream_object_names(1000)?;
            Ok(json!([skipped, rest]))
        }
        Act::Delete { object } => Ok(json!(open()?.delete_object(&object)?)),
        Act::DeleteMany { objects } => Ok(json!(open()?.delete_objects(&objects)?)),
        Act::Has { object } => Ok(json!(open()?.has_object(&object)?)),
        Act::ObjectInfo { object } => {
            let info = open()?.object_info(&object)?;
            Ok(json!([
                info.container,
                info.name,
                info.size,
                info.created_at
            ]))
        }
        Act::Clear => Ok(json!(open()?.clear()?)),
        Act::Copy {
            object,
            to_container,
            to,
        } => Ok(json!(blobstore::copy_object(
            &id(name, &object),
            &id(&to_container, &to)
        )?)),
        Act::Move {
            object,
            to_container,
            to,
        } => Ok(json!(blobstore::move_object(
            &id(name, &object),
            &id(&to_container, &to)
        )?)),
    }
}

fn put(container: &Container, object: &str, bytes: &[u8], late: bool, unfinished: bool) -> Outcome {
    let value = OutgoingValue::new_outgoing_value();
    let stream = value
        .outgoing_value_write_body()
        .map_err(|()| "no stream".to_owned())?;
    assert!(
        value.outgoing_value_write_body().is_err(),
        "a second stream"
    );
    if !late {
        container.write_data(object, &value)?;
    }
    let mut written = Ok(());
    for piece in bytes.chunks(4096) {
        written = stream.blocking_write_and_flush(piece);
        if written.is_err() {
            break;
        }
    }
    drop(stream);
    if late {
        container.write_data(object, &value)?;
    }
    if unfinished {
        drop(value);
        return Ok(json!("unfinished"));
    }
    let finished = OutgoingValue::finish(value);
    if let Err(StreamError::LastOperationFailed(error)) = written {
        return Err(format!("{}; {finished:?}", error.to_debug_string()));
    }
    Ok(json!(finished?))
}

fn read(value: IncomingValue) -> Result<Vec<u8>, String> {
    let stream = IncomingValue::incoming_value_consume_async(value)?;
    let mut bytes = Vec::new();
    loop {
        match stream.blocking_read(3) {
            Ok(piece) => bytes.extend(piece),
            Err(StreamError::Closed) => return Ok(bytes),
            Err(error) => return Err(format!("{error:?}")),
        }
    }
}
