//! Dates, times and durations beside the basics.

use super::check;

#[test]
fn a_moment_without_a_zone_has_no_distance_to_one_with_a_zone() {
    check(&[
        (
            "@\"2024-01-02T00:00:00\" - @\"2024-01-01T00:00:00\"",
            "\"P1D\"",
        ),
        (
            "@\"2024-01-02T00:00:00Z\" - @\"2024-01-01T00:00:00Z\"",
            "\"P1D\"",
        ),
        (
            "@\"2024-01-02T00:00:00\" - @\"2024-01-01T00:00:00Z\"",
            "null",
        ),
        ("@\"10:00:00+01:00\" - @\"08:00:00\"", "null"),
        ("@\"10:00:00+01:00\" - @\"08:00:00Z\"", "\"PT1H\""),
        (
            "(now() - @\"1970-01-01T00:00Z\") / @\"PT1S\" * 1000",
            "1700000000000",
        ),
    ]);
}

#[test]
fn offsets_and_zones() {
    check(&[
        (
            "@\"2024-07-01T10:00:00@Europe/Berlin\".time offset",
            "\"PT2H\"",
        ),
        (
            "@\"2024-01-01T10:00:00@Europe/Berlin\".time offset",
            "\"PT1H\"",
        ),
        (
            "@\"2024-01-01T10:00:00@Europe/Berlin\".timezone",
            "\"Europe/Berlin\"",
        ),
        ("@\"2020-04-06T08:00:00+02:00\".time offset", "\"PT2H\""),
        ("@\"2020-04-06T08:00:00\".time offset", "null"),
        ("@\"2020-04-06T08:00:00+02:00\".timezone", "null"),
        (
            "date and time(@\"2020-07-31T14:27:30@Europe/Berlin\", \"America/Los_Angeles\")",
            "\"2020-07-31T05:27:30@America/Los_Angeles\"",
        ),
        (
            "date and time(@\"2020-07-31T14:27:30\", \"Z\")",
            "\"2020-07-31T14:27:30Z\"",
        ),
        (
            "date and time(@\"2020-07-31T14:27:30Z\", \"+02:00\")",
            "\"2020-07-31T16:27:30+02:00\"",
        ),
        (
            "date and time(\"2018-04-29T09:30:00+02:00[Europe/Berlin]\")",
            "\"2018-04-29T09:30:00@Europe/Berlin\"",
        ),
        ("time(14, 30, 0, duration(\"PT1H\"))", "\"14:30:00+01:00\""),
        ("time(14, 30, 0.25)", "\"14:30:00.25\""),
        ("time(14, 30, 60)", "null"),
        ("time(\"T23:59:00\")", "\"23:59:00\""),
        (
            "date and time(date(\"2012-12-24\"), time(\"T23:59:00\"))",
            "\"2012-12-24T23:59:00\"",
        ),
        (
            "date and time(date: @\"2012-12-25T11:00:00\", time: @\"23:59:00\")",
            "\"2012-12-25T23:59:00\"",
        ),
        ("date(@\"2012-12-25T11:00:00\")", "\"2012-12-25\""),
        ("time(@\"2012-12-25\")", "\"00:00:00Z\""),
        ("time(\"11:59:45+02:45:55\")", "\"11:59:45+02:45:55\""),
        ("time(\"11:59:45+2:45\")", "null"),
        ("time(\"11:59:45+02:4\")", "null"),
        ("date(\"-0044-03-15\")", "\"-0044-03-15\""),
        ("date(\"-2017-12-31\")", "\"-2017-12-31\""),
        ("date(\"01211-12-31\")", "null"),
        ("time(@\"2012-12-25T11:00:00\")", "\"11:00:00\""),
    ]);
}

#[test]
fn days_the_calendar_lacks_are_null() {
    check(&[
        ("@\"2024-06-31\"", "null"),
        ("@\"2024-02-30T00:00:00\"", "null"),
        ("date(\"2024-06-31\")", "null"),
        ("date(2024, 6, 31)", "null"),
        ("date and time(\"2024-06-31T10:00:00\")", "null"),
    ]);
}

#[test]
fn timestamps_there_and_back() {
    check(&[
        ("unix timestamp(now())", "1700000000000"),
        ("unix timestamp(@\"1970-01-01T00:00:01.5Z\")", "1500"),
        ("unix timestamp(@\"1969-12-31T23:59:59Z\")", "-1000"),
        (
            "from unix timestamp(1700000000000)",
            "\"2023-11-14T22:13:20Z\"",
        ),
        (
            "from unix timestamp(1700000000000, \"Europe/Berlin\")",
            "\"2023-11-14T23:13:20@Europe/Berlin\"",
        ),
        (
            "from unix timestamp(timestamp: 0, timezone: \"+05:30\")",
            "\"1970-01-01T05:30:00+05:30\"",
        ),
        ("from unix timestamp(unix timestamp(now())) = now()", "true"),
    ]);
}

#[test]
fn parts_of_durations_and_dates() {
    check(&[
        ("@\"2020-04-06\".weekday", "1"),
        ("day of year(@\"2019-09-17T12:00:00\")", "260"),
        ("month of year(@\"2019-09-17\")", "\"September\""),
        ("week of year(@\"2019-09-17T12:00:00\")", "38"),
        (
            "last day of month(@\"2022-10-16T12:00:00\")",
            "\"2022-10-31\"",
        ),
        ("abs(@\"-PT5H\")", "\"PT5H\""),
        ("abs(n: @\"-P2M\")", "\"P2M\""),
        ("@\"P5D\" / 5", "\"P1D\""),
        ("@\"P1Y\" / @\"P1M\"", "12"),
        ("@\"P1M\" * 6", "\"P6M\""),
        ("@\"P1Y\" - @\"P3M\"", "\"P9M\""),
        ("@\"PT2H30M\".minutes", "30"),
        ("@\"P18M\".years", "1"),
        ("duration(\"P5D\") + date(\"2020-04-01\")", "\"2020-04-06\""),
    ]);
}

#[test]
fn json_for_java_names_offset_and_zone() {
    check(&[
        (
            "to json(@\"2025-11-24T10:00:00@Europe/Berlin\")",
            "\"\\\"2025-11-24T10:00:00+01:00[Europe/Berlin]\\\"\"",
        ),
        (
            "to json(@\"2025-11-24T10:00:00Z\")",
            "\"\\\"2025-11-24T10:00:00Z\\\"\"",
        ),
        (
            "to json({d: [@\"2023-06-14\"]})",
            "\"{\\\"d\\\":[\\\"2023-06-14\\\"]}\"",
        ),
        ("to json(value: @\"P3Y\")", "\"\\\"P3Y\\\"\""),
        (
            "date and time(from json(to json(@\"2025-11-24T10:00:00@Europe/Berlin\")))",
            "\"2025-11-24T10:00:00@Europe/Berlin\"",
        ),
    ]);
}
