const std = @import("std");
const wit = @import("wit");

/// Each string of the answer is allocated with malloc; the host frees it after the call.
const allocator = std.heap.c_allocator;

export fn exports_step_{{snake_name}}(
    name: *wit.step_string_t,
    ret: *wit.step_greeting_t,
    err: *wit.step_refusal_t,
) bool {
    if (name.len == 0) {
        err.* = wit.STEP_REFUSAL_NO_NAME;
        return false;
    }
    const text = greet(name.ptr[0..name.len]) catch @panic("out of memory");
    ret.greeting = .{ .ptr = text.ptr, .len = text.len };
    return true;
}

fn greet(name: []const u8) ![]u8 {
    return std.fmt.allocPrint(allocator, "Hello, {s}!", .{name});
}
