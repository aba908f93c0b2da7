const anyam = @import("anyam");
const wit = @import("wit");

pub const panic = anyam.panic;

export fn exports_step_{{snake_name}}(
    name: *wit.step_string_t,
    ret: *wit.step_greeting_t,
    err: *wit.step_refusal_t,
) bool {
    if (name.len == 0) {
        err.* = wit.STEP_REFUSAL_NO_NAME;
        return false;
    }
    anyam.format(&ret.greeting, "Hello, {s}!", .{anyam.text(name)});
    return true;
}
