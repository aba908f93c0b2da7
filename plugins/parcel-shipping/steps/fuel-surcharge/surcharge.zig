const std = @import("std");

/// `percent` of a price, rounded to the nearest cent, halves up.
pub fn of(base_cents: u64, percent: u32) error{BadPercent}!u64 {
    if (percent > 100) return error.BadPercent;
    // The product does not fit into 64 bits; at most 100 per cent of the price does.
    const hundredths = @as(u128, base_cents) * percent;
    return @intCast((hundredths + 50) / 100);
}

test "halves are rounded up" {
    try std.testing.expectEqual(81, of(674, 12));
    try std.testing.expectEqual(1, of(50, 1));
    try std.testing.expectEqual(0, of(49, 1));
}

test "every price has a surcharge" {
    const most = std.math.maxInt(u64);
    try std.testing.expectEqual(most, of(most, 100));
    try std.testing.expectEqual(0, of(most, 0));
}

test "no more than the price is charged" {
    try std.testing.expectError(error.BadPercent, of(1, 101));
}
