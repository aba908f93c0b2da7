const anyam = @import("anyam");
const wit = @import("wit");

const surcharge = @import("surcharge.zig");

pub const panic = anyam.panic;

export fn exports_step_fuel_surcharge(
    base_cents: u64,
    percent: u32,
    ret: *wit.step_surcharge_t,
    err: *wit.step_refusal_t,
) bool {
    ret.surcharge_cents = surcharge.of(base_cents, percent) catch {
        err.* = wit.STEP_REFUSAL_BAD_PERCENT;
        return false;
    };
    return true;
}
