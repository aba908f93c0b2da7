//! Builds a component that exports the handler, around a function in WebAssembly text.
//!
//! `handle` takes the address of its parameters and returns the address of its result, laid out
//! by the canonical ABI. The offsets of the parameters: tenant 0, process 8, version 16, instance
//! key 24, element 32, element key 40, job key 48, idempotency key 56, attempt 64, deadline 72,
//! headers 80, input 88. The result lies at 1024: whether it is an error at 0, the output at 8;
//! the failure's case at 8 and its members from 16 on.

/// The types of the contract, as a component has them.
pub const TYPES: &str = r#"
    (type $header0 (record (field "key" string) (field "value" string)))
    (export $header "header" (type $header0))
    (type $context0 (record
        (field "tenant-id" string) (field "process-id" string) (field "process-version" u32)
        (field "process-instance-key" u64) (field "element-id" string)
        (field "element-instance-key" u64) (field "job-key" u64)
        (field "idempotency-key" string) (field "attempt" u32) (field "deadline-unix-ms" u64)
        (field "headers" (list $header))))
    (export $context "step-context" (type $context0))
    (type $bpmn0 (record (field "code" string) (field "message" string) (field "variables" string)))
    (export $bpmn "bpmn-error" (type $bpmn0))
    (type $fault0 (record (field "message" string) (field "retry-after-ms" (option u64))))
    (export $fault "fault" (type $fault0))
    (type $failure0 (variant (case "bpmn-error" $bpmn) (case "retryable" $fault)
        (case "permanent" string)))
    (export $failure "failure" (type $failure0))
"#;

/// The type of `handle`.
pub const SIGNATURE: &str = r#"(param "context" $context) (param "input" string)
    (result (result string (error $failure)))"#;

/// What a guest can import, each as the import of the component, what its inner component takes
/// over, the core functions made of it, and how the main module imports them.
pub struct Import {
    pub outer: &'static str,
    pub argument: &'static str,
    pub inner: &'static str,
    pub lowered: &'static str,
    pub core: &'static str,
}

/// `exit(status)`.
pub const EXIT: Import = Import {
    outer: r#"(import "wasi:cli/exit@0.2.0" (instance $exit
        (export "exit" (func (param "status" (result))))))"#,
    argument: r#"(with "exit" (instance $exit))"#,
    inner: r#"(import "exit" (instance $exit (export "exit" (func (param "status" (result))))))
        (core func $exit' (canon lower (func $exit "exit")))"#,
    lowered: r#"(export "exit" (func $exit'))"#,
    core: r#"(import "host" "exit" (func $exit (param i32)))"#,
};

/// `stdout()` and `stderr()` for a stream, `write(stream, address, length, result address)`.
pub const LOG: Import = Import {
    outer: r#"
        (import "wasi:io/error@0.2.0" (instance $error (export "error" (type (sub resource)))))
        (alias export $error "error" (type $e))
        (import "wasi:io/streams@0.2.0" (instance $streams
            (export "output-stream" (type $os (sub resource)))
            (alias outer 1 $e (type $e))
            (type $se0 (variant (case "last-operation-failed" (own $e)) (case "closed")))
            (export "stream-error" (type $se (eq $se0)))
            (export "[method]output-stream.blocking-write-and-flush"
                (func (param "self" (borrow $os)) (param "contents" (list u8))
                    (result (result (error $se)))))))
        (alias export $streams "output-stream" (type $os))
        (import "wasi:cli/stdout@0.2.0" (instance $stdout
            (alias outer 1 $os (type $os))
            (export "get-stdout" (func (result (own $os))))))
        (import "wasi:cli/stderr@0.2.0" (instance $stderr
            (alias outer 1 $os (type $os))
            (export "get-stderr" (func (result (own $os))))))
    "#,
    argument: r#"(with "write" (func $streams "[method]output-stream.blocking-write-and-flush"))
        (with "stdout" (func $stdout "get-stdout")) (with "stderr" (func $stderr "get-stderr"))
        (with "os" (type $os)) (with "e" (type $e))
        (with "se" (type $streams "stream-error"))"#,
    inner: r#"
        (import "os" (type $os (sub resource)))
        (import "e" (type $e (sub resource)))
        (type $se0 (variant (case "last-operation-failed" (own $e)) (case "closed")))
        (import "se" (type $se (eq $se0)))
        (import "write" (func $write (param "self" (borrow $os)) (param "contents" (list u8))
            (result (result (error $se)))))
        (import "stdout" (func $stdout (result (own $os))))
        (import "stderr" (func $stderr (result (own $os))))
        (core func $write' (canon lower (func $write) (memory (core memory $memory "memory"))))
        (core func $stdout' (canon lower (func $stdout)))
        (core func $stderr' (canon lower (func $stderr)))"#,
    lowered: r#"(export "write" (func $write')) (export "stdout" (func $stdout'))
        (export "stderr" (func $stderr'))"#,
    core: r#"(import "host" "write" (func $write (param i32 i32 i32 i32)))
        (import "host" "stdout" (func $stdout (result i32)))
        (import "host" "stderr" (func $stderr (result i32)))"#,
};

/// `after(nanoseconds)` for something to wait for, `block(it)` to wait.
pub const SLEEP: Import = Import {
    outer: r#"
        (import "wasi:io/poll@0.2.0" (instance $poll
            (export "pollable" (type $p (sub resource)))
            (export "[method]pollable.block" (func (param "self" (borrow $p))))))
        (alias export $poll "pollable" (type $p))
        (import "wasi:clocks/monotonic-clock@0.2.0" (instance $clock
            (alias outer 1 $p (type $p))
            (export "subscribe-duration" (func (param "when" u64) (result (own $p))))))"#,
    argument: r#"(with "p" (type $p)) (with "block" (func $poll "[method]pollable.block"))
        (with "after" (func $clock "subscribe-duration"))"#,
    inner: r#"
        (import "p" (type $p (sub resource)))
        (import "block" (func $block (param "self" (borrow $p))))
        (import "after" (func $after (param "when" u64) (result (own $p))))
        (core func $block' (canon lower (func $block)))
        (core func $after' (canon lower (func $after)))"#,
    lowered: r#"(export "block" (func $block')) (export "after" (func $after'))"#,
    core: r#"(import "host" "block" (func $block (param i32)))
        (import "host" "after" (func $after (param i64) (result i32)))"#,
};

/// A component to be.
pub struct Guest {
    body: String,
    fields: String,
    imports: Vec<Import>,
    pages: u32,
    name: String,
    types: String,
    signature: String,
    outer: String,
    realloc: String,
    options: String,
}

/// Hands out memory from 16384 on and never takes it back.
const REALLOC: &str = "(local $at i32)
    (local.set $at (i32.and (i32.add (global.get $next) (i32.const 7)) (i32.const -8)))
    (global.set $next (i32.add (local.get $at) (local.get 3)))
    (loop $more
        (if (i32.gt_u (global.get $next) (i32.mul (memory.size) (i32.const 65536)))
            (then
                (if (i32.eq (memory.grow (i32.const 16)) (i32.const -1)) (then unreachable))
                (br $more))))
    (local.get $at)";

/// A guest whose `handle` has this body; the parameter is `$in`.
pub fn guest(body: &str) -> Guest {
    Guest {
        body: body.to_owned(),
        fields: String::new(),
        imports: Vec::new(),
        pages: 2,
        name: "anyam:step/handler@0.1.0".to_owned(),
        types: TYPES.to_owned(),
        signature: SIGNATURE.to_owned(),
        outer: String::new(),
        realloc: REALLOC.to_owned(),
        options: String::new(),
    }
}

/// A guest that answers its input.
pub fn echo() -> Guest {
    guest(
        "(i64.store (i32.const 1032) (i64.load offset=88 (local.get $in)))
         (i32.const 1024)",
    )
}

/// A guest that answers this text.
pub fn answer(text: &str) -> Guest {
    guest(&format!(
        "(i32.store (i32.const 1032) (i32.const 2048))
         (i32.store (i32.const 1036) (i32.const {}))
         (i32.const 1024)",
        text.len()
    ))
    .data(2048, text.as_bytes())
}

/// A guest that fails with this case and these strings as its members.
pub fn failing(case: u8, texts: &[&str], more: &str) -> Guest {
    let mut body = format!(
        "(i32.store8 (i32.const 1024) (i32.const 1)) (i32.store8 (i32.const 1032) (i32.const {case}))"
    );
    let mut data = String::new();
    let mut member = 1040;
    for text in texts {
        let at = 2048 + data.len();
        body += &format!(
            "(i32.store (i32.const {member}) (i32.const {at}))
             (i32.store (i32.const {}) (i32.const {}))",
            member + 4,
            text.len()
        );
        member += 8;
        data += text;
    }
    guest(&format!("{body} {more} (i32.const 1024)")).data(2048, data.as_bytes())
}

impl Guest {
    /// More fields of the main module.
    pub fn field(mut self, field: &str) -> Self {
        self.fields += field;
        self
    }

    /// Bytes in memory from the start on.
    pub fn data(self, at: usize, bytes: &[u8]) -> Self {
        let text: String = bytes.iter().map(|byte| format!("\\{byte:02x}")).collect();
        self.field(&format!("(data (i32.const {at}) \"{text}\")"))
    }

    pub fn import(mut self, import: Import) -> Self {
        self.imports.push(import);
        self
    }

    /// The memory's size at the start.
    pub fn pages(mut self, pages: u32) -> Self {
        self.pages = pages;
        self
    }

    /// Exports the interface under another name.
    pub fn named(mut self, name: &str) -> Self {
        self.name = name.to_owned();
        self
    }

    /// Changes a type of the contract.
    pub fn with_type(mut self, from: &str, to: &str) -> Self {
        assert!(
            self.types.contains(from) || self.signature.contains(from),
            "no {from}"
        );
        self.types = self.types.replace(from, to);
        self.signature = self.signature.replace(from, to);
        self
    }

    /// More of the outer component.
    pub fn outer(mut self, text: &str) -> Self {
        self.outer += text;
        self
    }

    /// The body of `realloc`; `$hook`, which takes and answers nothing, calls what the main module
    /// puts at 0 into its table `$hooks`.
    pub fn realloc(mut self, body: &str) -> Self {
        self.realloc = body.to_owned();
        self
    }

    /// More options for how `handle` is lifted.
    pub fn lifted(mut self, options: &str) -> Self {
        self.options += options;
        self
    }

    /// The component in text.
    pub fn wat(&self) -> String {
        let all = |part: fn(&Import) -> &'static str| -> String {
            self.imports.iter().map(part).collect()
        };
        format!(
            r#"(component
                {outer_imports}
                {outer}
                (component $inner
                    {types}
                    (core module $memory
                        (memory (export "memory") {pages})
                        (global $next (mut i32) (i32.const 16384))
                        (type $hook (func))
                        (table $hooks (export "hooks") 1 funcref)
                        (func $hook (call_indirect $hooks (type $hook) (i32.const 0)))
                        (func (export "realloc") (param i32 i32 i32 i32) (result i32)
                            {realloc}))
                    (core instance $memory (instantiate $memory))
                    {inner_imports}
                    (core module $main
                        (import "memory" "memory" (memory {pages}))
                        (import "memory" "hooks" (table $hooks 1 funcref))
                        {core_imports}
                        {fields}
                        (func (export "handle") (param $in i32) (result i32) {body}))
                    (core instance $main (instantiate $main
                        (with "memory" (instance $memory))
                        (with "host" (instance {lowered}))))
                    (func $handle {signature}
                        (canon lift (core func $main "handle") (memory (core memory $memory "memory"))
                            (realloc (core func $memory "realloc")) {options}))
                    (export "handle" (func $handle)))
                (instance $step (instantiate $inner {arguments}))
                (export "{name}" (instance $step)))"#,
            outer_imports = all(|import| import.outer),
            outer = self.outer,
            types = self.types,
            pages = self.pages,
            inner_imports = all(|import| import.inner),
            core_imports = all(|import| import.core),
            fields = self.fields,
            body = self.body,
            lowered = all(|import| import.lowered),
            signature = self.signature,
            arguments = all(|import| import.argument),
            name = self.name,
            realloc = self.realloc,
            options = self.options,
        )
    }

    /// The component.
    pub fn build(&self) -> Vec<u8> {
        let wat = self.wat();
        wat::parse_str(&wat).unwrap_or_else(|error| panic!("{error}\n{wat}"))
    }
}
