//! The processes that run, and what each instance must have gone through.

use anyam_tests::model::{
    Model, header, mapping, message_catch, script, service_task_with_retries, timer, user_task,
};

/// Processes, and the elements that each instance must have gone through exactly once.
pub const PROCESSES: [(&str, &[&str]); 3] = [
    (
        "in-turn",
        &[
            "start",
            "check",
            "count",
            "pack",
            "wait",
            "pay",
            "look",
            "reserve",
            "count-again",
            "end",
        ],
    ),
    (
        "side-by-side",
        &[
            "start",
            "check",
            "work-fork",
            "pack",
            "count",
            "wait",
            "pay",
            "look",
            "reserve",
            "work-join",
            "count-again",
            "end",
        ],
    ),
    (
        "straight",
        &["start", "check", "count", "reserve", "count-again", "end"],
    ),
];

pub fn models() -> [String; 3] {
    let mapped = |inputs: &[(&str, &str)], output: (&str, &str)| mapping(inputs, &[output]);
    let check = || {
        let inputs = [("customer", "customer"), ("amount", "amount")];
        service_task_with_retries(
            "check",
            "credit-check",
            3,
            &mapped(&inputs, ("approved", "approved")),
        )
    };
    let reserve = || {
        let mapping = mapped(&[("items", "items")], ("reservationId", "reservation"));
        let extensions = format!("{}{mapping}", header("warehouse", "north"));
        service_task_with_retries("reserve", "reserve-stock", 3, &extensions)
    };
    let count = |id: &str| script(id, "n + 1", "n");
    let pack = || service_task_with_retries("pack", "pack", 3, &mapped(&[], ("packed", "packed")));
    let pay = || message_catch("pay", "paid");
    let look = || user_task("look", &mapped(&[], ("seen", "seen")));
    let wait = || timer("wait", "=pause");
    let in_turn = Model::new("in-turn")
        .message("paid", "order")
        .then(check())
        .then(count("count"))
        .then(pack())
        .then(wait())
        .then(pay())
        .then(look())
        .then(reserve())
        .then(count("count-again"))
        .end();
    let side_by_side = Model::new("side-by-side")
        .message("paid", "order")
        .then(check())
        .side_by_side(
            "work",
            [
                vec![pack(), count("count")],
                vec![wait()],
                vec![pay()],
                vec![look(), reserve()],
            ],
        )
        .then(count("count-again"))
        .end();
    let straight = Model::new("straight")
        .then(check())
        .then(count("count"))
        .then(reserve())
        .then(count("count-again"))
        .end();
    [in_turn, side_by_side, straight]
}
