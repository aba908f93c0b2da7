//! Requests in native tests: there is no network, and the test says what comes back.

use std::cell::RefCell;

use super::{Error, ErrorKind, Request, Response};

type Service = Box<dyn FnMut(&Request) -> Response>;

thread_local! {
    static SERVICE: RefCell<Option<Service>> = const { RefCell::new(None) };
}

/// Answers the requests that `work` sends, in a native test.
///
/// ```
/// use anyam_sdk::http::{Request, Response, answering};
///
/// let answer = answering(
///     |request| match request.url() {
///         "https://api.example.com/v1/orders/7" => Response::new(200, r#"{"open": true}"#),
///         _ => Response::new(404, ""),
///     },
///     || Request::get("https://api.example.com/v1/orders/7").send(),
/// );
/// assert_eq!(answer.unwrap().text(), Ok(r#"{"open": true}"#));
/// ```
///
/// Only the requests of this thread are answered, and only within `work`.
pub fn answering<T>(
    service: impl FnMut(&Request) -> Response + 'static,
    work: impl FnOnce() -> T,
) -> T {
    /// Puts back what was there, also where `work` panics.
    struct Before(Option<Service>);
    impl Drop for Before {
        fn drop(&mut self) {
            SERVICE.set(self.0.take());
        }
    }
    let _before = Before(SERVICE.replace(Some(Box::new(service))));
    work()
}

/// The answer to a request.
#[derive(Debug)]
pub(super) struct Sent(Response);

pub(super) fn start(request: &Request) -> Result<Sent, Error> {
    // Taken out while it works, so that it may send requests itself: to nobody.
    let Some(mut service) = SERVICE.take() else {
        return Err(Error::new(
            ErrorKind::Failed,
            format!(
                "{} {} has nobody to answer it; wrap the test in `anyam_sdk::http::answering`",
                request.method, request.url
            ),
        ));
    };
    let response = service(request);
    SERVICE.set(Some(service));
    Ok(Sent(response))
}

impl Sent {
    pub(super) fn wait(self) -> Result<Response, Error> {
        Ok(self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn get() -> Result<Response, Error> {
        Request::get("https://a.example/").header("a", "1").send()
    }

    #[test]
    fn requests_are_answered_within_the_work_and_nowhere_else() {
        let seen = answering(
            |request| {
                assert_eq!((request.method(), request.content()), ("GET", &b""[..]));
                assert_eq!(request.headers().next(), Some(("a", &b"1"[..])));
                Response::new(200, "yes")
            },
            || (get(), answering(|_| Response::new(500, ""), get), get()),
        );
        let status = |response: Result<Response, Error>| response.unwrap().status();
        assert_eq!(
            (status(seen.0), status(seen.1), status(seen.2)),
            (200, 500, 200)
        );
        let error = get().unwrap_err();
        assert!(error.to_string().contains("answering"), "{error}");
        assert_eq!(error.kind(), ErrorKind::Failed);
    }
}
