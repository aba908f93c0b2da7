//! For steps in Zig: strings in and out, and panics in the log of the call.
//!
//! The types of a step come from its WIT world, as the module `wit`; what is here works with the
//! string type of every world.

const std = @import("std");

/// For memory of the answer, which the host frees after the call.
pub const allocator = std.heap.c_allocator;

/// The bytes of a string of the input, for as long as the call lasts.
pub fn text(string: anytype) []const u8 {
    return string.ptr[0..string.len];
}

/// Formats a string of the answer. Memory that is used up ends the call.
pub fn format(to: anytype, comptime template: []const u8, values: anytype) void {
    const bytes = std.fmt.allocPrint(allocator, template, values) catch @panic("out of memory");
    to.* = .{ .ptr = bytes.ptr, .len = bytes.len };
}

/// What a step declares as its `panic`: the message goes to the log, and the call ends.
pub const panic = std.debug.FullPanic(stop);

fn stop(message: []const u8, _: ?usize) noreturn {
    _ = std.c.write(2, message.ptr, message.len);
    _ = std.c.write(2, "\n", 1);
    @trap();
}
